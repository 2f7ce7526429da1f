import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import prettier from 'prettier';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { buildManifest, orderReceipts } from '../../src/manifest/build.js';
import type { ManifestInput } from '../../src/manifest/build-input.js';
import { encodeManifest } from '../../src/manifest/encode.js';
import { parseManifest } from '../../src/manifest/parse.js';
import { manifestSchema, type Manifest } from '../../src/manifest/shape.js';
import { metadataLines } from '../../src/manifest/valohai.js';
import { asking, input, plan, receipt, inputShards } from './inputs.js';

const manifest = buildManifest(input);
const text = new TextDecoder().decode(encodeManifest(manifest));
const fixtures = '../../fixtures/manifest/2';

/** The sha-256 of a value as Python's `json.dumps(sort_keys=True, separators=(',', ':'))` would write it: our fixtures are ASCII in their keys. */
function independentDigest(value: unknown): string {
  return createHash('sha256').update(sorted(value)).digest('hex');
}

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${sorted(item)}`).join(',')}}`;
}

describe('the golden manifest', () => {
  test('is what the builder gives, byte for byte', async () => {
    await expect(text).toMatchFileSnapshot(`${fixtures}/_manifest.2024-q1.json`);
  });

  test('has the metadata lines that its manifest gives', async () => {
    await expect(`${metadataLines(manifest).join('\n')}\n`).toMatchFileSnapshot(`${fixtures}/valohai.metadata.jsonl`);
  });

  test('has the id and the seal that anyone can compute from the file', () => {
    const { seal, ...unsealed } = JSON.parse(text) as Manifest;
    expect(independentDigest(unsealed.version)).toBe(unsealed.id);
    expect(independentDigest(unsealed)).toBe(seal);
  });

  test('keeps integers past 2^53 exact', () => {
    expect(manifest.version.tables[0]!.facts.columns[0]).toMatchObject({
      nulls: 0,
      min: '-1',
      max: '9223372036854775807',
    });
  });
});

describe('the id', () => {
  const idOf = (change: Partial<ManifestInput>) => buildManifest({ ...input, ...change }).id;

  test('does not depend on time, host, lanes, road, run, platform or command', () => {
    const elsewhere: ManifestInput = {
      ...input,
      plan: {
        ...plan,
        source: { ...plan.source, via: 'cursor' },
        startedAt: new Date('2030-01-01T00:00:00Z'),
        run: 'other',
        lineage: undefined,
        command: 'another',
        tags: [],
        alias: undefined,
        properties: {},
      },
      tool: { ...input.tool, node: '24.1.0' },
      server: { ...input.server, host: 'replica', user: 'me' },
      certificate: { level: 'snapshot', isolation: 'repeatable read', snapshotId: 'another' },
      lanes: 8,
      load: {},
      seconds: 1,
      warnings: [],
      retries: 3,
    };
    const built = buildManifest(elsewhere);
    expect(built.id).toBe(manifest.id);
    expect(built.seal).not.toBe(manifest.seal);
  });

  test.each<[string, Partial<ManifestInput>]>([
    ['the date', { plan: { ...plan, date: '2024-01-16' } }],
    ['the limit', asking({ limit: 5 })],
    ['the tool', { tool: { ...input.tool, version: '0.2.0' } }],
    ['row groups', { rowGroup: { rows: 1, bytes: 1 } }],
    ['the data', { tables: [{ ...input.tables[0]!, targets: [{ shards: inputShards.slice(1) }] }] }],
  ])('depends on %s', (_, change) => {
    expect(idOf(change)).not.toBe(manifest.id);
  });
});

describe('encoding and parsing', () => {
  test('a manifest comes back as it was', () => {
    const read = parseManifest(encodeManifest(manifest));
    expect(encodeManifest(read.content)).toEqual(encodeManifest(manifest));
    expect(read.manifest).toEqual(JSON.parse(text));
  });

  test('keys of a newer writer are tolerated and kept', () => {
    const more = { ...manifest, version: { ...manifest.version, weather: { rows: 'x' } } };
    const { content, manifest: read } = parseManifest(encodeManifest(more));
    for (const version of [content.version, read.version]) expect(version).toHaveProperty('weather.rows', 'x');
  });

  test('a newer format is refused by its number', () => {
    const newer = { ...manifest, version: { ...manifest.version, manifestVersion: 3, tables: 'of another shape' } };
    const bytes = new TextEncoder().encode(JSON.stringify(newer));
    expect(() => parseManifest(bytes, '_manifest.x.json')).toThrow(
      /_manifest\.x\.json has manifest format 3; .* up to 2/,
    );
  });

  test.each([
    ['not JSON', '{"id"', /is not JSON/],
    ['not a manifest', '{"a":1}', /is not a whole manifest: id: /],
    ['null', 'null', /is not a whole manifest/],
    [
      'a path that leaves the folder',
      text.replace('customer-data-2024-q1-00001.parquet', '../x.parquet'),
      /shards\.1\.path/,
    ],
  ])('%s is refused', (_, content, message) => {
    const parse = () => parseManifest(new TextEncoder().encode(content));
    expect(parse).toThrow(message);
    expect(parse).toThrow(expect.objectContaining({ code: 'verification.failed' }));
  });

  test('bytes that are not UTF-8 are refused', () => {
    expect(() => parseManifest(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(/is not JSON/);
  });
});

describe('the JSON Schema', () => {
  const schema = z.toJSONSchema(manifestSchema, { io: 'input' });

  test('in docs is that of the code', async () => {
    const formatted = await prettier.format(JSON.stringify(schema), { parser: 'json', printWidth: 120 });
    await expect(formatted).toMatchFileSnapshot('../../docs/manifest.schema.json');
  });

  test('accepts the golden manifest and no broken one', async () => {
    const published = JSON.parse(await readFile(new URL('../../docs/manifest.schema.json', import.meta.url), 'utf8'));
    const validate = new Ajv2020({ strict: true }).compile(published as object);
    const content = JSON.parse(text) as Manifest;
    expect(validate(content), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...content, seal: undefined })).toBe(false);
    expect(validate({ ...content, id: 'x' })).toBe(false);
    expect(validate({ ...content, version: { ...content.version, rows: -1 } })).toBe(false);
    expect(validate({ ...content, version: { ...content.version, rows: '1' } })).toBe(false);
  });

  test('every field is explained in docs/manifest.md', async () => {
    const guide = await readFile(new URL('../../docs/manifest.md', import.meta.url), 'utf8');
    const missing = [...fieldNames(schema as SchemaNode)].filter((name) => !guide.includes(`\`${name}\``));
    expect(missing).toEqual([]);
  });
});

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

function fieldNames({ properties = {}, items }: SchemaNode): Set<string> {
  const below = [...Object.values(properties), ...(items ? [items] : [])].flatMap((node) => [...fieldNames(node)]);
  return new Set([...Object.keys(properties), ...below]);
}

describe('secrets and redaction', () => {
  const everything = `${text}${metadataLines(manifest).join('\n')}`;

  test('the value of a secret parameter is nowhere, not even as a bound', () => {
    expect(everything).not.toContain('hunter2');
    expect(manifest.version.tables[0]!.request.parameters).toEqual([
      { name: 'date', value: '2024-01-15' },
      { name: 'api_key', secret: true },
    ]);
  });

  test('no bound of a redacted column is anywhere', () => {
    for (const value of ['anna@', 'zoe@', 'bo@']) expect(everything).not.toContain(value);
    const { schema, facts } = manifest.version.tables[0]!;
    expect(schema[3]).toMatchObject({ name: 'email', redacted: true });
    expect(facts.columns[3]).toEqual({ nulls: 0 });
  });

  test('a redacted date column gives no date_range', () => {
    const [table] = input.tables;
    const columns = table!.plan.columns.map((column) => ({ ...column, redacted: true }));
    const hidden = buildManifest({ ...input, tables: [{ ...table!, plan: { ...table!.plan, columns } }] });
    expect(metadataLines(hidden).join()).not.toContain('date_range');
    expect(metadataLines(manifest).join()).toContain('"date_range":"2023-12-31 to 2024-03-31"');
  });
});

test('receipts are put in the order of their rows, by table, whatever order they came in', () => {
  const made = (table: number, group: number, part: number) => ({ ...receipt(group, 1, []), table, part });
  const receipts = [made(1, 0, 0), made(0, 10, 0), made(0, 2, 1), made(0, 2, 0)];
  const ordered = orderReceipts(receipts, 3).map((shards) => shards.map(({ group, part }) => [group, part]));
  expect(ordered).toEqual([
    [
      [2, 0],
      [2, 1],
      [10, 0],
    ],
    [[0, 0]],
    [],
  ]);
});
