import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { Chain } from './chain.js';

/*
 * Each sentence of docs/incremental.md about rows and their transactions, one trap each: what is new is read once, and what
 * cannot be told is refused.
 */

let database: FreshDatabase;
let chain: Chain;

const table = `CREATE TABLE events (id text PRIMARY KEY, at timestamptz DEFAULT clock_timestamp())`;

async function begin(create = table): Promise<void> {
  database = await freshDatabase(inject('postgres18'));
  await database.query(`${create}; INSERT INTO events (id) VALUES ('old')`);
  chain = new Chain(database.url, { table: 'events' });
}

/** The database as a user sees it who may read the table, and nothing else. */
async function readersUrl(who: string): Promise<string> {
  const url = new URL(database.url);
  url.username = `${who}_${database.name}`;
  await database.query(`CREATE ROLE ${url.username} LOGIN; GRANT SELECT ON events TO ${url.username}`);
  return url.href;
}

const insert = (id: string): Promise<unknown> => database.query(`INSERT INTO events (id) VALUES ('${id}')`);
const ids = (): Promise<string[]> => chain.values('id');
/** Ids of the newest version alone. */
const latest = (): Promise<string[]> => chain.values('id', chain.made.slice(-1));

afterEach(() => database.drop());

describe('a row is new if the parent could not see its transaction', () => {
  beforeEach(() => begin());

  it('committed after the parent, although it was written before it, and at the same time', async () => {
    const late = await database.connect();
    await late.query(`BEGIN; INSERT INTO events VALUES ('late', '2024-01-01'), ('late too', '2024-01-01')`);
    await insert('seen');
    await chain.next();
    expect(await ids()).toEqual(['old', 'seen']);
    await late.query('COMMIT');
    await late.end();
    await insert('yesterday');
    await database.query(`UPDATE events SET at = '1970-01-01' WHERE id = 'yesterday'`);
    await chain.next();
    expect(await latest()).toEqual(['late', 'late too', 'yesterday']);
    expect(await chain.next()).toMatchObject({ status: 'unchanged', rows: 0, version: 'dataset://events/n0002' });
    expect(await ids()).toEqual(['late', 'late too', 'old', 'seen', 'yesterday']);
  });

  it('a row that was seen is not new although an older transaction is still open, over several versions', async () => {
    const open = await database.connect();
    await open.query(`BEGIN; INSERT INTO events VALUES ('open')`);
    await insert('a');
    await chain.next();
    // One at least: a transaction of another database, open at that moment, holds the horizon back, too.
    expect(chain.manifest().run.horizon!.transactions!.seen.length).toBeGreaterThan(0);
    await insert('b');
    await chain.next();
    expect(await latest()).toEqual(['b']);
    // Seen by the one before the last: kept in mind as long as the open one holds the horizon back.
    await insert('c');
    await chain.next();
    expect(await latest()).toEqual(['c']);
    await open.query('COMMIT');
    await open.end();
    await chain.next();
    expect(await latest()).toEqual(['open']);
    expect(await ids()).toEqual(['a', 'b', 'c', 'old', 'open']);
  });

  it('of subtransactions, which have ids of their own that no snapshot lists', async () => {
    const open = await database.connect();
    await open.query(`BEGIN; INSERT INTO events VALUES ('before')`);
    await open.query(`SAVEPOINT one; INSERT INTO events VALUES ('in savepoint'); RELEASE one`);
    await open.query(`SAVEPOINT two; INSERT INTO events VALUES ('never'); ROLLBACK TO two`);
    await insert('seen');
    await chain.next();
    expect(await ids()).toEqual(['old', 'seen']);
    await open.query('COMMIT');
    await open.end();
    await chain.next();
    expect(await latest()).toEqual(['before', 'in savepoint']);
  });

  it('an updated row is a new version of it; a deleted one stays where it is', async () => {
    await insert('changed');
    await insert('deleted');
    await chain.next();
    await database.query(`UPDATE events SET at = now() WHERE id = 'changed'; DELETE FROM events WHERE id = 'deleted'`);
    await chain.next();
    expect(await latest()).toEqual(['changed']);
    expect(await ids()).toEqual(['changed', 'changed', 'deleted', 'old']);
  });

  it('frozen rows keep their transactions, through VACUUM FULL and CLUSTER too', async () => {
    await chain.next();
    await insert('new');
    await database.query('VACUUM FREEZE events');
    await chain.next();
    expect(await latest()).toEqual(['new']);
    await insert('newer');
    await database.query('VACUUM FULL events');
    await database.query('CLUSTER events USING events_pkey');
    await chain.next();
    expect(await latest()).toEqual(['newer']);
    expect(await chain.next()).toMatchObject({ status: 'unchanged' });
  });

  it('and the digest of the chain is that of a full snapshot', async () => {
    await chain.next();
    await insert('two');
    await chain.next();
    await insert('three');
    await chain.next();
    const full = await chain.next({ full: true });
    const { chain: together } = chain.manifest(chain.made.at(-2)).version;
    expect(together).toMatchObject({ rows: 3, digest: full.digest });
    expect(chain.manifest().run.increment).toMatchObject({ road: 'full', rows: 3 });
    // A new chain: the next one goes on from it.
    await insert('four');
    await chain.next();
    expect(chain.manifest().version).toMatchObject({ from: full.version, parent: { id: full.id } });
    expect(chain.manifest().version.inherits).toHaveLength(1);
  });
});

describe('what is not in rows', () => {
  it('a column that was added is taken where that is agreed, and NULL before', async () => {
    await begin();
    await chain.next();
    await database.query(`ALTER TABLE events ADD COLUMN kind text DEFAULT 'plain'; INSERT INTO events VALUES ('new')`);
    const error = await chain.refused();
    expect(error).toMatchObject({ code: 'data.schema', exitCode: 6 });
    expect(error.message).toContain('kind utf8 is new');
    const made = await chain.next({ schema: 'evolve' });
    expect(made.warnings.join()).toContain('kind utf8 was added');
    expect(chain.manifest().run.increment).toMatchObject({ added: ['kind utf8'], rows: 1 });
    expect(await chain.values(`coalesce(kind, 'null')`)).toEqual(['null', 'plain']);
    // One of a type that is new, and one that is reckoned.
    await database.query(`CREATE TYPE mood AS ENUM ('fine'); ALTER TABLE events ADD COLUMN mood mood,
      ADD COLUMN twice text GENERATED ALWAYS AS (id || id) VIRTUAL; INSERT INTO events VALUES ('newer')`);
    await chain.next({ schema: 'evolve' });
    expect(chain.manifest().run.increment!.added).toEqual(['mood utf8', 'twice utf8']);
    expect(await chain.next()).toMatchObject({ status: 'unchanged' });
  });

  it('a column that was dropped and made again has other values in rows that look old', async () => {
    await begin();
    await chain.next();
    await database.query(`ALTER TABLE events DROP COLUMN at, ADD COLUMN at timestamptz DEFAULT '2024-01-01'`);
    expect(await chain.refused()).toMatchObject({
      code: 'data.parent',
      message: expect.stringContaining('columns of public.events were changed') as string,
    });
  });

  it.each([
    { what: 'was dropped and made again', change: 'DROP ATTRIBUTE b; ALTER TYPE pair ADD ATTRIBUTE b text', cast: {} },
    { what: 'was added, which the text of all rows shows', change: 'ADD ATTRIBUTE c int', cast: { pairs: 'text' } },
  ])('an attribute of a composite type that $what', async ({ change, cast }) => {
    await begin(`CREATE TYPE pair AS (a int, b text);
      CREATE TABLE events (id text PRIMARY KEY, pairs pair[] DEFAULT ARRAY[ROW(1, 'x')::pair])`);
    const full = await chain.next({ cast });
    await database.query(`ALTER TYPE pair ${change}`);
    expect(await chain.refused({ cast })).toMatchObject({
      code: 'data.parent',
      message: expect.stringContaining('row type public.pair is another one') as string,
    });
    const made = await chain.next({ cast, parent: undefined, firstRun: undefined, ifChanged: chain.folder });
    expect(made).toMatchObject({ status: 'created', rows: 1 });
    expect(made.digest).not.toBe(full.digest);
  });

  it('a dropped column, and one of another type', async () => {
    await begin('CREATE TABLE events (id text PRIMARY KEY, n int)');
    await chain.next();
    await database.query('ALTER TABLE events DROP COLUMN n');
    expect(await chain.refused({ schema: 'evolve' })).toMatchObject({ exitCode: 6 });
    const full = await chain.next({ full: true });
    await database.query('ALTER TABLE events ALTER id TYPE varchar(20)');
    expect(await chain.refused()).toMatchObject({ code: 'data.parent' });
    expect(full.rows).toBe(1);
  });

  it('a table that was written anew, or emptied: all its rows look new', async () => {
    await begin('CREATE TABLE events (id text PRIMARY KEY, n int DEFAULT 1)');
    await chain.next();
    await database.query(`ALTER TABLE events ALTER n TYPE bigint; ALTER TABLE events ALTER n TYPE int`);
    expect((await chain.refused()).message).toMatch(/columns|rewritten/);
    await chain.next({ full: true });
    await database.query(`TRUNCATE events; INSERT INTO events VALUES ('again')`);
    const error = await chain.refused();
    expect(error).toMatchObject({ code: 'data.parent', exitCode: 6 });
    expect(error.message).toContain('was rewritten or emptied');
    expect(error.hint).toContain('--full');
  });

  it('a label of an enum that was renamed; a new one is nothing', async () => {
    await begin(
      `CREATE TYPE state AS ENUM ('open', 'done'); CREATE TABLE events (id text PRIMARY KEY, s state DEFAULT 'open')`,
    );
    await chain.next();
    await database.query(`ALTER TYPE state ADD VALUE 'lost'`);
    await insert('new');
    expect(await chain.next()).toMatchObject({ status: 'created', rows: 1 });
    await database.query(`ALTER TYPE state RENAME VALUE 'open' TO 'begun'`);
    expect(await chain.refused()).toMatchObject({
      code: 'data.parent',
      message: expect.stringContaining('label') as string,
    });
  });

  it('a partition that was attached is read whole; one that was taken out and comes back is refused', async () => {
    await begin(`CREATE TABLE events (id text, at int DEFAULT 1) PARTITION BY LIST (at);
      CREATE TABLE p1 PARTITION OF events FOR VALUES IN (1); CREATE TABLE p2 (id text, at int);
      INSERT INTO p2 VALUES ('before', 2)`);
    await chain.next();
    await database.query(`ALTER TABLE events ATTACH PARTITION p2 FOR VALUES IN (2); INSERT INTO events VALUES ('new')`);
    await chain.next();
    expect(await latest()).toEqual(['before', 'new']);
    expect(chain.manifest().run.increment).toMatchObject({ wholly: ['public.p2'] });
    expect(await chain.next()).toMatchObject({ status: 'unchanged' });
    await database.query(`ALTER TABLE events DETACH PARTITION p2; INSERT INTO events VALUES ('newer')`);
    await chain.next();
    expect(await latest()).toEqual(['newer']);
    await database.query(`ALTER TABLE events ATTACH PARTITION p2 FOR VALUES IN (2)`);
    expect((await chain.refused()).message).toContain('public.p2 was taken out of events and put back');
  });

  it('whoever may only read, and partitions through their table alone, goes on all the same', async () => {
    await begin(`CREATE TABLE events (id text, at int DEFAULT 1) PARTITION BY LIST (at);
      CREATE TABLE p1 PARTITION OF events FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF events FOR VALUES IN (2)`);
    chain = new Chain(await readersUrl('guest'), { table: 'events' });
    await chain.next();
    await insert('new');
    await database.query('VACUUM FULL p1');
    await chain.next();
    expect(await latest()).toEqual(['new']);
    await database.query(`TRUNCATE p1; INSERT INTO events VALUES ('again')`);
    expect((await chain.refused()).message).toContain('public.p1 of events was rewritten or emptied');
  });

  it('row-level security: the same rows for the same user and settings; a changed policy is refused', async () => {
    await begin(`${table}; ALTER TABLE events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY own ON events USING (id <> 'hidden'); INSERT INTO events VALUES ('hidden')`);
    chain = new Chain(await readersUrl('reader'), { table: 'events' });
    await chain.next();
    await insert('new');
    await chain.next();
    expect(await ids()).toEqual(['new', 'old']);
    expect(chain.manifest().run.increment!.assumed.join()).toContain('row-level security shows this user the rows');
    await database.query(`ALTER POLICY own ON events USING (true)`);
    expect((await chain.refused()).message).toContain('policy');
    // Whoever sees everything sees other rows.
    await database.query(`ALTER POLICY own ON events USING (id <> 'hidden')`);
    expect((await chain.refused({ source: database.url })).message).toMatch(/row-level security|role|policy/);
  });

  it('a table of that name that is another one, and a query', async () => {
    await begin();
    await chain.next();
    await database.query(`ALTER TABLE events RENAME TO was; ${table}`.replace('PRIMARY KEY', ''));
    expect((await chain.refused()).message).toContain('events is another table of that name');
    const query = { query: 'SELECT * FROM events', full: true };
    const without = new Chain(database.url, query);
    expect(await without.refused()).toMatchObject({ code: 'data.parent' });
  });
});

it('on PostgreSQL 14, by either road, in several ranges and parts of a split', async () => {
  database = await freshDatabase(inject('postgres14'));
  // 40 MB: several ranges.
  await database.query(`CREATE TABLE events (id text, pad text); ALTER TABLE events ALTER pad SET STORAGE PLAIN;
    INSERT INTO events SELECT 'r' || i, repeat(md5(i::text), 28) FROM generate_series(1, 40000) i`);
  const split = { split: { train: 0.5, test: 0.5 }, splitKey: 'id' };
  const chains = [{ via: 'copy' }, { via: 'cursor', ...split }].map(
    (options) => new Chain(database.url, { table: 'events', shardSize: '1MiB', ...options } as object),
  );
  const open = await database.connect();
  await open.query(`BEGIN; INSERT INTO events VALUES ('open')`);
  await insert('seen');
  for (const one of chains) await one.next();
  await database.query(`INSERT INTO events SELECT 'new' || i FROM generate_series(1, 50) i`);
  await open.query('COMMIT');
  await open.end();
  for (const one of chains) {
    const made = await one.next();
    expect(made.rows).toBe(51);
    // Few rows go into one file, however many ranges the table has.
    expect(made.shards.length).toBe(Object.keys(made.splits).length || 1);
    expect(await one.next()).toMatchObject({ status: 'unchanged' });
    expect((await one.verify()).findings).toEqual([]);
  }
}, 120_000);
