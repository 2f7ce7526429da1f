import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { tidemark } from '../support/cli.js';
import { Chain } from './chain.js';

/** Milliseconds after which a run is killed: while it starts, plans, reads, publishes. */
const moments =
  process.env['TIDEMARK_TEST_LONG'] === '1' ? Array.from({ length: 30 }, (_, i) => 30 * i) : [120, 250, 350, 450];

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
  await database.query(`CREATE TABLE t AS SELECT i AS id, md5(i::text) AS note FROM generate_series(1, 20000) i`);
});
afterAll(() => database.drop());

const upsert = ['--mode', 'upsert', '--key', 'id', '--deletes', 'scan'];

/** Kills a command after a while, and runs it again. */
async function killedAndAgain(words: readonly string[], moment: number): Promise<void> {
  const env = { TIDEMARK_SOURCE: database.url };
  await tidemark(words, { env, onSpawn: (child) => void sleep(moment).then(() => child.kill('SIGKILL')) });
  const again = await tidemark(words, { env });
  // Killed after it was published, it is there.
  expect([0, 2], again.stderr).toContain(again.code);
}

it('an increment or a merge that is killed at any moment and run again gives the same as one that was not', async () => {
  const chain = new Chain(database.url, { table: 't', mode: 'upsert', key: 'id', deletes: 'scan' });
  await chain.next();
  const named = (version: string) => ({
    version: `dataset://events/${version}`,
    location: join(chain.folder, version),
  });
  for (const [index, moment] of moments.entries()) {
    await database.query(
      `INSERT INTO t SELECT i, md5(i::text) FROM generate_series(${100_000 + index * 100}, ${100_099 + index * 100}) i;
       UPDATE t SET note = 'changed' WHERE id % 1000 = ${index}; DELETE FROM t WHERE id % 1000 = ${500 + index}`,
    );
    const version = `killed${String(index).padStart(2, '0')}`;
    const where = ['--dataset', `dataset://events/${version}`, '--out', chain.out, '--parent', chain.folder];
    await killedAndAgain(['snapshot', '--table', 't', ...upsert, ...where], moment);
    expect(readdirSync(chain.folder)).toContain(version);
  }
  const newest = named(`killed${String(moments.length - 1).padStart(2, '0')}`);
  expect(await chain.verify(newest.location)).toMatchObject({
    findings: [],
    inherited: { versions: moments.length, missing: 0 },
  });
  for (const [index, moment] of moments.entries()) {
    const where = ['--dataset', `dataset://merged/v${index}`, '--out', chain.out];
    await killedAndAgain(['compact', newest.location, ...where], moment);
  }
  const full = await chain.next({ full: true });
  // What a killed run left goes with the next one.
  expect(readdirSync(chain.out).filter((name) => name.startsWith('.'))).toEqual([]);
  expect(chain.manifest(newest).version.chain).toMatchObject({ digest: full.digest });
  for (const [index] of moments.entries()) {
    const location = join(chain.out, 'merged', `v${index}`);
    expect(chain.manifest({ version: `dataset://merged/v${index}`, location }).version).toMatchObject({
      rows: full.rows,
      digest: full.digest,
    });
  }
});

it('a full snapshot that reuses files, killed at any moment, takes none of them away, and is made again', async () => {
  // No row is ever removed: new ones come last, and leave the files before them as they are.
  await database.query(`CREATE TABLE grown AS SELECT i AS id, md5(i::text) AS note FROM generate_series(1, 20000) i`);
  const chain = new Chain(database.url, { table: 'grown', parent: undefined });
  const how = ['--reuse-files', '--first-run', '--shard-size', '64KiB', '--out', chain.out];
  for (const [index, moment] of [10_000, ...moments].entries()) {
    await database.query(
      `INSERT INTO grown SELECT i, md5(i::text) FROM generate_series(${200_000 + index}, ${200_000 + index}) i`,
    );
    const where = ['--dataset', `dataset://events/v${String(index).padStart(2, '0')}`, '--if-changed', chain.folder];
    await killedAndAgain(['snapshot', '--table', 'grown', ...how, ...where], moment);
  }
  const versions = readdirSync(chain.folder).filter((name) => !name.startsWith('.'));
  expect(versions).toHaveLength(moments.length + 1);
  for (const version of versions) expect((await chain.verify(join(chain.folder, version))).findings).toEqual([]);
  const full = await chain.whole();
  const newest = { version: `dataset://events/${versions.at(-1)!}`, location: join(chain.folder, versions.at(-1)!) };
  const { version } = chain.manifest(newest);
  expect(version.digest).toBe(full.digest);
  expect(version.tables[0]!.targets[0]!.shards.some(({ reused }) => reused)).toBe(true);
  expect(readdirSync(chain.out).filter((name) => name.startsWith('.'))).toEqual([]);
});
