import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { duckdb } from '../readers/index.js';
import { freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson, tidemarkHere as tidemark } from '../support/cli.js';

it('a table or query without rows gives a valid file with the whole schema', async () => {
  const database = await freshDatabase(inject('postgres18'));
  await database.query(`CREATE TABLE nothing (a bigint, b numeric(15,2), c timestamptz, d text[])`);
  for (const args of [
    ['--table', 'nothing'],
    ['--query', 'SELECT * FROM nothing'],
    ['--table', 'nothing', '--via', 'cursor'],
  ]) {
    const { location, shards, rows } = await snapshotJson(
      [...args, '--dataset', 'dataset://nothing/v1', '--out', emptyFolder('nothing')],
      { env: { TIDEMARK_SOURCE: database.url } },
    );
    expect([rows, shards.length]).toEqual([0, 1]);
    const read = await duckdb.read(join(location, shards[0]!.path));
    expect(read.map(({ name, type, values }) => [name, type, values.length])).toEqual([
      ['a', 'BIGINT', 0],
      ['b', 'DECIMAL(15,2)', 0],
      ['c', 'TIMESTAMP WITH TIME ZONE', 0],
      ['d', 'VARCHAR[]', 0],
    ]);
    expect((await tidemark(['verify', location])).code).toBe(0);
  }
  const plan = await tidemark(['plan', '--json', '--table', 'nothing', '--dataset', 'dataset://nothing/v2'], {
    env: { TIDEMARK_SOURCE: database.url },
  });
  expect(JSON.parse(plan.stdout)).toMatchObject({ tables: [{ estimatedRows: 0 }], scratchBytes: 0 });
  await database.drop();
});
