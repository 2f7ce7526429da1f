import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { exitCodes } from '../../../src/core/errors.js';
import { configSchema } from '../../../src/snapshot/options.js';
import { parseConfig } from '../../../src/snapshot/options/config-file.js';
import { validate } from '../../../src/snapshot/options/validate.js';
import { optionReference } from './reference.js';

const docs = path.resolve(import.meta.dirname, '../../../docs');
const document = (name: string): Promise<string> => readFile(path.join(docs, name), 'utf8');

// `npx vitest run test/snapshot/options -u` writes these files anew.
describe('documents made from the options are fresh', () => {
  it('docs/config.schema.json', async () => {
    const fresh = `${JSON.stringify(configSchema(), null, 2)}\n`;
    await expect(fresh).toMatchFileSnapshot(path.join(docs, 'config.schema.json'));
  });

  it('docs/command-line.md', async () => {
    const text = await document('command-line.md');
    const fresh = text.replace(
      /(<!-- options -->\n)[^]*(<!-- \/options -->)/,
      (_, begin: string, end: string) => `${begin}\n${optionReference()}\n\n${end}`,
    );
    expect(fresh).toContain('`--shard-size <size>`');
    await expect(fresh).toMatchFileSnapshot(path.join(docs, 'command-line.md'));
  });

  it('docs/exit-codes.md names every error code with its exit code', async () => {
    const text = await document('exit-codes.md');
    const listed = [...text.matchAll(/^\| `([a-z.-]+)` \| (\d+) \|/gm)].map(([, code, exit]) => [code, Number(exit)]);
    expect(Object.fromEntries(listed)).toEqual(exitCodes);
  });
});

describe('the JSON Schema of the YAML file', () => {
  const ajv = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true });
  const accepts = ajv.compile(configSchema());

  const good = [
    'table: customers\ndataset: dataset://customers/{date}\n',
    'table: [a, b]\ntag: x\n',
    'table: {a: s.a}\nlanes: auto\n',
    'query: SELECT 1\nparam: {n: 5, since: 2024-01-01, t: {secret: true}, u: {value: x, secret: true}}\n',
    'query: SELECT 1\nparam: [a=1]\nsecret-param: [token]\n',
    'shard-size: 1048576\nmemory: 256MiB\nmax-statement: 60\nlanes: 4\njson: true\ndate: 2024-01-15\n',
    'property: {a: {b: [1, null]}}\ncast: {p: text}\nredact-stats: [email]\n',
  ];
  it.each(good)('takes what the program takes: %j', (yaml) => {
    const problems: Parameters<typeof validate>[1] = [];
    validate([parseConfig(yaml, 'x.yaml', '/', problems)], problems);
    expect(problems).toEqual([]);
    expect(accepts(parse(yaml)), ajv.errorsText(accepts.errors)).toBe(true);
  });

  const bad = [
    'tabel: customers\n',
    'table: a\nquery: SELECT 1\n',
    'compression: lzo\n',
    'dataset: customers\n',
    'param: {a: [1]}\n',
    'param: {a: {scret: true}}\n',
    'json: perhaps\n',
    'tag: []\n',
    'cast: text\nlanes: [1]\n',
  ];
  it.each(bad)('refuses what the program refuses: %j', (yaml) => {
    const problems: Parameters<typeof validate>[1] = [];
    validate([parseConfig(yaml, 'x.yaml', '/', problems)], problems);
    expect(problems.length).toBeGreaterThan(0);
    expect(accepts(parse(yaml))).toBe(false);
  });
});

it('the YAML example of docs/command-line.md is taken', async () => {
  const yaml = /```yaml\n([^]*?)```/.exec(await document('command-line.md'))![1]!;
  const problems: Parameters<typeof validate>[1] = [];
  const { values } = validate([parseConfig(yaml, 'x.yaml', '/', problems)], problems);
  expect(problems).toEqual([]);
  expect(Object.keys(values)).toHaveLength(7);
});
