import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, tidemark } from '../support/cli.js';

describe('tables that somebody holds', () => {
  let db: FreshDatabase;
  beforeAll(async () => {
    db = await freshDatabase(inject('postgres18'));
    await db.query(`CREATE TABLE free (a int); CREATE TABLE held (a int); INSERT INTO free VALUES (1); INSERT INTO held VALUES (2);
      CREATE MATERIALIZED VIEW seen AS SELECT a FROM held`);
  });
  afterAll(() => db.drop());

  const snapshot = (words: readonly string[]) =>
    tidemark(['snapshot', ...words, '--dataset', 'dataset://d/v1', '--out', emptyFolder('locked')], {
      env: { TIDEMARK_SOURCE: db.url },
    });

  it('are waited for without holding anybody up, and read when they are free', { timeout: 60_000 }, async () => {
    const holder = await db.connect();
    await holder.query('BEGIN; LOCK TABLE held');
    const run = snapshot(['--table', 'free', '--table', 'held']);
    const migration = await db.connect();
    await expect
      .poll(() => db.query(`SELECT 1 FROM pg_locks WHERE relation = 'free'::regclass`), { timeout: 10_000 })
      .not.toHaveLength(0);
    await migration.query(`SET lock_timeout = '5s'`);
    await migration.query('ALTER TABLE free ADD COLUMN b int');
    await holder.query('COMMIT');
    const { code, stderr } = await run;
    expect(stderr).toContain('waiting: the tables are locked: ');
    expect(code, stderr).toBe(0);
    await Promise.all([holder.end(), migration.end()]);
  });

  it('end the run when --lock-wait has passed', { timeout: 60_000 }, async () => {
    const holder = await db.connect();
    await holder.query(`SET application_name = 'vacuum'; BEGIN; REFRESH MATERIALIZED VIEW seen`);
    const { code, stderr } = await snapshot(['--table', 'seen', '--lock-wait', '1s']);
    expect(code).toBe(3);
    expect(stderr).toMatch(/error: the tables are locked: pid \d+ \(vacuum\) of user postgres holds seen exclusively/);
    await holder.end();
  });
});
