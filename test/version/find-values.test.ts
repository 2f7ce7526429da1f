import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { find, snapshot } from '../../dist/index.js';
import { keyText } from '../../src/version/find/key-text.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, tidemark } from '../support/cli.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
});
afterAll(() => db.drop());

const rowsOf = (found: Awaited<ReturnType<typeof find>>): number =>
  found.holdings.reduce((sum, { rows }) => sum + rows, 0);

describe('values of each kind', () => {
  const places: string[] = [];
  beforeAll(async () => {
    await db.query(`CREATE TABLE kinds AS SELECT i AS id, i::smallint AS small, i::bigint AS big, (i / 100.0)::numeric(12,2) AS d,
      CASE i % 7 WHEN 0 THEN 'NaN' WHEN 1 THEN '-0' WHEN 2 THEN 'Infinity' WHEN 3 THEN '-Infinity' ELSE i / 7.0 END::float8 AS f,
      CASE i % 7 WHEN 0 THEN 'NaN' ELSE i / 8.0 END::float4 AS f4, decode(lpad(to_hex(i), 8, '0'), 'hex') AS b,
      repeat('é', 60) || '𝄞' || lpad(i::text, 6, '0') AS long, repeat(chr(1114111), 20) || i AS last,
      timestamptz '2024-01-01 00:00+00' + i * interval '1 second' + interval '1 microsecond' AS at,
      timestamp '2024-01-01 00:00' + i * interval '1 second' AS wall, time '01:00' + i * interval '1 second' AS clock,
      md5(i::text)::uuid AS token, i AS "a=b", i AS "say ""a"""
      FROM generate_series(1, 3000) i`);
    await db.query(`ALTER TABLE kinds ADD COLUMN constructor text`);
    for (const format of ['parquet', 'csv'] as const) {
      const dataset = `dataset://kinds/${format}`;
      const given = { source: db.url, table: 'kinds', dataset, format, out: emptyFolder('find'), shardSize: '64KiB' };
      places.push((await snapshot(given, { env: {} })).location);
    }
  });

  it.each<[string, string, string]>([
    ['f', 'NaN', `f = 'NaN'`],
    ['f', 'nan', `f = 'NaN'`],
    ['f4', 'NaN', `f4 = 'NaN'`],
    ['f', '0', 'f = 0'],
    ['f', '-0', 'f = 0'],
    ['f', 'Infinity', `f = 'Infinity'`],
    ['f', '-inf', `f = '-Infinity'`],
    ['f', '1e400', 'false'],
    ['f', '2E0', 'f = 2'],
    ['f4', '1.5', 'f4 = 1.5'],
    ['f4', '1e39', 'false'],
    ['long', `${'é'.repeat(60)}𝄞000777`, 'id = 777'],
    ['last', `${'\u{10ffff}'.repeat(20)}777`, 'id = 777'],
    ['id', '99999999999', 'false'],
    ['id', '-2147483649', 'false'],
    ['id', '1.5', 'false'],
    ['id', '+7.0', 'id = 7'],
    ['small', '32768', 'false'],
    ['big', '9223372036854775808', 'false'],
    ['big', '3e2', 'id = 300'],
    ['d', '6.251', 'false'],
    ['d', '6.2500', 'd = 6.25'],
    ['d', '.5', 'd = 0.5'],
    ['d', '12345678901.00', 'false'],
    ['b', '\\x00000309', 'id = 777'],
    ['b', '\\x00000ABC', 'id = 2748'],
    ['b', Buffer.from('00000309', 'hex').toString('base64'), 'id = 777'],
    ['at', '2024-01-01 00:40:00.000001+01', 'false'],
    ['at', '2024-01-01 00:40:00.000001+00', 'id = 2400'],
    ['at', '2024-01-01T02:10:00.000001+02:00', `at = '2024-01-01 00:10:00.000001+00'`],
    ['at', '2023-12-31 19:00:07.000001-0500', `at = '2024-01-01 00:00:07.000001+00'`],
    ['at', '2024-01-01T00:10:00.0000010Z', `at = '2024-01-01 00:10:00.000001+00'`],
    ['at', '2024-01-01T00:10:00.0000011Z', 'false'],
    ['wall', '2024-01-01 00:10:00', 'id = 600'],
    ['clock', '01:10:00.0', 'id = 600'],
    ['token', 'C4CA4238-A0B9-2382-0DCC-509A6F75849B', 'id = 1'],
  ])('%s: %s', async (column, value, where) => {
    const [{ n }] = (await db.query<{ n: number }>(`SELECT count(*)::int AS n FROM kinds WHERE ${where}`)) as [
      { n: number },
    ];
    for (const place of places) expect(rowsOf(await find(place, { [column]: value })), place).toBe(n);
  });

  it.each<[string, string]>([
    ['id', 'many'],
    ['id', ''],
    ['id', '1 2'],
    ['d', 'NaN'],
    ['f', '1..2'],
    ['b', '\\x0'],
    ['b', '\\xzz'],
    ['b', '000001'],
    ['at', '2024-01-01 01:00:00'],
    ['at', '2024-02-30T01:00:00Z'],
    ['wall', '2024-01-01T01:00:00Z'],
    ['clock', '25'],
  ])('%s: %j is no value, and refused', async (column, value) => {
    await expect(find(places[0]!, { [column]: value })).rejects.toMatchObject({
      code: 'request.invalid',
      message: expect.stringContaining('it is no value of its column'),
    });
  });

  it('that no row can have are in no file, and it is said why', async () => {
    const { code, stdout } = await tidemark(['find', '--key', 'id=99999999999', places[0]!]);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /^id=99999999999 is in no file\nnote {2}99999999999 is no value that id \(int32\) can have: no row has it\n/,
      ),
    ]);
    const beside = await tidemark(['find', '--key', 'id=99999999999', '--key', 'd=many', places[0]!]);
    expect([beside.code, beside.stderr]).toEqual([2, expect.stringContaining('it is no value of its column')]);
  });

  it('of bytes that may be meant otherwise are told', async () => {
    const { notes } = await find(places[0]!, { b: '00000309' });
    expect(notes).toEqual(['b: 00000309 was taken as base64; hexadecimal digits have \\x before them: \\x00000309']);
    expect((await find(places[0]!, { b: '\\x00000309' })).notes).toEqual([]);
  });

  it.each([
    ['"a=b"=777', '"a=b"=777 is in 1 row of 1 file'],
    ['"say ""a"""=777', '"say ""a"""=777 is in 1 row of 1 file'],
  ])('of columns whose names stand in quotation marks: %s', async (key, text) => {
    const { code, stdout } = await tidemark(['find', '--key', key, places[0]!]);
    expect([code, stdout]).toEqual([0, expect.stringContaining(text)]);
  });

  it('of columns that are nowhere are refused with their names as they are', async () => {
    const { code, stderr } = await tidemark(['find', '--key', '"no ""x"""=1', places[0]!]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('key: no table has "no ""x"""')]);
  });
});

it.each([
  ['2024-01-01 24:00:00+00', '2024-01-02T00:00:00Z'],
  ['0001-01-01 00:00:00+01', '0000-12-31T23:00:00Z'],
  ['-000043-03-15T12:00Z', '-000043-03-15T12:00:00Z'],
  ['2024-01-01 05:30:20.5+05:30:20', '2024-01-01T00:00:00.5Z'],
])('the moment %s is %s', (text, field) => {
  expect(keyText(text, { kind: 'timestamp', utc: true })).toEqual({ field });
});

it('a version that others inherit and that is not there is told', async () => {
  await db.query(`CREATE TABLE chained (id int PRIMARY KEY, name text)`);
  const out = emptyFolder('find');
  for (const number of [1, 2, 3]) {
    await db.query(`INSERT INTO chained VALUES (${number}, 'n')`);
    const given = { source: db.url, table: 'chained', dataset: `dataset://ch/v${number}`, out, firstRun: number === 1 };
    await snapshot({ ...given, parent: join(out, 'ch') }, { env: {} });
  }
  expect((await find(out, { id: '2' })).untold).toEqual([]);
  rmSync(join(out, 'ch', 'v2'), { recursive: true });
  const { holdings, untold } = await find(out, { id: '2' });
  const reason = 'dataset://ch/v3 inherits its rows, and it is not there';
  expect([holdings, untold]).toEqual([[], [{ version: 'dataset://ch/v2', table: 'chained', reason }]]);
  const { code, stdout } = await tidemark(['find', '--key', 'id=2', out]);
  expect([code, stdout]).toEqual([5, expect.stringContaining(`not told  dataset://ch/v2, chained: ${reason}`)]);
});
