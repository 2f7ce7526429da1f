import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { find, snapshot } from '../../dist/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, tidemark } from '../support/cli.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
});
afterAll(() => db.drop());

type Found = Awaited<ReturnType<typeof find>>;
const rowsOf = ({ holdings }: Found): number => holdings.reduce((sum, { rows }) => sum + rows, 0);
const env = { TIDEMARK_MASK_KEY: '0123456789abcdef0123456789abcdef' };

async function versionOf(table: string, more: object = {}, out = emptyFolder('find')): Promise<string> {
  const given = { source: db.url, table, dataset: `dataset://${table}/v1`, out, ...more };
  return (await snapshot(given, { env })).location;
}

describe('keys that are masked by a hash are found by their values, of each kind that can be:', () => {
  const columns = ['small', 'n15', 'n20', 'n38', 'clock', 'wall', 'at', 'day', 'b', 'j', 'c', 'u', 'ok', 'name'];
  let masked: string;
  beforeAll(async () => {
    await db.query(`CREATE TABLE kinds AS SELECT i AS id, i::smallint AS small, (i + 0.123456789012345)::numeric(30,15) AS n15, (i + 0.1234567890123)::numeric(20,13) AS n20,
      (i + 123456789012345678901234567890123456.25)::numeric(38,2) AS n38, time '12:00' + i * interval '1 second' AS clock,
      timestamp '2024-01-01' + i * interval '1 minute' AS wall, timestamptz '2024-01-01 00:00+00' + i * interval '1 minute' AS at, date '2024-01-01' + i AS day,
      decode(lpad(to_hex(i), 8, '0'), 'hex') AS b, jsonb_build_object('a', i) AS j, ('c' || i)::char(5) AS c, md5(i::text)::uuid AS u, i = 7 AS ok, 'n' || i AS name
      FROM generate_series(1, 100) i`);
    masked = await versionOf('kinds', { mask: columns.map((column) => `${column}=hash`) });
  });

  it.each([
    ['small', '7'],
    ['n15', '7.123456789012345'],
    ['n15', '7.1234567890123450'],
    ['n20', '7.1234567890123'],
    ['n38', '123456789012345678901234567890123463.25'],
    ['clock', '12:00:07'],
    ['clock', '12:00:07.000'],
    ['wall', '2024-01-01 00:07:00'],
    ['at', '2024-01-01T02:07:00+02:00'],
    ['day', '2024-01-08'],
    ['b', '\\x00000007'],
    ['b', 'AAAABw=='],
    ['j', '{"a": 7}'],
    ['c', 'c7'],
    ['c', 'c7   '],
    ['u', '8f14e45fceea167a5a36dedd4bea2543'],
    ['u', '8F14E45F-CEEA-167A-5A36-DEDD4BEA2543'],
    ['ok', 'true'],
    ['ok', 't'],
    ['name', 'n7'],
  ])('%s=%s', async (column, text) => {
    expect(rowsOf(await find(masked, { [column]: text }, { env }))).toBe(1);
    expect(rowsOf(await find(masked, { [column]: text, id: '7' }, { env }))).toBe(1);
    expect(rowsOf(await find(masked, { [column]: text, id: '8' }, { env }))).toBe(0);
  });

  it('several at once', async () => {
    const key = {
      small: '7',
      clock: '12:00:07',
      name: 'n7',
      u: '8f14e45f-ceea-167a-5a36-dedd4bea2543',
      n15: '7.123456789012345',
    };
    expect(rowsOf(await find(masked, key, { env }))).toBe(1);
    expect(rowsOf(await find(masked, { ...key, name: 'n8' }, { env }))).toBe(0);
  });
});

describe('values that the source has in several texts', () => {
  let place: string;
  beforeAll(async () => {
    await db.query(
      `CREATE TABLE forms (id numeric, c char(5), ip inet, j jsonb, d date, at timestamp, u uuid, ok bool, clock time, tags int[])`,
    );
    await db.query(`INSERT INTO forms VALUES (1.0, 'abc', '10.0.0.1', '{"a": 1}', '0044-03-15 BC', '0044-03-15 12:00 BC', md5('1')::uuid, true, '12:30', '{1}'),
      (1, 'ab', '10.0.0.2', '{"a": 2}', '2024-01-31', '2024-01-31', md5('2')::uuid, false, '12:31', '{2}'), (1e3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
      ('NaN', '', NULL, NULL, '12024-01-01', NULL, NULL, NULL, NULL, NULL), (-0.50, ' x', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`);
    place = await versionOf('forms');
  });

  it.each([
    ['id', '1', `id = 1`],
    ['id', '1.000', `id = 1`],
    ['id', '1e3', `id = 1000`],
    ['id', '+1000.00', `id = 1000`],
    ['id', 'nan', `id = 'NaN'`],
    ['id', '-.5', `id = -0.5`],
    ['id', '2', 'false'],
    ['c', 'abc', `c = 'abc'`],
    ['c', 'abc  ', `c = 'abc'`],
    ['c', '', `c = ''`],
    ['c', 'x', `c = 'x'`],
    ['d', '0044-03-15 BC', `d = '0044-03-15 BC'`],
    ['d', '-0043-03-15', `d = '0044-03-15 BC'`],
    ['d', '12024-01-01', `d = '12024-01-01'`],
    ['at', '0044-03-15 12:00:00 BC', `at = '0044-03-15 12:00 BC'`],
    ['at', '2024-01-31', `at = '2024-01-31'`],
    ['u', `{C4CA4238A0B923820DCC509A6F75849B}`, `u = md5('1')::uuid`],
    ['ok', 'F', 'NOT ok'],
    ['clock', '12:30', `clock = '12:30'`],
  ])('%s=%s is found as the source finds it', async (column, text, where) => {
    const [{ n }] = (await db.query<{ n: number }>(`SELECT count(*)::int AS n FROM forms WHERE ${where}`)) as [
      { n: number },
    ];
    expect(rowsOf(await find(place, { [column]: text }))).toBe(n);
  });

  it.each([
    ['ip', '10.0.0.1/32', 'ip (inet)'],
    ['j', '{"a":1}', 'j (jsonb)'],
  ])('%s=%s is looked for as the text that it is, which is said', async (column, text, named) => {
    const found = await find(place, { [column]: text });
    expect([rowsOf(found), found.notes]).toEqual([
      0,
      [`${named} is kept as text: rows were looked for that have this very text`],
    ]);
  });

  it.each([
    ['id', 'abc', 'id is written as a number, as the source has one.'],
    ['ok', 'maybe', 'ok is written as true or false.'],
    ['d', '2024-02-30', 'd is written as a day such as 2024-01-31.'],
    ['tags', '{1}', 'tags has lists, structs or intervals, which are not looked for: give a key of other columns.'],
  ])('%s=%s is refused, with the form that it would have', async (column, text, hint) => {
    await expect(find(place, { [column]: text })).rejects.toMatchObject({ code: 'request.invalid', hint });
  });
});

it('columns that any text is a value of are told no form', async () => {
  await db.query(`CREATE TABLE mixed AS SELECT 1 AS id, 'x' AS name, '{}'::json AS j, 'y' AS secret`);
  const mixed = await versionOf('mixed', { mask: ['secret=hash'] });
  const key = { id: 'many', name: 'x', j: '{}', secret: 'y' };
  await expect(find(mixed, key, { env })).rejects.toMatchObject({ hint: 'id is written as a whole number.' });
});

it('a table that the key is no value of is told where another one has it', async () => {
  await db.query(`CREATE TABLE one AS SELECT 'x' AS token; CREATE TABLE two AS SELECT 1 AS token`);
  const given = { source: db.url, table: ['one', 'two'], dataset: 'dataset://both/v1', out: emptyFolder('find') };
  const { location } = await snapshot(given, { env });
  const found = await find(location, { token: 'x' });
  expect([rowsOf(found), found.notes]).toEqual([
    1,
    ['dataset://both/v1, two: passed over, since the key is no value of token (int32)'],
  ]);
});

it('a version is looked at once, however often a location leads to it, and copies are told by their folders', async () => {
  const out = emptyFolder('find');
  await db.query(`CREATE TABLE once AS SELECT 1 AS id`);
  const place = await versionOf('once', {}, out);
  const twice = await find([out, place, join(out, 'once')], { id: '1' });
  expect([twice.looked.versions, twice.holdings.length]).toEqual([1, 1]);
  const copy = emptyFolder('find-copy');
  cpSync(place, join(copy, 'v1'), { recursive: true });
  const { stdout } = await tidemark(['find', '--key', 'id=1', out, copy]);
  expect(stdout).toContain(place);
  expect(stdout).toContain(join(copy, 'v1'));
});
