import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetMetadata } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { find, snapshot, type SnapshotOptions } from '../../dist/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, tidemark } from '../support/cli.js';

const env = { TIDEMARK_MASK_KEY: 'a key of masks that is long enough' };
let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
  await db.query(`CREATE TABLE visits AS SELECT i AS id, i % 1000 AS customer, 'mail' || i % 1000 || '@example.com' AS mail,
    (i / 4.0)::numeric(12,2) AS price, date '2024-01-01' + i % 300 AS day, timestamptz '2024-01-01 00:00+00' + i * interval '1 second' AS at,
    md5(i::text)::uuid AS token, i % 2 = 0 AS even, CASE i % 3 WHEN 0 THEN 'DE' WHEN 1 THEN 'a "b", c' END AS country, i / 7.0::float8 AS score
    FROM generate_series(1, 20000) i`);
});
afterAll(() => db.drop());

let made = 0;
async function version(
  options: SnapshotOptions = {},
  out = emptyFolder('find'),
): Promise<{ location: string; out: string }> {
  const dataset = `dataset://visits/v${(made += 1)}`;
  const given = { source: db.url, table: 'visits', dataset, out, shardSize: '32KiB', ...options };
  const { location } = await snapshot(given, { env });
  return { location, out };
}

const rowsOf = (found: Awaited<ReturnType<typeof find>>): number =>
  found.holdings.reduce((sum, { rows }) => sum + rows, 0);
const countOf = async (where: string): Promise<number> =>
  (await db.query<{ n: number }>(`SELECT count(*)::int AS n FROM visits WHERE ${where}`))[0]!.n;

describe('rows of a key', () => {
  let parquet: string;
  let csv: string;
  beforeAll(async () => {
    parquet = (await version()).location;
    csv = (await version({ format: 'csv' })).location;
  });

  it.each<[Record<string, string>, string]>([
    [{ id: '777' }, 'id = 777'],
    [{ customer: '42' }, 'customer = 42'],
    [{ customer: '42', country: 'DE' }, `customer = 42 AND country = 'DE'`],
    [{ country: 'a "b", c' }, `country = 'a "b", c'`],
    [{ mail: 'mail42@example.com' }, `mail = 'mail42@example.com'`],
    [{ price: '10.5' }, 'price = 10.5'],
    [{ price: '10.50' }, 'price = 10.5'],
    [{ day: '2024-02-03' }, `day = '2024-02-03'`],
    [{ at: '2024-01-01T00:00:09Z' }, `at = '2024-01-01 00:00:09+00'`],
    [{ token: 'c4ca4238-a0b9-2382-0dcc-509a6f75849b' }, `token = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'`],
    [{ even: 'true' }, 'even'],
    [{ score: '1' }, 'score = 1'],
    [{ id: '99999' }, 'false'],
    [{ country: 'de' }, 'false'],
  ])('%o are found in Parquet and CSV', async (key, where) => {
    const expected = await countOf(where);
    for (const location of [parquet, csv]) expect(rowsOf(await find(location, key, { env })), location).toBe(expected);
  });

  it('are looked for in files alone that can have them', async () => {
    const found = await find(parquet, { id: '777' }, { env });
    expect(found.looked.files).toBeGreaterThan(10);
    expect(found.looked.read).toBeLessThan(3);
  });

  it('are looked for in row groups alone whose pages can have them', async () => {
    await db.query(`CREATE TABLE long AS SELECT i AS id, i % 9 AS few, (SELECT string_agg(md5((i * j)::text), '') FROM generate_series(1, 20) j) AS pad
      FROM generate_series(1, 30000) i`);
    const { location } = await version({ table: 'long', shardSize: '1GiB', lanes: 1 });
    const files = readdirSync(location).filter((name) => name.endsWith('.parquet'));
    expect(files).toHaveLength(1);
    const file = join(location, files[0]!);
    const bytes = readFileSync(file);
    const { row_groups: groups } = parquetMetadata(new Uint8Array(bytes).buffer);
    expect(groups.length).toBeGreaterThan(1);
    // The others' values are never looked at: here they are none any more.
    for (const { columns } of groups.slice(0, -1)) {
      const chunk = columns[0]!.meta_data!;
      const start = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset);
      bytes.fill(0xff, start, start + Number(chunk.total_compressed_size));
    }
    writeFileSync(file, bytes);
    expect(rowsOf(await find(location, { id: '30000' }, { env }))).toBe(1);
    await expect(find(location, { id: '1' }, { env })).rejects.toMatchObject({ code: 'verification.failed' });
  });
});

it('versions in and below a folder are all looked at, with splits and partitions', async () => {
  const out = emptyFolder('find');
  await version({ split: { train: 0.5, test: 0.5 }, splitKey: 'customer' }, out);
  await version({ partitionBy: 'country', partitionColumns: 'path' }, out);
  const found = await find(out, { customer: '42', country: 'DE' }, { env });
  const expected = await countOf(`customer = 42 AND country = 'DE'`);
  expect(found.looked.versions).toBe(2);
  const [split, partitioned] = [0, 1].map((index) => {
    const versions = [...new Set(found.holdings.map((one) => one.version))].sort();
    return found.holdings.filter((one) => one.version === versions[index]);
  });
  for (const holdings of [split!, partitioned!])
    expect(holdings.reduce((sum, { rows }) => sum + rows, 0)).toBe(expected);
  expect(new Set(split!.map((one) => one.split)).size).toBe(1);
  expect(partitioned!.every(({ partition }) => partition!['country'] === 'DE')).toBe(true);
});

it('a chain has each row where it was written', async () => {
  const out = emptyFolder('find');
  const chained = { parent: join(out, 'visits'), table: 'visits', shardSize: '1MiB' };
  await version({ ...chained, firstRun: true }, out);
  await db.query(`INSERT INTO visits SELECT * FROM visits WHERE id = 5`);
  await version(chained, out);
  const found = await find(out, { id: '5' }, { env });
  expect(found.holdings.map(({ rows }) => rows)).toEqual([1, 1]);
  expect(new Set(found.holdings.map((one) => one.version)).size).toBe(2);
  await db.query(`DELETE FROM visits WHERE ctid IN (SELECT max(ctid) FROM visits WHERE id = 5)`);
});

describe('masked keys', () => {
  it.each<[string, string, string]>([
    ['mail', 'mail42@example.com', `mail = 'mail42@example.com'`],
    ['customer', '42', 'customer = 42'],
    ['price', '10.50', 'price = 10.5'],
    ['day', '2024-02-03', `day = '2024-02-03'`],
    ['at', '2024-01-01T00:00:09Z', `at = '2024-01-01 00:00:09+00'`],
    ['token', 'c4ca4238-a0b9-2382-0dcc-509a6f75849b', `token = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'`],
    ['even', 'false', 'NOT even'],
  ])('%s is found by the key of its mask', async (column, value, where) => {
    const { location } = await version({ mask: { [column]: 'hash' } });
    expect(rowsOf(await find(location, { [column]: value }, { env }))).toBe(await countOf(where));
  });

  it('of which nobody can tell make an answer that is not whole', async () => {
    const { location } = await version({ mask: { mail: 'hash', customer: 'redact' } });
    for (const [key, variables, reason] of [
      [{ mail: 'x' }, {}, /masked by a hash, whose key is needed/],
      [{ mail: 'x' }, { TIDEMARK_MASK_KEY: 'another key that is long enough' }, /whose key has the fingerprint/],
      [{ customer: '1' }, env, /customer is masked by redact/],
    ] as const) {
      const { holdings, untold } = await find(location, key as Record<string, string>, { env: variables });
      expect([holdings, untold]).toEqual([
        [],
        [{ version: expect.any(String), table: 'visits', reason: expect.stringMatching(reason) }],
      ]);
    }
    const { code, stdout } = await tidemark(['find', '--key', 'customer=1', location]);
    expect([code, stdout]).toEqual([
      5,
      expect.stringMatching(/^customer=1 is in no file that could be looked at\nnot told +dataset:\/\/visits\//),
    ]);
  });
});

describe('the command line', () => {
  it('lists what it found', async () => {
    const { location } = await version();
    const { code, stdout } = await tidemark(['find', '--key', 'id=777', location]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^id=777 is in 1 row of 1 file, in 1 version\n {2}dataset:\/\/visits\/v\d+ +visits-v\d+-00\S+\.parquet +1 row +visits\nlooked at 1 version and /,
    );
    const json = await tidemark(['find', '--key', 'customer=42', '--key', 'country=DE', location, '--json']);
    expect([json.code, JSON.parse(json.stdout)]).toMatchObject([
      0,
      { key: { customer: '42', country: 'DE' }, untold: [] },
    ]);
  });

  it.each<[string, string[], RegExp]>([
    ['no key', [], /key: nothing is looked for/],
    ['a key without a value', ['--key', 'id'], /key: "id" is not allowed \(allowed: column=value\)/],
    ['a key twice', ['--key', 'id=1', '--key', 'id=2'], /key: "id" is given twice/],
    ['a column that is nowhere', ['--key', 'nothing=1'], /key: no table has "nothing"/],
    ['a text that is no number', ['--key', 'id=many'], /key: it is no value of its column: "many" of id \(int32\)/],
  ])('%s is refused', async (_, words, message) => {
    const { location } = await version({ limit: 10 });
    const { code, stderr } = await tidemark(['find', ...words, location]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it('a folder without versions, and a file that is cut short, are told', async () => {
    const { location } = await version({ limit: 10, singleFile: true, shardSize: undefined, name: 'only' });
    expect((await tidemark(['find', '--key', 'id=1', emptyFolder('none')])).code).toBe(2);
    writeFileSync(join(location, 'only.parquet'), 'PAR1');
    const { code, stderr } = await tidemark(['find', '--key', 'even=true', location]);
    expect([code, stderr]).toEqual([5, expect.stringContaining('only.parquet in ')]);
  });
});
