import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshMariadb, type MariadbDatabase } from '../servers/mariadb.js';
import { withMariadb } from '../servers/with-mariadb.js';
import { Chain } from './chain.js';

/** By type: a lag, and values in their order, the second of which comes late and within the lag, the fourth is new. */
const types: readonly (readonly [type: string, lag: string, values: readonly [string, string, string, string]])[] = [
  [
    'timestamp(6)',
    '1h',
    ['2024-01-01 09:00', '2024-01-01 09:30', '2024-01-01 10:00:00.000001', '2024-01-01 10:00:00.000002'],
  ],
  ['datetime', '1h', ['2024-01-01 09:00:00', '2024-01-01 09:30:00', '2024-01-01 10:00:00', '2024-01-01 11:00:00']],
  [
    'datetime(3)',
    '90m',
    ['2024-01-01 09:00', '2024-01-01 09:30', '2024-01-01 10:00:00.001', '2024-01-01 10:00:00.002'],
  ],
  ['date', '1d', ['2024-01-01', '2024-01-02', '2024-01-02', '2024-01-03']],
  ['int unsigned', '10', ['0', '3', '5', '4294967295']],
  [
    'bigint unsigned',
    '10',
    ['18446744073709551600', '18446744073709551603', '18446744073709551604', '18446744073709551615'],
  ],
  ['decimal(40,20)', '0.5', ['1', '1.6', '2.00000000000000000001', '2.00000000000000000002']],
];

withMariadb('the second road, on MariaDB: a cursor', (server) => {
  let database: MariadbDatabase;
  beforeAll(async () => {
    database = await freshMariadb(server);
  });
  afterAll(() => database.drop());

  let tables = 0;
  /** A table of its own. */
  const chainOf = async (columns: string, options: object): Promise<{ chain: Chain; table: string }> => {
    const table = `t${(tables += 1)}`;
    await database.query(`CREATE TABLE ${table} (id varchar(20), ${columns})`);
    return { table, chain: new Chain(database.url, { table, ...options }) };
  };
  const latest = (chain: Chain): Promise<string[]> => chain.values('id', chain.made.slice(-1));

  it.each(types)(
    'of type %s finds what comes late within the lag, once',
    async (type, lag, [first, late, high, next]) => {
      const { chain, table } = await chainOf(`c ${type} NULL`, { cursor: 'c', lag });
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
      expect(await chain.next()).toMatchObject({ status: 'unchanged' });
      expect((await chain.verify()).findings).toEqual([]);
    },
  );

  it('of two columns, without a lag: ties of the first are told by the second; by a query as by a table', async () => {
    const { table } = await chainOf('at datetime NOT NULL, n int, KEY (at, n)', {});
    const chains = [{ table }, { query: `SELECT * FROM ${table}` }].map(
      (read) => new Chain(database.url, { ...read, cursor: 'at,n', lag: '0' }),
    );
    await database.query(`INSERT INTO ${table} VALUES ('a', '2024-01-01', 1), ('b', '2024-01-01', 2)`);
    for (const chain of chains) await chain.next();
    await database.query(`INSERT INTO ${table} VALUES ('c', '2024-01-01', 3), ('d', '2024-01-02', 0)`);
    for (const chain of chains) {
      await chain.next();
      expect(await latest(chain)).toEqual(['c', 'd']);
    }
  });

  it('rows within the lag are dropped by what they are: equal ones are counted, changed ones come again', async () => {
    const { chain, table } = await chainOf('at date', { cursor: 'at', lag: '1d' });
    await database.query(
      `INSERT INTO ${table} VALUES ('same', '2024-01-01'), ('same', '2024-01-01'), ('old', '2024-01-01')`,
    );
    await chain.next();
    await database.query(
      `INSERT INTO ${table} VALUES ('same', '2024-01-01'); UPDATE ${table} SET id = 'new' WHERE id = 'old'`,
    );
    await chain.next();
    expect(await chain.values('id')).toEqual(['new', 'old', 'same', 'same', 'same']);
  });

  it('whether a run marks rows for the next one moves no row group', async () => {
    const table = `t${(tables += 1)}`;
    await database.query(`CREATE TABLE ${table} (id int PRIMARY KEY, a text, b text, c text, d text, e text, at datetime);
      INSERT INTO ${table} SELECT seq, REPEAT('x', seq % 900), NULL, 'c', NULL, 'e', '2024-01-01' + INTERVAL seq SECOND FROM seq_1_to_20000`);
    const marked = new Chain(database.url, { table, cursor: 'at', lag: '1h', shardSize: 1_048_576 });
    const plain = new Chain(database.url, { table, shardSize: 1_048_576, parent: undefined, firstRun: undefined });
    const files = (made: { shards: readonly { sha256: string }[] }) => made.shards.map(({ sha256 }) => sha256);
    expect(files(await marked.next())).toEqual(files(await plain.next()));
  });

  it('NULL ends the run, is read the first time, or never', async () => {
    const { chain, table } = await chainOf('at datetime', { cursor: 'at', lag: '1h' });
    await database.query(`INSERT INTO ${table} VALUES ('none', NULL), ('a', '2024-01-01')`);
    expect(await chain.refused()).toMatchObject({
      code: 'data.cursor',
      exitCode: 6,
      message: expect.stringContaining('1 row has no value in the cursor at') as string,
    });
    for (const [nullCursor, first] of [
      ['include', ['a', 'none']],
      ['skip', ['a']],
    ] as const) {
      const one = new Chain(database.url, { table, cursor: 'at', lag: '1h', nullCursor });
      await one.next();
      expect(await one.values('id')).toEqual(first);
      await database.query(`INSERT INTO ${table} VALUES ('${nullCursor}', NULL), ('b${nullCursor}', '2024-01-02')`);
      await one.next();
      expect((await latest(one)).at(-1)).toBe(`b${nullCursor}`);
      await database.query(`DELETE FROM ${table} WHERE at > '2024-01-01' OR id IN ('include', 'skip')`);
    }
  });

  it.each([
    ['timestamp', '1h', 'NOW() + INTERVAL 1 YEAR', 'in the future'],
    ['datetime', '0', 'NOW() + INTERVAL 3 DAY', 'in the future'],
    ['date', '1d', 'NOW() + INTERVAL 1 YEAR', 'in the future'],
    ['datetime', '1h', "'2024-00-01'", 'is on no calendar'],
  ])('of type %s, with a lag of %s, at %s is refused', async (type, lag, value, message) => {
    const { chain, table } = await chainOf(`c ${type}`, { cursor: 'c', lag });
    await database.query(`INSERT INTO ${table} VALUES ('a', ${value})`);
    expect(await chain.refused()).toMatchObject({
      code: 'data.cursor',
      message: expect.stringContaining(message) as string,
    });
  });

  it('and what would lose rows or tell them twice is refused', async () => {
    const { chain, table } = await chainOf('at datetime, n int, f double', { cursor: 'at', lag: '1h' });
    await database.query(`INSERT INTO ${table} VALUES ('a', '2024-01-01', 1, 1)`);
    await chain.next();
    const message = async (options: object): Promise<string> => (await chain.refused(options)).message;
    expect(await message({ lag: '2h' })).toContain('is more than the 1h for which the parent remembers rows');
    expect(await message({ cursor: 'n', lag: '1' })).toContain('was read by at');
    expect(await message({ cursor: 'nothing' })).toContain('there is no column "nothing"');
    expect(await message({ cursor: 'f' })).toContain('does not say in which order rows come');
    expect(await message({ cursor: 'id', lag: '1h', full: true })).toContain('means nothing between values of text');
    expect(await message({ cursor: 'n', lag: '1h', full: true })).toContain(
      'is a duration, and the cursor is a number',
    );
    const without = await chain.refused({ cursor: undefined, lag: undefined });
    expect(without).toMatchObject({
      code: 'data.parent',
      message: expect.stringContaining('MySQL does not tell which transaction wrote a row') as string,
    });
    expect(without.hint).toContain('--cursor and --lag');
  });

  it('gives a query the ends of its window as values', async () => {
    const { chain, table } = await chainOf('at datetime', { table: undefined, cursor: 'at', lag: '0' });
    const query = `SELECT max(id) AS id, max(at) AS at, count(*) AS n FROM ${table} WHERE at >= :low AND at <= :high GROUP BY date(at)`;
    const insert = (id: string, at: string) => database.query(`INSERT INTO ${table} VALUES ('${id}', '${at}')`);
    await insert('a', '2024-01-01 10:00');
    await insert('b', '2024-01-01 11:00');
    await chain.next({ query });
    await insert('c', '2024-01-01 12:00');
    await chain.next({ query });
    // Of the day, what came from then on: without :low the day's row would have counted all three.
    expect(await chain.values(`id || n`)).toEqual(['b2', 'c2']);
    expect(await chain.next({ query })).toMatchObject({ status: 'unchanged' });
  });

  it('with --mode upsert and --deletes scan the newest rows of all keys that are there are the table', async () => {
    const table = `t${(tables += 1)}`;
    await database.query(`CREATE TABLE ${table} (id int PRIMARY KEY, word varchar(20), at timestamp(6) NOT NULL DEFAULT now(6) ON UPDATE now(6));
      INSERT INTO ${table} (id, word) SELECT seq, 'first' FROM seq_1_to_1000`);
    const chain = new Chain(database.url, {
      table,
      cursor: 'at',
      lag: '10m',
      mode: 'upsert',
      key: 'id',
      deletes: 'scan',
    });
    await chain.next();
    await database.query(
      `UPDATE ${table} SET word = 'second' WHERE id % 10 = 0; DELETE FROM ${table} WHERE id % 7 = 0; INSERT INTO ${table} (id, word) VALUES (1001, 'new'), (7, 'back')`,
    );
    await chain.next();
    const merged = await chain.compact();
    const rows = await database.query(`SELECT CONCAT(id, word) AS v FROM ${table} ORDER BY 1`);
    expect(await chain.values('id || word', [merged])).toEqual(rows.map(({ v }) => v));
    expect(merged.digest).toBe((await chain.whole()).digest);
  });
});
