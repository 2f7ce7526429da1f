import { readdirSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { duckdb, parquetWasm, queryDuckdb } from '../../readers/index.js';
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.js';
import { emptyFolder, tidemarkHere as tidemark } from '../../support/cli.js';
import { makeVersion } from './version-files.js';

const farthest = '294276-12-31 23:59:59.999999';
const roads = ['copy', 'cursor'] as const;

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
  await db.query(`CREATE TABLE infinite (id int, d date, ts timestamp, tz timestamptz);
    INSERT INTO infinite VALUES (1, '2024-01-01', '2024-01-01', '2024-01-01+00'), (2, 'infinity', 'infinity', 'infinity'),
      (3, '-infinity', '-infinity', NULL), (4, 'infinity', NULL, '-infinity');
    CREATE TABLE misfits (id int, n numeric(5,2), ts timestamp, ti time, u numeric, d date);
    INSERT INTO misfits VALUES (1, 1.5, '2024-01-01', '10:00', 1.25, '2024-01-01'),
      (2, 'NaN', '${farthest}', '24:00', 123456789.5, 'infinity'), (3, -999.99, NULL, '00:00', 0.001, NULL);
    CREATE TYPE pair AS (n numeric(5,2), days date[]);
    CREATE TABLE nested (id int, matrix int[], zero int[], prices numeric(5,2)[], days date[], p pair, r daterange, iv interval);
    INSERT INTO nested VALUES
      (1, '{1,2}', '{7}', '{1.5,NULL}', '{2024-01-01}', '(1,{2024-01-02})', '[2024-01-01,2024-02-01)', '1 day'),
      (2, '{{1,2},{3,4}}', '[0:1]={5,6}', '{2.5,NaN,NaN}', '{2024-01-01,infinity,-infinity}', '(NaN,{infinity})', '[2024-01-01,infinity)', 'infinity'),
      (3, '{}', '{}', '{}', '{}', '(,)', 'empty', '-infinity'),
      (4, '{5}', NULL, '{3.25}', '{2024-01-03}', '(2,{})', '(,)', '2 mons')`);
});
afterAll(() => db.drop());

const run = (url: string, out: string, args: readonly string[]) =>
  tidemark(['snapshot', '--dataset', 'dataset://m/v', '--out', out, ...args], { env: { TIDEMARK_SOURCE: url } });

/** Both readers must show the same values; the first column is left out. */
async function shown(file: string): Promise<Record<string, readonly (string | null)[]>> {
  const [one, other] = await Promise.all([duckdb.read(file), parquetWasm.read(file)]);
  const values = (columns: typeof one) =>
    Object.fromEntries(columns.slice(1).map((column) => [column.name, column.values]));
  expect(values(other)).toEqual(values(one));
  return values(one);
}

describe('a value that its column cannot hold', () => {
  it.each([
    ['n', 'copy', [], 'Column "n" (numeric(5,2)): NaN does not fit decimal128(5,2), in row 2', '--cast n=text'],
    ['ts', 'cursor', [], `Column "ts" (timestamp without time zone): ${farthest} does not fit`, '--cast ts=text'],
    ['ti', 'copy', [], 'Column "ti" (time without time zone): 24:00:00 does not fit time64[us]', '--cast ti=text'],
    ['u', 'cursor', ['--cast', 'u=decimal(6,2)'], 'Column "u" (numeric): 123456789.5 does not fit', '--cast u=text'],
    ['d', 'cursor', [], 'Column "d" (date): infinity does not fit date32', '--infinity extreme or --infinity null'],
  ])('%s by %s: the run ends with exit code 6 and leaves nothing', async (column, via, args, message, hint) => {
    const out = emptyFolder('misfit');
    const query = `SELECT id, ${column} FROM misfits ORDER BY id`;
    const { code, stderr } = await run(db.url, out, ['--query', query, '--via', via, ...args]);
    expect(code).toBe(6);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
    expect(stderr).toContain('--misfit null');
    expect(readdirSync(out)).toEqual([]);
  });
});

describe.each(roads)('values that their columns cannot hold, by %s', (via) => {
  it('--misfit null writes NULL and counts', async () => {
    const args = ['--table', 'misfits', '--via', via, '--misfit', 'null', '--cast', 'u=decimal(10,2)'];
    const made = await makeVersion(db.url, args);
    const ledger = made.ledger().map(({ name, exactness, nulled, extreme }) => [name, exactness, nulled, extreme]);
    expect(ledger).toEqual([
      ['id', 'exact', undefined, undefined],
      ['n', 'lossy', 1, undefined],
      ['ts', 'lossy', 1, undefined],
      ['ti', 'lossy', 1, undefined],
      ['u', 'lossy', 2, undefined],
      ['d', 'lossy', 1, undefined],
    ]);
    expect(made.warnings).toContain('2 values of column "u" did not fit and are NULL');
    expect(await shown(made.files()[0]!)).toEqual({
      n: ['1.50', null, '-999.99'],
      ts: ['2024-01-01T00:00:00', null, null],
      ti: ['10:00:00', null, '00:00:00'],
      u: ['1.25', null, null],
      d: ['2024-01-01', null, null],
    });
  });

  it('--cast column=text keeps every value, as the server shows it', async () => {
    const casts = ['n', 'ts', 'ti', 'u', 'd'].flatMap((column) => ['--cast', `${column}=text`]);
    const made = await makeVersion(db.url, ['--table', 'misfits', '--via', via, ...casts]);
    expect(await shown(made.files()[0]!)).toEqual({
      n: ['1.50', 'NaN', '-999.99'],
      ts: ['2024-01-01 00:00:00', farthest, null],
      ti: ['10:00:00', '24:00:00', '00:00:00'],
      u: ['1.25', '123456789.5', '0.001'],
      d: ['2024-01-01', 'infinity', null],
    });
    expect(
      made
        .ledger()
        .slice(1)
        .map(({ exactness, cast }) => [exactness, cast]),
    ).toEqual(Array(5).fill(['widened', 'text']));
  });

  it('--infinity null writes NULL and counts, and lets no other misfit pass', async () => {
    const made = await makeVersion(db.url, ['--table', 'infinite', '--via', via, '--infinity', 'null']);
    const counts = made.ledger().map(({ exactness, nulled, extreme }) => [exactness, nulled, extreme]);
    expect(counts).toEqual([
      ['exact', undefined, undefined],
      ['lossy', 3, undefined],
      ['lossy', 2, undefined],
      ['lossy', 2, undefined],
    ]);
    expect(await shown(made.files()[0]!)).toEqual({
      d: ['2024-01-01', null, null, null],
      ts: ['2024-01-01T00:00:00', null, null, null],
      tz: ['2024-01-01T00:00:00Z', null, null, null],
    });
    const { code } = await run(db.url, emptyFolder('misfit'), [
      '--table',
      'misfits',
      '--via',
      via,
      '--infinity',
      'null',
    ]);
    expect(code).toBe(6);
  });

  it('--infinity extreme writes what DuckDB takes for infinity, and counts', async () => {
    const made = await makeVersion(db.url, ['--table', 'infinite', '--via', via, '--infinity', 'extreme']);
    const counts = made.ledger().map(({ exactness, nulled, extreme }) => [exactness, nulled, extreme]);
    expect(counts).toEqual([
      ['exact', undefined, undefined],
      ['lossy', undefined, 3],
      ['lossy', undefined, 2],
      ['lossy', undefined, 2],
    ]);
    expect(made.warnings).toContain('3 infinities of column "d" are the extreme value');
    const [, ...columns] = await queryDuckdb(
      `SELECT id, d::varchar AS d, ts::varchar AS ts, tz::varchar AS tz FROM read_parquet('${made.files()[0]}') ORDER BY id`,
    );
    expect(columns.map(({ values }) => values.slice(1))).toEqual([
      ['infinity', '-infinity', 'infinity'],
      ['infinity', '-infinity', null],
      ['infinity', null, '-infinity'],
    ]);
  });
});

describe('values of which a part does not fit', () => {
  it.each([
    ['matrix', [], 'Column "matrix" (integer[]): an array of 2 dimensions does not fit list<int32>, in row 2'],
    ['zero', [], 'Column "zero" (integer[]): an array whose first element is number 0 does not fit list<int32>'],
    ['prices', [], 'Column "prices" (numeric(5,2)[]): NaN does not fit decimal128(5,2) of an element, in row 2'],
    ['p', [], 'Column "p" (public.pair): NaN does not fit decimal128(5,2) of a part, in row 2'],
    ['days', ['--via', 'cursor'], 'Column "days" (date[]): infinity does not fit date32 of an element, in row 2'],
    ['r', [], 'Column "r" (daterange): infinity does not fit date32 of a part, in row 2'],
    ['iv', [], 'Column "iv" (interval): infinity does not fit struct<'],
  ])('%s: the run ends with exit code 6 and says how to go on', async (column, args, message) => {
    const out = emptyFolder('misfit');
    const query = `SELECT id, ${column} FROM nested ORDER BY id`;
    const { code, stderr } = await run(db.url, out, ['--query', query, ...args]);
    expect(stderr).toContain(message);
    expect(stderr).toContain(`--cast ${column}=text`);
    expect(stderr.includes('--infinity extreme or --infinity null')).toBe(message.includes('): infinity does'));
    expect(code).toBe(6);
    expect(readdirSync(out)).toEqual([]);
  });

  it.each(roads)('--misfit null makes the whole value NULL, and counts values, by %s', async (via) => {
    const made = await makeVersion(db.url, ['--table', 'nested', '--via', via, '--misfit', 'null']);
    expect(made.ledger().map(({ nulled }) => nulled)).toEqual([undefined, 1, 1, 1, 1, 1, 1, 2]);
    expect(await shown(made.files()[0]!)).toEqual({
      matrix: ['[1,2]', null, '[]', '[5]'],
      zero: ['[7]', null, '[]', null],
      prices: ['[1.50,null]', null, '[]', '[3.25]'],
      days: ['[2024-01-01]', null, '[]', '[2024-01-03]'],
      p: ['{"n":1.00,"days":[2024-01-02]}', null, '{"n":null,"days":null}', '{"n":2.00,"days":[]}'],
      r: [
        '{"lower":2024-01-01,"upper":2024-02-01,"lower_inc":true,"upper_inc":false,"empty":false}',
        null,
        '{"lower":null,"upper":null,"lower_inc":false,"upper_inc":false,"empty":true}',
        '{"lower":null,"upper":null,"lower_inc":false,"upper_inc":false,"empty":false}',
      ],
      iv: ['{"months":0,"days":1,"microseconds":0}', null, null, '{"months":2,"days":0,"microseconds":0}'],
    });
    expect(await tidemark(['verify', made.location])).toMatchObject({ code: 0 });
  });

  it('--infinity extreme writes extremes inside of values, and counts each', async () => {
    const query = 'SELECT id, days, r, iv FROM nested ORDER BY id';
    const made = await makeVersion(db.url, ['--query', query, '--infinity', 'extreme']);
    expect(made.ledger().map(({ extreme }) => extreme)).toEqual([undefined, 2, 1, 2]);
    const [days, iv] = await queryDuckdb(
      `SELECT days::varchar, iv.months FROM read_parquet('${made.files()[0]}') ORDER BY id`,
    );
    expect(days!.values[1]).toBe('[2024-01-01, infinity, -infinity]');
    expect(iv!.values.slice(1, 3)).toEqual(['2147483647', '-2147483648']);
  });

  it('--cast column=text keeps every value, as the server shows it; a list of decimals keeps those that fit', async () => {
    const columns = ['matrix', 'zero', 'prices', 'days', 'p', 'r', 'iv'];
    const made = await makeVersion(db.url, [
      '--table',
      'nested',
      ...columns.flatMap((name) => ['--cast', `${name}=text`]),
    ]);
    expect(await shown(made.files()[0]!)).toMatchObject({
      matrix: ['{1,2}', '{{1,2},{3,4}}', '{}', '{5}'],
      zero: ['{7}', '[0:1]={5,6}', '{}', null],
      r: ['[2024-01-01,2024-02-01)', '[2024-01-01,infinity)', 'empty', '(,)'],
      iv: ['1 day', 'infinity', '-infinity', '2 mons'],
    });
    const query = `SELECT 1 AS id, '{1.5,NULL,-20.25}'::numeric[] AS n`;
    const cast = await makeVersion(db.url, ['--query', query, '--cast', 'n=list<decimal(6,2)>']);
    expect(cast.ledger()[1]).toMatchObject({ type: 'list<decimal128(6,2)>', exactness: 'exact' });
    expect(await shown(cast.files()[0]!)).toEqual({ n: ['[1.50,null,-20.25]'] });
  });
});

describe('a database in SQL_ASCII, whose text may be any bytes', () => {
  let url: string;
  const name = () => `${db.name}_ascii`;
  beforeAll(async () => {
    await db.query(`CREATE DATABASE ${name()} ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`);
    url = Object.assign(new URL(db.url), { pathname: `/${name()}` }).href;
    const bytes = (hex: string) => `convert_from('\\x${hex}', 'SQL_ASCII')`;
    const client = new pg.Client(url);
    await client.connect();
    await client.query(`CREATE TABLE t (id int, t text, a text[], c varchar);
      INSERT INTO t VALUES (1, 'fine', '{x}', 'y'), (2, ${bytes('61ff')}, ARRAY[${bytes('ff')}], 'z'),
        (3, ${bytes('c3a9')}, NULL, ${bytes('f09fa686')}), (4, '', '{}', ${bytes('eda080')})`);
    await client.end();
  });
  afterAll(() => db.query(`DROP DATABASE ${name()} (FORCE)`));

  it('text that is no UTF-8 ends the run, and names column, row and bytes', async () => {
    const out = emptyFolder('ascii');
    const { code, stdout, stderr } = await run(url, out, ['--table', 't', '--json']);
    expect([code, (JSON.parse(stdout) as { code: string }).code]).toEqual([6, 'data.encoding']);
    expect(stderr + stdout).toContain('\\x61ff');
    expect(JSON.parse(stdout)).toMatchObject({ message: expect.stringMatching(/"t" .* row 2 /) as string });
    expect(readdirSync(out)).toEqual([]);
  });

  it('--misfit null carries on, and counts', async () => {
    const made = await makeVersion(url, ['--table', 't', '--misfit', 'null']);
    expect(made.ledger().map(({ nulled }) => nulled)).toEqual([undefined, 1, 1, 1]);
    expect(await shown(made.files()[0]!)).toEqual({
      t: ['fine', null, 'é', ''],
      a: ['["x"]', null, null, '[]'],
      c: ['y', 'z', '🦆', null],
    });
  });

  it('the cursor, which reads text as UTF-8, says which road takes it', async () => {
    const { code, stderr } = await run(url, emptyFolder('ascii'), [
      '--table',
      't',
      '--via',
      'cursor',
      '--misfit',
      'null',
    ]);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain('SQL_ASCII');
    expect(stderr).toContain('--via copy');
  });
});
