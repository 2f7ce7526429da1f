import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { diff, snapshot, type SnapshotOptions } from '../../dist/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, tidemark } from '../support/cli.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
});
afterAll(() => db.drop());

async function versions(out: string, options: SnapshotOptions = {}): Promise<string> {
  await db.query('DROP TABLE IF EXISTS orders; CREATE TABLE orders AS SELECT i AS id FROM generate_series(1, 10) i');
  const given = { source: db.url, table: 'orders', out, ...options };
  const first = { ...given, dataset: 'dataset://orders/v1', ...(options.parent !== undefined && { firstRun: true }) };
  await snapshot(first, { env: {} });
  await db.query('INSERT INTO orders VALUES (11)');
  await snapshot({ ...given, dataset: 'dataset://orders/v2' }, { env: {} });
  return join(out, 'orders');
}

it('of a folder of versions that are no chain none is chosen', async () => {
  const folder = await versions(emptyFolder('folders'));
  const refused = { code: 'request.invalid', message: `location: ${folder} holds 2 versions: v1, v2` };
  await expect(diff(folder, join(folder, 'v1'), {}, { env: {} })).rejects.toMatchObject(refused);
  await expect(diff(join(folder, 'v1'), folder, {}, { env: {} })).rejects.toMatchObject(refused);
  const { code, stderr } = await tidemark(['diff', folder, join(folder, 'v2')]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('holds 2 versions: v1, v2')]);
});

it('of a folder of one chain it is the newest one', async () => {
  const out = emptyFolder('chain');
  const folder = await versions(out, { parent: join(out, 'orders'), mode: 'upsert', key: 'id' });
  expect(await diff(join(folder, 'v1'), folder, {}, { env: {} })).toMatchObject({
    rows: { added: 1, same: 10 },
    to: { version: 'dataset://orders/v2' },
  });
});
