import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { tidemark } from '../support/cli.js';
import { Chain } from './chain.js';

/** Milliseconds after which an increment is killed: while it starts, plans, reads, publishes. */
const moments =
  process.env['TIDEMARK_TEST_LONG'] === '1' ? Array.from({ length: 30 }, (_, i) => 30 * i) : [250, 450, 600];

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
  await database.query(`CREATE TABLE t AS SELECT i AS id, md5(i::text) AS note FROM generate_series(1, 20000) i`);
});
afterAll(() => database.drop());

it('an increment that is killed at any moment and run again gives the same as one that was not', async () => {
  const chain = new Chain(database.url, { table: 't' });
  await chain.next();
  for (const [index, moment] of moments.entries()) {
    await database.query(
      `INSERT INTO t SELECT i, md5(i::text) FROM generate_series(${100_000 + index * 100}, ${100_099 + index * 100}) i`,
    );
    const version = `killed${String(index).padStart(2, '0')}`;
    const words = [
      'snapshot',
      '--table',
      't',
      '--dataset',
      `dataset://events/${version}`,
      '--out',
      chain.out,
      '--parent',
      chain.folder,
    ];
    const env = { TIDEMARK_SOURCE: database.url };
    await tidemark(words, {
      env,
      onSpawn: (child) => void sleep(moment).then(() => child.kill('SIGKILL')),
    });
    const again = await tidemark(words, { env });
    // Killed after it was published, it is there.
    expect([0, 2], again.stderr).toContain(again.code);
    expect(readdirSync(chain.folder)).toContain(version);
  }
  const found = await chain.verify();
  expect(found).toMatchObject({ findings: [], inherited: { versions: moments.length, missing: 0 } });
  expect(found.rows + found.inherited!.rows).toBe(20_000 + 100 * moments.length);
  const full = await chain.next({ full: true });
  // What a killed run left goes with the next one.
  expect(readdirSync(chain.out).filter((name) => name.startsWith('.'))).toEqual([]);
  const last = {
    version: `dataset://events/killed${String(moments.length - 1).padStart(2, '0')}`,
    location: join(chain.folder, `killed${String(moments.length - 1).padStart(2, '0')}`),
  };
  expect(chain.manifest(last).version.chain).toMatchObject({ digest: full.digest });
});
