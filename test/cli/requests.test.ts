import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tidemark } from './run-cli.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tidemark-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a wrong request ends with exit code 2, a message and a hint', () => {
  const good = ['--table', 't', '--dataset', 'dataset://d/1'];
  const requests: [what: string, words: string[], message: string, hint: string][] = [
    ['no command', [], 'no command is given', '--help'],
    ['unknown command', ['snapsot'], 'unknown command snapsot', 'Did you mean snapshot?'],
    ['unknown flag', ['snapshot', ...good, '--tabel=x'], 'unknown flag --tabel', 'Did you mean --table?'],
    ['a value for a switch', ['show', '--json=false', 'x'], '--json takes no value', 'or leave it out'],
    ['unknown flag, nothing near', ['verify', '--zzzzzz', 'x'], 'unknown flag --zzzzzz', 'tidemark verify --help'],
    ['a flag of a later version', ['snapshot', ...good, '--against', 'x'], 'unknown flag --against', 'lists all flags'],
    ['wrong value', ['plan', ...good, '--lanes', 'many'], '--lanes: "many" is not allowed', 'default: auto'],
    ['no value', ['snapshot', '--out'], '--out <location> needs a value', 'Give one'],
    ['given twice', ['snapshot', ...good, '--out', 'a', '--out', 'b'], '--out is given 2 times', 'once'],
    ['conflict', ['snapshot', ...good, '--query', 'SELECT 1'], '--table and --query exclude each other', 'Give one of'],
    ['missing dataset', ['snapshot', '--table', 't'], 'dataset is missing', "--dataset 'dataset://t/{date}'"],
    ['missing config', ['snapshot', 'no.yaml'], 'the config file "no.yaml" cannot be read', 'Looked for'],
    ['a table as a config', ['snapshot', 'orders'], 'the config file "orders" cannot be read', '--table orders'],
    ['a version as a config', ['plan', 'dataset://d/1'], 'CONFIG: a dataset:// URI', '--dataset'],
    ['a version as a location', ['verify', 'dataset://d/1'], 'LOCATION: a dataset:// URI', '<outputs>/<dataset>'],
    ['missing location', ['verify'], 'verify: LOCATION is missing', 'tidemark verify ./outputs'],
    ['wrong location', ['show', '/nonexistent/x'], '/nonexistent/x', ''],
    ['short id', ['verify', '.', '--id', '0123456789a'], '--id: "0123456789a" is not', 'tidemark show'],
    ['wrong id', ['verify', '.', '--id', 'abc'], '--id: "abc" is not allowed', 'tidemark show'],
    ['too many words', ['show', 'a', 'b'], 'too many arguments', 'tidemark show --help'],
    ['orc', ['snapshot', ...good, '--format', 'orc'], '--format: "orc" is not allowed', 'parquet or csv'],
    ['demo rows', ['demo', '--rows', 'x'], '--rows: "x" is not allowed', ''],
  ];

  it.each(requests)('%s', async (_, words, message, hint) => {
    const { exitCode, stdout, stderr } = await tidemark(words);
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toContain(message);
    if (hint !== '') expect(stderr).toMatch(/^hint: /m);
    expect(stderr).toContain(hint);
    expect(stderr).not.toContain('    at ');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  });
});

describe('a URL with a password in the wrong place is not shown', () => {
  const url = 'postgres://ml:Sup3r/Secret9@db.example.com/shop?options=Hidden7';
  it.each([
    ['as a config', ['snapshot', url], {}, 'CONFIG: a postgres:// URL'],
    ['as a location', ['verify', url], {}, 'postgres://… is not a location'],
    ['as a location to show', ['show', url], {}, 'postgres://… is not a location'],
    ['as a command', [url], {}, 'unknown command postgres://…'],
    ['as a source, not encoded', ['plan', '--table', 't', '--dataset', 'dataset://d/1', '--source', url], {}, '%2F'],
    ['in the variable', ['plan', '--table', 't', '--dataset', 'dataset://d/1'], { TIDEMARK_SOURCE: url }, '%2F'],
  ])('%s', async (_, words, env, message) => {
    const { exitCode, stdout, stderr } = await tidemark([...words, '--json'], { env });
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
    for (const piece of ['Sup3r', 'Secret9', 'Hidden7', 'shop']) expect(stdout + stderr).not.toContain(piece);
  });
});

describe('a password in the wrong place is not shown', () => {
  const login = 'odd:ZqabXwcd@127.0.0.1:1/shop';
  const good = ['--table', 't', '--dataset', 'dataset://d/1'];
  it.each<[string, string[], Record<string, string>]>([
    ['without a scheme', ['plan', login, ...good], {}],
    ['in quotes', ['plan', `'postgres://${login}'`, ...good], {}],
    ['as a word', ['plan', `source=postgres://${login}`, ...good], {}],
    ['with one slash', ['plan', `postgres:/${login}`, ...good], {}],
    ['of another client', ['plan', 'jdbc:postgresql://h/d?user=x&password=ZqabXwcd', ...good], {}],
    ['as settings', ['plan', 'host=127.0.0.1 user=odd password=ZqabXwcd', ...good], {}],
    ['as a dataset', ['plan', '--table', 't', '--dataset', `postgres://${login}`], {}],
    ['as a folder', ['plan', ...good, `--out=postgres://${login}`], {}],
    ['as a host', ['plan', ...good], { DB_HOST: `postgres://${login}`, DB_USER: 'u', DB_NAME: 'd' }],
    ['in another variable', ['plan', '--table', 't'], { TIDEMARK_DATASET: `postgres://${login}` }],
  ])('%s', async (_, words, env) => {
    const { exitCode, stdout, stderr } = await tidemark([...words, '--json'], { env });
    expect([2, 3]).toContain(exitCode);
    expect(stderr).toMatch(/^error: /);
    expect((stdout + stderr).toLowerCase()).not.toContain('zqabxwcd');
  });
});

describe('with --json, the error is one object on stdout too', () => {
  it.each([
    ['by flag', ['snapshot', '--json', '--lanes', '0'], {}, ''],
    ['by flag, before flags are understood', ['snapshot', '--json', '--tabel', '0'], {}, ''],
    ['by variable', ['snapshot', '--lanes', '0'], { TIDEMARK_JSON: '1' }, ''],
    ['by YAML', ['snapshot', 'o.yaml'], {}, 'json: true\nlanes: 0\n'],
  ])('%s', async (_, words, env, yaml) => {
    await writeFile(path.join(folder, 'o.yaml'), yaml);
    const { exitCode, stdout, stderr } = await tidemark(words, { cwd: folder, env });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('error: ');
    expect(JSON.parse(String(stdout))).toEqual({
      status: 'error',
      code: expect.stringMatching(/^request\.(invalid|unknown-key)$/),
      message: expect.any(String),
      hint: expect.any(String),
    });
  });
});

it('YAML problems carry line and column', async () => {
  await writeFile(path.join(folder, 'tidemark.yaml'), 'table: t\ndataset: dataset://d/1\nlane: 3\n');
  const { exitCode, stderr } = await tidemark(['snapshot'], { cwd: folder });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^options from tidemark.yaml\n/);
  expect(stderr).toContain('error: tidemark.yaml, line 3, column 1: unknown key "lane"\nhint: Did you mean "lanes"?');
  const quiet = await tidemark(['snapshot', '--quiet', '--lanes', '0'], { cwd: folder });
  expect(quiet.stderr).toContain('Options come from tidemark.yaml in this folder, too.');
});

it('no secret is in any output', async () => {
  const words = ['snapshot', '--json', '--source', 'postgres://u:hunter2@127.0.0.1:1/d', '--lanes', '0'];
  const secret = ['--secret-param', 'k=hunter2', '--query', "SELECT 'hunter2' || :k, ", '--dataset', 'hunter2'];
  const { stdout, stderr } = await tidemark([...words, ...secret], {
    env: { TIDEMARK_DEBUG: '1', PGPASSWORD: 'hunter2', TIDEMARK_PARAM_X: 'hunter2' },
  });
  expect(stderr).toContain('--lanes');
  expect(`${String(stdout)}${String(stderr)}`).not.toContain('hunter2');
});

it('prints the stack with TIDEMARK_DEBUG=1 alone', async () => {
  const { stderr } = await tidemark(['snapsot'], { env: { TIDEMARK_DEBUG: '1' } });
  expect(stderr).toMatch(/^ {4}at .*arguments/m);
});

it('colours nothing where there is no terminal', async () => {
  const { stderr } = await tidemark(['snapsot'], { env: { FORCE_COLOR: '1' } });
  expect(stderr).not.toContain(String.fromCharCode(27));
});
