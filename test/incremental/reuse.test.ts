import { copyFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { queryDuckdb } from '../readers/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder } from '../support/cli.js';
import { Chain } from './chain.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
});
afterAll(() => database.drop());

/** Rows of a hundred bytes that hardly compress: of 8,000 there are several files of 128 KiB. */
const rows = (from: number, to: number): string =>
  `SELECT i AS id, i % 4 AS region, md5(i::text) || md5((-i)::text) AS text FROM generate_series(${from}, ${to}) i`;

const makeTable = (name: string): Promise<unknown> =>
  database.query(`CREATE TABLE ${name} AS ${rows(1, 8000)}; ALTER TABLE ${name} ADD PRIMARY KEY (id)`);

/** Full snapshots, each of which reuses the files of the one before. */
function nights(options: object): Chain {
  return new Chain(database.url, { parent: undefined, shardSize: '128KiB', reuseFiles: true, ...options });
}

const inodeOf = (folder: string, path: string): number => statSync(join(folder, path)).ino;

it('writes the files that changed alone, and the version is whole', async () => {
  await makeTable('t');
  const chain = nights({ table: 't' });
  const ifChanged = chain.folder;
  const first = await chain.next({ ifChanged });
  expect(first.shards.length).toBeGreaterThan(4);
  expect(first.reuses).toBeUndefined();
  await database.query(`INSERT INTO t ${rows(8001, 8080)}`);
  const second = await chain.next({ ifChanged });
  const whole = await chain.whole();
  expect(second).toMatchObject({ status: 'created', digest: whole.digest, rows: 8080 });
  const reused = second.shards.filter((shard) => shard.reused);
  expect(reused).toHaveLength(first.shards.length - 1);
  for (const { path, sha256 } of reused) {
    expect(first.shards).toContainEqual(expect.objectContaining({ path, sha256 }));
    expect(inodeOf(second.location, path)).toBe(inodeOf(first.location, path));
  }
  const newBytes = second.shards.filter((shard) => !shard.reused).reduce((sum, { bytes }) => sum + bytes, 0);
  expect(second.reuses).toEqual({ version: first.version, newBytes });
  expect(second.shards.map(({ sha256 }) => sha256)).toEqual(whole.shards.map(({ sha256 }) => sha256));
  const [read] = await queryDuckdb(`SELECT count(DISTINCT id)::VARCHAR FROM '${second.location}/*.parquet'`);
  expect(read!.values).toEqual(['8080']);
  for (const { location } of chain.made) expect((await chain.verify(location)).findings).toEqual([]);
  expect(chain.manifest().version.reuses).toEqual({ uri: first.version, id: first.id });
  // A file may be older than the version that it is taken over from.
  await database.query(`INSERT INTO t ${rows(8081, 8085)}`);
  const third = await chain.next({ ifChanged });
  expect(third.reuses).toMatchObject({ version: second.version });
  expect(inodeOf(third.location, reused[0]!.path)).toBe(inodeOf(first.location, reused[0]!.path));
  expect(await chain.next({ ifChanged })).toMatchObject({ status: 'unchanged', version: third.version });
  const again = await chain.next({ ifChanged, whenUnchanged: 'republish' });
  expect(again).toMatchObject({ status: 'created', rows: 8085, reuses: { version: third.version, newBytes: 0 } });
  // What an increment goes on from may be such a version.
  await database.query(`INSERT INTO t ${rows(8086, 8090)}`);
  await chain.next({ parent: chain.folder, reuseFiles: false });
  expect(await chain.verify(chain.made.at(-1)!.location)).toMatchObject({
    valid: true,
    inherited: { rows: 8085, missing: 0 },
  });
});

it('takes no file over that is not what it was, and none of other bytes', async () => {
  await makeTable('d');
  const chain = nights({ table: 'd' });
  const ifChanged = chain.folder;
  const first = await chain.next({ ifChanged });
  const [cut, written, gone, kept] = first.shards.map(({ path }) => join(first.location, path));
  truncateSync(cut!, 100);
  writeFileSync(written!, Buffer.alloc(first.shards[1]!.bytes, 'x'));
  await database.query(`DELETE FROM d WHERE id = 8000`);
  const second = await chain.next({ ifChanged });
  expect(second.shards.map(({ reused = false }) => reused).slice(0, 4)).toEqual([false, false, true, true]);
  expect((await chain.verify(second.location)).findings).toEqual([]);
  expect(inodeOf(second.location, first.shards[3]!.path)).toBe(statSync(kept!).ino);
  expect(gone).toBeDefined();
  // Everything is otherwise: nothing is taken over.
  const other = await chain.next({ ifChanged, compression: 'zstd', whenUnchanged: 'republish' });
  expect(other.reuses).toBeUndefined();
  expect(chain.manifest().version.reuses).toBeUndefined();
});

it('takes over partitions in which nothing was changed, and tables', async () => {
  await makeTable('p');
  await database.query(`ALTER TABLE p ADD COLUMN kind text; UPDATE p SET kind = 'a'`);
  await database.query(`CREATE TABLE q AS SELECT 1 AS id`);
  const tables = { p: { table: 'p', 'partition-by': ['region', 'kind'] }, q: { table: 'q' } };
  const chain = nights({ tables });
  const ifChanged = chain.folder;
  await chain.next({ ifChanged });
  await database.query(`UPDATE p SET text = 'changed' WHERE id % 1000 = 1`);
  const second = await chain.next({ ifChanged });
  const whole = await chain.whole();
  expect(second.digest).toBe(whole.digest);
  const isReused = (folder: string): boolean[] =>
    second.shards.filter(({ path }) => path.includes(folder)).map(({ reused = false }) => reused);
  expect(isReused('region=1/')).toContain(false);
  for (const folder of ['region=0/', 'region=2/', 'region=3/', 'q/'])
    expect(new Set(isReused(folder))).toEqual(new Set([true]));
  expect((await chain.verify(second.location)).findings).toEqual([]);
  // Of a version whose files a platform has put into one folder.
  const flat = emptyFolder('flat');
  for (const { path } of second.shards) copyFileSync(join(second.location, path), join(flat, basename(path)));
  copyFileSync(join(second.location, '_manifest.n0002.json'), join(flat, '_manifest.n0002.json'));
  const third = await chain.next({ ifChanged: flat, whenUnchanged: 'republish' });
  expect(third.reuses?.newBytes).toBe(0);
  expect((await chain.verify(third.location)).findings).toEqual([]);
});

it('is refused where it would not be whole, or mean nothing', async () => {
  await database.query(`CREATE TABLE r AS SELECT 1 AS id`);
  const chain = nights({ table: 'r' });
  const ifChanged = chain.folder;
  await chain.next({ ifChanged });
  const message = async (options: object): Promise<string> => (await chain.refused(options)).message;
  expect(await message({ parent: chain.folder })).toContain('does not go with --parent');
  expect(await message({ firstRun: undefined })).toBe('reuse-files: goes with --if-changed, which is missing');
  expect(await message({ ifChanged, singleFile: true, shardSize: undefined })).toContain(
    'does not go with --single-file',
  );
  expect(await message({ ifChanged, from: 'dataset://events/old' })).toContain('does not go with --from');
  expect(await message({ ifChanged, dataset: 'dataset://others/1' })).toContain('is not of the dataset "others"');
  await database.query(`INSERT INTO r VALUES (2)`);
  await chain.next({ parent: chain.folder, reuseFiles: false });
  expect(await message({ ifChanged })).toContain('starts from dataset://events/');
});
