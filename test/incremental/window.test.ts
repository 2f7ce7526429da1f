import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder } from '../support/cli.js';
import { Chain } from './chain.js';

/* The second road: rows after the parent's largest cursor, and those around it that the parent does not have. */

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
});
afterAll(() => database.drop());

let tables = 0;
/** A table of its own, read by a query. */
async function chainOf(columns: string, options: object): Promise<{ chain: Chain; table: string }> {
  const table = `t${(tables += 1)}`;
  await database.query(`CREATE TABLE ${table} (id text, ${columns})`);
  return { table, chain: new Chain(database.url, { query: `SELECT * FROM ${table}`, ...options }) };
}
const latest = (chain: Chain): Promise<string[]> => chain.values('id', chain.made.slice(-1));

/** By type: a lag, and values in their order, the second of which comes late and within the lag, the fourth is new. */
const types: readonly (readonly [type: string, lag: string, values: readonly [string, string, string, string]])[] = [
  [
    'timestamptz',
    '1h',
    ['2024-01-01 09:00+00', '2024-01-01 09:30+00', '2024-01-01 10:00:00.000001+00', '2024-01-01 10:00:00.000002+00'],
  ],
  ['timestamp', '1h', ['2024-01-01 09:00', '2024-01-01 09:30', '2024-01-01 10:00', '2024-01-01 11:00']],
  ['date', '1d', ['2024-01-01', '2024-01-02', '2024-01-02', '2024-01-03']],
  ['smallint', '10', ['-32768', '-32765', '-32760', '5']],
  ['integer', '10', ['1', '5', '10', '11']],
  ['bigint', '10', ['9007199254740990', '9007199254740993', '9007199254740994', '9007199254740995']],
  ['numeric', '0.5', ['1', '1.6', '2.00000000000000000001', '2.00000000000000000002']],
  [
    'uuid',
    '1s',
    [
      '018cc251-f400-7000-8000-000000000000',
      '018cc251-f500-7000-8000-000000000000',
      '018cc251-f600-7000-8000-000000000000',
      '018cc251-f600-7000-8000-000000000001',
    ],
  ],
];

describe('a cursor', () => {
  it.each(types)(
    'of type %s finds what comes late within the lag, once',
    async (type, lag, [first, late, high, next]) => {
      const { chain, table } = await chainOf(`c ${type}`, { cursor: 'c', lag });
      const insert = (id: string, value: string) => database.query(`INSERT INTO ${table} VALUES ('${id}', '${value}')`);
      await insert('first', first);
      await insert('high', high);
      await chain.next();
      await insert('late', late);
      await insert('next', next);
      await insert('tie', high);
      await chain.next();
      expect(await latest(chain)).toEqual(['late', 'next', 'tie']);
      const { increment, horizon } = chain.manifest().run;
      expect(increment).toMatchObject({ road: 'window', rows: 3 });
      expect(increment!.candidates! - increment!.dropped!).toBe(3);
      expect(horizon!.cursors![0]!.high[0]).toContain(next.slice(0, 19));
    },
  );

  it('of text, and of two columns, without a lag: ties of the first are told by the second', async () => {
    const { chain, table } = await chainOf('at timestamptz', { cursor: 'at,id', lag: '0' });
    const at = '2024-01-01 00:00+00';
    await database.query(`INSERT INTO ${table} VALUES ('a', '${at}'), ('b', '${at}')`);
    await chain.next();
    await database.query(`INSERT INTO ${table} VALUES ('c', '${at}'), ('A', '2024-01-02 00:00+00')`);
    await chain.next();
    expect((await latest(chain)).sort()).toEqual(['A', 'c']);
    const text = new Chain(database.url, { query: `SELECT * FROM ${table}`, cursor: 'id', lag: 0 });
    await text.next();
    await database.query(`INSERT INTO ${table} VALUES ('d')`);
    await text.next();
    expect(await latest(text)).toEqual(['d']);
    expect(await text.refused({ lag: '1h' })).toMatchObject({ code: 'request.invalid' });
  });

  it('equal rows are counted: what comes once more is one row more', async () => {
    const { chain, table } = await chainOf('at date', { cursor: 'at', lag: '1d' });
    const insert = (count: number) =>
      database.query(`INSERT INTO ${table} SELECT 'same', '2024-01-01' FROM generate_series(1, ${count})`);
    await insert(2);
    await chain.next();
    await insert(1);
    await chain.next();
    expect(await chain.values('id')).toEqual(['same', 'same', 'same']);
    await insert(3);
    await chain.next();
    expect(await chain.values('id')).toHaveLength(6);
    expect(await chain.next()).toMatchObject({ status: 'unchanged' });
  });

  it('a row that is changed within the lag comes again as it is now', async () => {
    const { chain, table } = await chainOf('at timestamptz, n int', { cursor: 'at', lag: '1h' });
    await database.query(`INSERT INTO ${table} VALUES ('a', '2024-01-01', 1), ('b', '2024-01-01', 1)`);
    await chain.next();
    await database.query(`UPDATE ${table} SET n = 2 WHERE id = 'a'`);
    await chain.next();
    expect(await chain.values(`id || n`)).toEqual(['a1', 'a2', 'b1']);
  });

  it('NULL: ends the run, is read the first time, or never; a stretch of them ends nothing', async () => {
    const { chain, table } = await chainOf('at timestamptz', { cursor: 'at', lag: '1h' });
    await database.query(`INSERT INTO ${table} VALUES ('none', NULL), ('a', '2024-01-01')`);
    const error = await chain.refused();
    expect(error).toMatchObject({ code: 'data.cursor', exitCode: 6 });
    expect(error.message).toContain('1 row has no value in the cursor at');
    const [include, skip] = (['include', 'skip'] as const).map(
      (nullCursor) => new Chain(database.url, { query: `SELECT * FROM ${table}`, cursor: 'at', lag: '1h', nullCursor }),
    ) as [Chain, Chain];
    await include.next();
    await skip.next();
    expect(await include.values('id')).toEqual(['a', 'none']);
    expect(await skip.values('id')).toEqual(['a']);
    await database.query(`INSERT INTO ${table} SELECT 'null' || i FROM generate_series(1, 500) i`);
    await database.query(`INSERT INTO ${table} VALUES ('b', '2024-01-02')`);
    for (const one of [include, skip]) {
      await one.next();
      expect(await latest(one)).toEqual(['b']);
      expect(one.manifest().run.increment).toMatchObject({ nullCursors: 501 });
    }
  });

  it('that no row comes after is refused: infinity, and the future', async () => {
    const { chain, table } = await chainOf('at timestamptz', { cursor: 'at', lag: '1h' });
    await database.query(`INSERT INTO ${table} VALUES ('a', now() + interval '1 year')`);
    expect((await chain.refused()).message).toContain('in the future');
    await database.query(`UPDATE ${table} SET at = 'infinity'`);
    expect(await chain.refused({ infinity: 'null' })).toMatchObject({
      code: 'data.cursor',
      message: expect.stringContaining('is infinity') as string,
    });
  });

  it('and what would lose rows or tell them twice is refused', async () => {
    const { chain, table } = await chainOf('at timestamptz, n int', { cursor: 'at', lag: '1h' });
    await database.query(`INSERT INTO ${table} VALUES ('a', '2024-01-01', 1)`);
    await chain.next();
    expect((await chain.refused({ lag: '2h' })).message).toContain(
      'is more than the 1h for which the parent remembers rows',
    );
    expect((await chain.refused({ cursor: 'n', lag: '1' })).message).toContain('was read by at');
    expect((await chain.refused({ cursor: 'nothing' })).message).toContain('there is no column "nothing"');
    expect((await chain.refused({ cursor: 'at', redactStats: 'at' })).message).toContain('is redacted');
    expect((await chain.refused({ cursor: 'at', mask: { at: 'year' } })).message).toContain('is masked');
    expect(await chain.refused({ lag: undefined })).toMatchObject({ code: 'data.parent' });
  });

  it('needs nothing of the parent but its manifest', async () => {
    const { chain, table } = await chainOf('at timestamptz', { cursor: 'at', lag: '1h' });
    await database.query(`INSERT INTO ${table} VALUES ('a', '2024-01-01')`);
    const { location } = await chain.next();
    const input = join(emptyFolder('input'), 'previous');
    await mkdir(input);
    await copyFile(join(location, '_manifest.n0001.json'), join(input, '_manifest.n0001.json'));
    await database.query(`INSERT INTO ${table} VALUES ('b', '2024-01-01')`);
    await chain.next({ parent: input });
    expect(await chain.values('id')).toEqual(['a', 'b']);
  });
});

describe('a query that says itself where the ends of the window stand', () => {
  it.each([['copy'], ['cursor']] as const)('gets them as values, by %s', async (via) => {
    const { chain, table } = await chainOf('at timestamptz', { cursor: 'at', lag: '0', via });
    const query = `SELECT max(id) AS id, max(at) AS at, count(*) AS n FROM ${table} WHERE at > :low AND at <= :high GROUP BY at::date`;
    const insert = (id: string, at: string) => database.query(`INSERT INTO ${table} VALUES ('${id}', '${at}')`);
    await insert('a', '2024-01-01 10:00+00');
    await insert('b', '2024-01-01 11:00+00');
    await chain.next({ query });
    await insert('c', '2024-01-01 12:00+00');
    await chain.next({ query });
    // Of the day, what came after: without :low the day's row would have counted all three.
    expect(await chain.values(`id || n`)).toEqual(['b2', 'c1']);
    expect(chain.manifest().version.tables[0]!.request).toMatchObject({ query, parameters: [] });
    expect(await chain.next({ query })).toMatchObject({ status: 'unchanged' });
  });

  it('of a type that has no largest value is refused, and without a cursor they are parameters like others', async () => {
    const { chain, table } = await chainOf('at timestamptz', { cursor: 'id', lag: '0' });
    const query = `SELECT * FROM ${table} WHERE id <= :high`;
    expect((await chain.refused({ query })).message).toContain(':high is of a type that has no largest value');
    expect((await chain.refused({ query, cursor: undefined, lag: undefined })).message).toContain('no such parameter');
  });
});

describe('of a table', () => {
  it('--cursor-floor lets an index find what is new, and the certificate says what that takes', async () => {
    await database.query(`CREATE TABLE big (id text, at timestamptz); CREATE INDEX ON big (at);
      INSERT INTO big SELECT 'old' || i, timestamptz '2024-01-01' + i * interval '1 s' FROM generate_series(1, 20000) i; ANALYZE big`);
    const chain = new Chain(database.url, { table: 'big', cursor: 'at', cursorFloor: '1m' });
    await chain.next();
    await database.query(
      `INSERT INTO big VALUES ('above', '2024-01-01 05:33+00'), ('below', '2024-01-01'), ('none', NULL)`,
    );
    const error = await chain.refused();
    expect(error).toMatchObject({ code: 'data.cursor' });
    await chain.next({ nullCursor: 'include' });
    expect(await latest(chain)).toEqual(['above', 'none']);
    const { assumed } = chain.manifest().run.increment!;
    expect(assumed.join()).toContain('big: no row is new whose at is below 2024-01-01 05:32:20+00');
  });

  it('several tables, each with a cursor of its own', async () => {
    await database.query(`CREATE VIEW v1 AS SELECT 'a'::text AS id, date '2024-01-01' AS day;
      CREATE TABLE many (id text, n int); INSERT INTO many VALUES ('x', 1)`);
    const chain = new Chain(database.url, {
      tables: { v: { table: 'v1', cursor: 'day' }, many: { query: 'SELECT * FROM many', cursor: 'n' } },
      lag: '0',
    });
    await chain.next();
    await database.query(`INSERT INTO many VALUES ('y', 2)`);
    const made = await chain.next();
    expect(made.shards.map(({ path }) => path)).toEqual(['many/events-n0002--many-00000.parquet']);
    expect(await latest(chain)).toEqual(['y']);
  });

  it('splits, partitions, masks and CSV: an old entity never moves, and sums add up', async () => {
    await database.query(`CREATE TABLE visits (customer int, country text, email text, at timestamptz);
      INSERT INTO visits SELECT i % 200, CASE WHEN i % 2 = 0 THEN 'FI' ELSE 'SE' END, 'c' || i % 200, timestamptz '2024-01-01' + i * interval '1 h'
        FROM generate_series(1, 1000) i`);
    const all = {
      split: { train: 0.7, test: 0.3 },
      splitKey: 'customer',
      partitionBy: 'country',
      mask: { email: 'hash' },
      format: 'csv',
    } as const;
    const chains = [{ table: 'visits' }, { query: 'SELECT * FROM visits', cursor: 'at', lag: '1d' }].map(
      (what) =>
        new Chain(database.url, { ...all, ...what }, 'visits', {
          TIDEMARK_MASK_KEY: 'a key of more than sixteen bytes',
        }),
    );
    for (const chain of chains) await chain.next();
    await database.query(
      `INSERT INTO visits SELECT i % 250, 'FI', 'c' || i % 250, timestamptz '2024-02-11' + i * interval '1 m' FROM generate_series(1, 300) i`,
    );
    for (const chain of chains) {
      const made = await chain.next();
      expect(made.rows).toBe(300);
      const full = await new Chain(database.url, { ...all, table: 'visits' }, 'visits', {
        TIDEMARK_MASK_KEY: 'a key of more than sixteen bytes',
      }).next();
      expect(chain.manifest().version.chain).toMatchObject({ rows: 1300, digest: full.digest });
      const parts = await chain.partsOf('customer');
      expect(parts.size).toBe(250);
      for (const of of parts.values()) expect(of.size).toBe(1);
      expect((await chain.refused({ splitSalt: 'other' })).message).toContain('split: rows would go elsewhere');
      const otherKey = await chain.refused({}, { TIDEMARK_MASK_KEY: 'another key of more than 16' });
      expect(otherKey).toMatchObject({
        code: 'data.parent',
        message: expect.stringContaining('key of masks') as string,
      });
    }
  });
});
