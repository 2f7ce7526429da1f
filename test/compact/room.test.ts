import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { compact, snapshot } from '../../dist/index.js';
import { tree } from '../destination/folder/outputs.js';
import { mountTmpfs } from '../destination/folder/tmpfs.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder } from '../support/cli.js';

const small = mountTmpfs('size=1m');

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
});
afterAll(() => database.drop());

async function chainOf(rows: number): Promise<string> {
  const out = emptyFolder('chain');
  const common = {
    source: database.url,
    table: `t${rows}`,
    cursor: 'id',
    compression: 'none',
    parent: out,
    out,
  } as const;
  const more = (from: number): string =>
    `SELECT i AS id, md5(i::text) AS text FROM generate_series(${from + 1}, ${from + rows}) i`;
  await database.query(`CREATE TABLE t${rows} AS ${more(0)}`);
  await snapshot({ ...common, dataset: 'dataset://c/v1', firstRun: true });
  await database.query(`INSERT INTO t${rows} ${more(rows)}`);
  await snapshot({ ...common, dataset: 'dataset://c/v2' });
  return join(out, 'c', 'v2');
}

it.skipIf(small === undefined)(
  'a chain that has no room where it is to be merged (needs the right to mount): refused, nothing left; what fits is merged',
  async () => {
    const out = join(small!, 'out');
    const failing = compact(await chainOf(200_000), { out });
    await expect(failing).rejects.toMatchObject({ code: 'destination.full' });
    await expect(failing).rejects.toThrow(/\.\d+ MB are free at .*\/out, and at least 3\.\d+ MB are needed for files/);
    expect(tree(small!)).toEqual({});
    // All of it is more than there is, which the guess does not promise.
    const tight = compact(await chainOf(20_000), { out });
    await expect(tight).rejects.toMatchObject({ code: 'destination.full' });
    const merged = await compact(await chainOf(2_000), { out });
    expect(merged).toMatchObject({ status: 'created', rows: 4_000, warnings: [] });
  },
);
