import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { TidemarkError } from '../../../../src/core/errors.js';
import { openLane } from '../../../../src/source/postgres/read/lane.js';
import { never, OpenFixture, query, table } from '../open-fixture.js';

describe.each(['postgres18', 'postgres14'] as const)('%s: who waits for locks', (key) => {
  let at: OpenFixture;
  beforeAll(async () => {
    at = await OpenFixture.create(inject(key));
  });
  afterEach(() => at.settle());
  afterAll(() => at.drop());

  it('waits for moments only, and says who holds the lock', async () => {
    const holder = await at.session();
    await holder.query(`SET application_name = 'nightly alter'; BEGIN; LOCK TABLE deep.inner_table`);
    const began = performance.now();
    const error = await at.failure(query('SELECT * FROM deep.seen'));
    expect(performance.now() - began).toBeGreaterThan(1900);
    expect(error).toMatchObject({ code: 'source.locked', retryable: false });
    expect(error.message).toMatch(
      /^the tables are locked: pid \d+ \(nightly alter\) of user postgres holds deep\.inner_table exclusively, its transaction is open for \d+ s$/,
    );
    expect(error.hint).toContain('--lock-wait');
  });

  it('names those behind whom an ALTER waits that keeps it out', async () => {
    const reader = await at.session();
    await reader.query(`SET application_name = 'long report'; BEGIN; SELECT * FROM deep.inner_table`);
    const migration = await at.session();
    const done = migration.query(
      `SET application_name = 'migration'; ALTER TABLE deep.inner_table ADD COLUMN later int`,
    );
    await expect.poll(() => at.waiting('AccessExclusiveLock')).toHaveLength(1);
    const error = await at.failure(table('deep.inner_table'));
    expect(error.message).toMatch(
      /pid \d+ \(migration\) of user postgres waits to lock deep\.inner_table exclusively, behind pid \d+ \(long report\) of user postgres$/,
    );
    await reader.query('ROLLBACK');
    await done;
    await migration.query('ALTER TABLE deep.inner_table DROP COLUMN later');
  });

  it.each([
    ['kept', 'REFRESH MATERIALIZED VIEW kept'],
    ['plain', 'ALTER TABLE plain ADD COLUMN later int'],
  ])('a lane does not queue behind who waits to change %s', async (relation, change) => {
    const source = await at.open(table(relation));
    const writer = await at.session();
    await writer.query(`SET application_name = 'migration'`);
    const done = writer.query(change);
    await expect.poll(() => at.waiting('AccessExclusiveLock')).toHaveLength(1);
    const began = performance.now();
    const error = await openLane(source.ticket, never).catch((thrown: unknown) => thrown as TidemarkError);
    expect(performance.now() - began).toBeLessThan(1500);
    expect(error).toMatchObject({ code: 'source.locked', retryable: false });
    expect((error as TidemarkError).message).toMatch(
      /^no further session can read: pid \d+ \(migration\) of user postgres waits to lock (kept|plain) exclusively, behind pid \d+ \(tidemark coordinator\)/,
    );
    await source.close();
    await done;
    if (relation === 'plain') await at.db.query('ALTER TABLE plain DROP COLUMN later');
  });

  it('a table of which one column may be read, locked while lanes come, keeps nobody waiting', async () => {
    const source = await at.open(query('SELECT id FROM plain'), at.readerUrl);
    expect(source.certificate['locked']).toEqual(['public.plain']);
    const writer = await at.session();
    const done = writer.query('TRUNCATE plain');
    await expect.poll(() => at.waiting('AccessExclusiveLock')).toHaveLength(1);
    await expect(openLane(source.ticket, never)).rejects.toMatchObject({ code: 'source.locked' });
    expect(await at.waiting('AccessShareLock')).toHaveLength(0);
    await source.close();
    await done;
  });
});
