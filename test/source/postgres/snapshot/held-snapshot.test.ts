import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { TidemarkError } from '../../../../src/core/errors.js';
import { openSession } from '../../../../src/source/postgres/snapshot/session.js';
import { never, OpenFixture, query, table, ticketOf } from '../open-fixture.js';

describe.each(['postgres18', 'postgres14'] as const)('%s: the moment', (key) => {
  let at: OpenFixture;
  beforeAll(async () => {
    at = await OpenFixture.create(inject(key));
  });
  afterEach(() => at.settle());
  afterAll(() => at.drop());

  it('is certified, and lanes see it whatever happens after', async () => {
    const source = await at.open(table('plain'));
    expect(source.certificate).toMatchObject({
      level: 'snapshot',
      isolation: 'repeatable read, read only',
      inRecovery: false,
      lockMode: 'access share',
      locked: ['public.plain'],
    });
    expect(source.certificate['snapshotId']).toMatch(/^[0-9A-F]{8}-[0-9A-F]{8}-\d+$/);
    expect(source.certificate['snapshot']).toMatch(/^\d+:\d+:/);
    expect(source.certificate['lsn']).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
    expect(source.certificate['systemIdentifier']).toMatch(/^\d+$/);
    expect(source.certificate['at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    const [before] = await at.db.query<{ n: number }>('SELECT count(*)::int AS n FROM plain');
    await at.db.query(`INSERT INTO plain (id) VALUES (-1)`);
    const lane = await openSession(ticketOf(source), never);
    expect(await lane.query('SELECT count(*)::int AS n FROM plain')).toEqual([before]);
    await expect(lane.query('CREATE TABLE x ()')).rejects.toThrow('read-only');
    await lane.close();
    await at.db.query('DELETE FROM plain WHERE id = -1');
  });

  it('pins what output depends on, whatever database and role are set to', async () => {
    const settings = `TimeZone = 'Asia/Tokyo'; DateStyle = 'SQL, DMY'; IntervalStyle = 'iso_8601'; extra_float_digits = -2; bytea_output = escape`;
    for (const setting of settings.split('; ')) await at.db.query(`ALTER DATABASE ${at.db.name} SET ${setting}`);
    try {
      const source = await at.open(table('plain'));
      const lane = await openSession(ticketOf(source), never);
      const [row] = await lane.query(
        `SELECT format('%s|%s|%s|%s|%s', timestamptz '2024-01-02 03:04:05+00', interval '1 day 2 hours', 0.1::float8 + 0.2, '\\x00'::bytea,
           current_setting('synchronize_seqscans')) AS text`,
      );
      expect(row).toEqual({ text: '2024-01-02 03:04:05+00|1 day 02:00:00|0.30000000000000004|\\x00|off' });
      await lane.close();
    } finally {
      await at.db.query(`ALTER DATABASE ${at.db.name} RESET ALL`);
    }
  });

  it.each([
    'TRUNCATE deep.inner_table',
    'ALTER TABLE deep.inner_table ALTER a TYPE text',
    'DROP VIEW deep.seen CASCADE',
  ])('makes %s wait, and later sessions fail rather than wait behind it', async (change) => {
    const source = await at.open(query('SELECT * FROM deep.seen'));
    const writer = await at.session();
    await writer.query('BEGIN');
    const changed = writer.query(change).then(
      () => 'done',
      (error: Error) => error.message,
    );
    const { rows } = await (await at.session()).query('SELECT 1');
    expect(rows).toHaveLength(1);
    await expect
      .poll(() => at.waiting('AccessExclusiveLock'), {
        timeout: 3000,
      })
      .toHaveLength(1);
    const error = (await openSession(ticketOf(source), never).catch((thrown: unknown) => thrown)) as TidemarkError;
    expect(error.code).toBe('source.locked');
    expect(error.message).toMatch(/pid \d+.* waits to lock .*, behind pid \d+ \(tidemark coordinator\)/);
    await source.close();
    expect(['done', 'cannot alter type of a column used by a view or rule']).toContain(await changed);
    await writer.query('ROLLBACK');
  });

  it('waits for a TRUNCATE that came before, and sees what it left', async () => {
    const writer = await at.session();
    await writer.query('BEGIN; TRUNCATE deep.inner_table; INSERT INTO deep.inner_table VALUES (9)');
    const opening = at.open(query('SELECT a FROM deep.seen'));
    await expect
      .poll(() => at.waiting('AccessShareLock'), {
        timeout: 3000,
      })
      .toHaveLength(1);
    await writer.query('COMMIT');
    const lane = await openSession(ticketOf(await opening), never);
    expect(await lane.query('SELECT a FROM deep.seen')).toEqual([{ a: 9 }]);
    await lane.close();
    await (await opening).close();
    await at.db.query('TRUNCATE deep.inner_table; INSERT INTO deep.inner_table VALUES (1), (2)');
  });

  it('keeps a materialized view from being refreshed', async () => {
    const source = await at.open(table('kept'));
    expect(ticketOf(source).watched).toHaveLength(1);
    const writer = await at.session();
    await writer.query(`SET lock_timeout = '200ms'`);
    await expect(writer.query('REFRESH MATERIALIZED VIEW kept')).rejects.toThrow('lock timeout');
    const moved = { ...ticketOf(source), watched: [{ ...ticketOf(source).watched[0]!, filenode: '1' }] };
    await expect(openSession(moved, never)).rejects.toMatchObject({ code: 'source.snapshot' });
  });

  it('is lost with the coordinator', async () => {
    const source = await at.open(table('plain'));
    await at.db.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tidemark coordinator' AND datname = $1`,
      [at.db.name],
    );
    await expect(source.lost).rejects.toMatchObject({ code: 'source.lost' });
    const error = (await openSession(ticketOf(source), never).catch((thrown: unknown) => thrown)) as TidemarkError;
    expect(error.code).toBe('source.snapshot');
    expect(error.hint).toContain('--consistency none');
  });

  it('is not held with consistency none, and the certificate says so', async () => {
    const source = await at.open({ ...table('plain'), consistency: 'none' });
    expect(source.certificate).toEqual({ level: 'none', isolation: 'read committed, read only' });
    expect(
      await at.db.query(`SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'tidemark%' AND datname = $1`, [
        at.db.name,
      ]),
    ).toEqual([]);
    const lane = await openSession(ticketOf(source), never);
    const [row] = await lane.query('SELECT count(*)::int AS n FROM plain');
    expect(row).toEqual({ n: 1000 });
    await lane.close();
  });

  it('leaves no session behind', async () => {
    const source = await at.open(table('plain'));
    await source.close();
    await at.failure(table('nowhere'));
    await expect
      .poll(() =>
        at.db.query(`SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'tidemark%' AND datname = $1`, [
          at.db.name,
        ]),
      )
      .toEqual([]);
  });
  it('tells a statement timeout by its name', async () => {
    const url = `${at.db.url}?options=-c%20statement_timeout%3D1500ms`;
    const source = await at.open(query('SELECT pg_sleep(5)::text AS x'), url);
    expect(ticketOf(source).statementTimeout).toBe(1500);
    const lane = await openSession(ticketOf(source), never);
    const error = (await lane.query('SELECT pg_sleep(5)').catch((thrown: unknown) => thrown)) as TidemarkError;
    expect(error.code).toBe('source.timeout');
    expect(error.hint).toContain('statement_timeout');
    await lane.close();
  });
});
