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

  it('rows that are deleted in the overlap bring no others back, and one that lies a whole lag below is found', async () => {
    const { chain, table } = await chainOf('n int', { cursor: 'n', lag: '10' });
    const rows = (from: number, to: number, id: string) =>
      database.query(`INSERT INTO ${table} SELECT '${id}' || i, i FROM generate_series(${from}, ${to}) i`);
    await rows(70, 100, 'r');
    await chain.next();
    await database.query(`DELETE FROM ${table} WHERE n > 95; INSERT INTO ${table} VALUES ('late', 90)`);
    await chain.next();
    expect(await latest(chain)).toEqual(['late']);
    expect(chain.manifest().run.horizon!.cursors![0]!.high).toEqual(['100']);
    await rows(101, 101, 'new');
    await chain.next();
    expect(await latest(chain)).toEqual(['new101']);
    expect(await chain.values('id')).toHaveLength(33);
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

  it.each([
    ['timestamptz', '1h', `now() + interval '1 year'`],
    ['timestamptz', '0', `now() + interval '1 hour'`],
    ['timestamp', '1h', `now() + interval '1 year'`],
    ['date', '1d', `current_date + 365`],
    ['uuid', '15m', `'ffffffff-ffff-7fff-8000-000000000000'`],
  ])(
    'of type %s, with a lag of %s, that lies in the future is refused: no row comes after',
    async (type, lag, value) => {
      const { chain, table } = await chainOf(`c ${type}`, { cursor: 'c', lag });
      await database.query(`INSERT INTO ${table} VALUES ('a', ${value})`);
      expect(await chain.refused()).toMatchObject({
        code: 'data.cursor',
        message: expect.stringContaining('in the future') as string,
      });
    },
  );

  it('that is infinite is refused', async () => {
    const { chain, table } = await chainOf('at timestamptz', { cursor: 'at', lag: '1h', infinity: 'null' });
    await database.query(`INSERT INTO ${table} VALUES ('a', 'infinity')`);
    expect(await chain.refused()).toMatchObject({
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
    const query = `SELECT max(id) AS id, max(at) AS at, count(*) AS n FROM ${table} WHERE at >= :low AND at <= :high GROUP BY at::date`;
    const insert = (id: string, at: string) => database.query(`INSERT INTO ${table} VALUES ('${id}', '${at}')`);
    await insert('a', '2024-01-01 10:00+00');
    await insert('b', '2024-01-01 11:00+00');
    await chain.next({ query });
    await insert('c', '2024-01-01 12:00+00');
    await chain.next({ query });
    // Of the day, what came from then on: without :low the day's row would have counted all three.
    expect(await chain.values(`id || n`)).toEqual(['b2', 'c2']);
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
