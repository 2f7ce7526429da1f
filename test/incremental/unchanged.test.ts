import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { Chain } from './chain.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
  await database.query(`CREATE TABLE t (id int PRIMARY KEY, n numeric(9,2)); INSERT INTO t VALUES (1, 1), (2, 2)`);
});
afterAll(() => database.drop());

it('--if-changed makes no version of the same rows: told by transactions, or by the digest', async () => {
  const chain = new Chain(database.url, { table: 't', parent: undefined });
  const ifChanged = { ifChanged: chain.folder };
  expect(await chain.refused({ ...ifChanged, firstRun: false })).toMatchObject({ code: 'request.invalid' });
  const first = await chain.next(ifChanged);
  // The server alone knows: no row is sent.
  const sent: string[] = [];
  const same = await chain.next(ifChanged, undefined, (event) => sent.push(event.type));
  expect(same).toMatchObject({ status: 'unchanged', version: first.version, id: first.id, location: first.location });
  expect(sent).not.toContain('opened');
  await database.query('VACUUM FULL t');
  expect(await chain.next(ifChanged)).toMatchObject({ status: 'unchanged' });
  // Another row version, the same row: read, and found to be the same.
  await database.query('UPDATE t SET n = n WHERE id = 1');
  expect(await chain.next(ifChanged, undefined, (event) => sent.push(event.type))).toMatchObject({
    status: 'unchanged',
  });
  expect(sent).toContain('opened');
  await database.query('UPDATE t SET n = 3 WHERE id = 1');
  const changed = await chain.next(ifChanged);
  expect(changed).toMatchObject({ status: 'created', rows: 2 });
  await database.query('DELETE FROM t WHERE id = 2');
  expect(await chain.next(ifChanged)).toMatchObject({ status: 'created', rows: 1 });
  // What is asked for is something else.
  expect(await chain.next({ ...ifChanged, cast: { n: 'decimal(12,2)' } })).toMatchObject({ status: 'created' });
  expect(await chain.next({ ...ifChanged, format: 'csv' })).toMatchObject({ status: 'created' });
  expect(chain.manifest().version.from).toBeUndefined();
});

it('--if-changed of a query goes by the digest; of a chain, by that of all its versions', async () => {
  await database.query(`CREATE TABLE u AS SELECT i AS id FROM generate_series(1, 10) i`);
  const query = new Chain(database.url, { query: 'SELECT * FROM u', parent: undefined });
  await query.next({ ifChanged: query.folder });
  expect(await query.next({ ifChanged: query.folder })).toMatchObject({ status: 'unchanged' });
  const chain = new Chain(database.url, { table: 'u' });
  await chain.next();
  await database.query('INSERT INTO u VALUES (11)');
  await chain.next();
  expect(await chain.next({ parent: undefined, ifChanged: chain.folder })).toMatchObject({ status: 'unchanged' });
});

it('--when-unchanged republish makes a version without files of its own, and the chain goes on', async () => {
  await database.query(`CREATE TABLE w AS SELECT 'a'::text AS id`);
  const chain = new Chain(database.url, { table: 'w', whenUnchanged: 'republish' });
  const first = await chain.next();
  const again = await chain.next();
  expect(again).toMatchObject({ status: 'created', rows: 0, shards: [] });
  const { version } = chain.manifest();
  expect(version).toMatchObject({ from: first.version, rows: 0, chain: { rows: 1, digest: first.digest } });
  expect(version.inherits![0]!.files.map(({ path }) => path)).toEqual(first.shards.map(({ path }) => path));
  expect((await chain.verify()).findings).toEqual([]);
  await database.query(`INSERT INTO w VALUES ('b')`);
  await chain.next();
  expect(await chain.values('id')).toEqual(['a', 'b']);
});

it('--snapshot-id reads at a moment that somebody else holds', async () => {
  await database.query(`CREATE TABLE s AS SELECT 'a'::text AS id`);
  const holder = await database.connect();
  await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  const { rows } = await holder.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
  await database.query(`INSERT INTO s VALUES ('b')`);
  const chain = new Chain(database.url, { table: 's', parent: undefined, firstRun: false });
  const made = await chain.next({ snapshotId: rows[0]!.id });
  expect(made.rows).toBe(1);
  expect(chain.manifest().run.certificate).toMatchObject({ level: 'snapshot', importedSnapshotId: rows[0]!.id });
  await holder.end();
  const error = await chain.refused({ snapshotId: rows[0]!.id });
  expect(error).toMatchObject({ code: 'source.snapshot', exitCode: 3 });
  expect(error.hint).toContain('must hold that transaction open');
});

it('an expectation may compare the number of rows with that of the version before', async () => {
  await database.query(`CREATE TABLE x AS SELECT i AS id FROM generate_series(1, 100) i`);
  const expecting = { expect: { rows: { 'max-change': '20%' } } } as object;
  const chain = new Chain(database.url, { table: 'x', ...expecting });
  const first = await chain.next();
  expect(first.expectations).toMatchObject([{ rule: 'rows max-change 20 %', outcome: 'unchecked' }]);
  await database.query(`INSERT INTO x SELECT 101 FROM generate_series(1, 20)`);
  expect((await chain.next()).expectations).toMatchObject([
    { outcome: 'held', found: '100 rows before, 120 now (20 %)' },
  ]);
  await database.query(`INSERT INTO x SELECT 102 FROM generate_series(1, 25)`);
  const error = await chain.refused();
  expect(error).toMatchObject({ code: 'data.expectations', exitCode: 6 });
  expect(error.message).toContain('120 rows before, 145 now (20.83 %)');
  const whole = await chain.refused({ parent: undefined, ifChanged: chain.folder });
  expect(whole.message).toContain('120 rows before, 145 now (20.83 %)');
});
