import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { snapshot, type SnapshotOptions } from '../../dist/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder } from '../support/cli.js';

const rate = 4_000_000;
let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
  await database.query(`
    CREATE TABLE wide AS SELECT i AS id, repeat(md5(i::text), 20) AS note FROM generate_series(1, 20000) i;
    ANALYZE wide;`);
});
afterAll(() => database.drop());

/** What was made, how many bytes came, and in how many seconds. */
async function made(options: SnapshotOptions): Promise<{ digest: string; bytes: number; seconds: number }> {
  let bytes = 0;
  const { digest, seconds } = await snapshot(
    { source: database.url, dataset: 'dataset://d/1', out: emptyFolder('out'), shardSize: '1MiB', ...options },
    {
      env: {},
      listener(event) {
        if (event.type === 'progress') bytes = event.bytesRead;
      },
    },
  );
  return { digest, bytes, seconds };
}

it.each<[string, SnapshotOptions]>([
  ['a table on one lane', { table: 'wide', lanes: 1 }],
  ['a table on three lanes', { table: 'wide', lanes: 3 }],
  ['a query, whose rows others encode', { query: 'SELECT * FROM wide', lanes: 1 }],
  ['a table that is split', { table: 'wide', split: { a: 0.5, b: 0.5 }, splitKey: 'id' }],
])('no more is received in a second than may be: %s', async (_, options) => {
  const free = await made(options);
  const slow = await made({ ...options, maxRate: rate });
  expect(slow.digest).toBe(free.digest);
  expect(slow.bytes).toBeGreaterThan(12_000_000);
  // What came last is not waited for.
  expect(slow.seconds).toBeGreaterThan((0.8 * slow.bytes) / rate);
});

it('a rate that is none is refused', async () => {
  await expect(made({ table: 'wide', maxRate: 'fast' })).rejects.toMatchObject({
    code: 'request.invalid',
    message: expect.stringMatching(/^maxRate: "fast" is not allowed \(allowed: a size such as 20MB, at least 1KiB/),
  });
});
