import { beforeAll, afterAll, describe, expect, inject, it } from 'vitest';
import { diff, type RunListener, snapshot, verifyAgainst, type VersionDiff } from '../../dist/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder } from '../support/cli.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
});
afterAll(() => db.drop());

async function version(name: string): Promise<string> {
  const given = { source: db.url, table: 'long', dataset: `dataset://long/${name}`, out: emptyFolder('diff') };
  return (await snapshot(given, { env: {} })).location;
}

describe('rows that are so many that a thread compares them', () => {
  let versions: readonly [string, string];
  beforeAll(async () => {
    await db.query(
      'CREATE TABLE long AS SELECT i AS id, i % 7 AS few, md5(i::text) AS word FROM generate_series(1, 150000) i',
    );
    const before = await version('v1');
    await db.query(
      `UPDATE long SET few = -1 WHERE id % 50000 = 7; DELETE FROM long WHERE id = 9; INSERT INTO long VALUES (-1, 0, 'new')`,
    );
    versions = [before, await version('v2')];
  });

  it('are found, and shown', async () => {
    const found = await diff(...versions, { key: 'id', rows: 5 }, { env: {} });
    expect(found.rows).toEqual({ added: 1, removed: 1, changed: 3, same: 149_996 });
    const [{ columns, samples }] = found.tables as [VersionDiff['tables'][number]];
    expect(columns.flatMap(({ name, changed = 0 }) => (changed > 0 ? [[name, changed]] : []))).toEqual([['few', 3]]);
    expect(samples.added).toEqual([expect.objectContaining({ id: '-1', word: 'new' })]);
    expect(samples.changed.map(({ from, to }) => [from['id'], to['few']]).toSorted()).toEqual([
      ['100007', '-1'],
      ['50007', '-1'],
      ['7', '-1'],
    ]);
  });

  it('also beside their source', async () => {
    const { tables } = await verifyAgainst(versions[0], db.url, {}, { env: {} });
    expect(tables).toMatchObject([{ same: false, only: { version: 4, source: 4 } }]);
  });

  it('until somebody has enough of it', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    let read = 0;
    const listener: RunListener = (event) => {
      if (event.type === 'opened') read += 1;
      // All rows of both were read: what follows is their comparison.
      if (read === 2 && event.type === 'progress' && event.rows === 150_000)
        setTimeout(() => controller.abort(reason), 20);
    };
    const running = diff(...versions, { key: 'id' }, { env: {}, signal: controller.signal, listener });
    await expect(running).rejects.toBe(reason);
  });
});
