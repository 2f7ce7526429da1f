import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson, tidemarkHere } from '../support/cli.js';

describe('what a run asks of the server', () => {
  let database: FreshDatabase;
  let env: Record<string, string>;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    env = { TIDEMARK_SOURCE: database.url };
    await database.query(`
      CREATE TABLE events AS SELECT i AS id, now() - i * interval '1 min' AS made, repeat('x', 100) AS pad FROM generate_series(1, 100000) i;
      CREATE TABLE days (id int, made timestamptz, pad text) PARTITION BY RANGE (made);
      CREATE TABLE days_1 PARTITION OF days DEFAULT;
      INSERT INTO days SELECT * FROM events;
      CREATE TABLE few AS SELECT * FROM events LIMIT 100;
      ANALYZE`);
  });
  afterAll(() => database.drop());

  it('is in the manifest, and shown', async () => {
    const query = 'SELECT id, pad, pg_sleep(CASE WHEN id = 1 THEN 1.5 ELSE 0 END)::text AS s FROM events ORDER BY id';
    const run = snapshotJson(['--query', query, '--dataset', 'dataset://events/v1', '--out', emptyFolder('out')], {
      env,
    });
    let began = 0;
    const writing = setInterval(() => {
      began += 1;
      void database.query('SELECT txid_current()');
    }, 20);
    const { location } = await run;
    clearInterval(writing);
    const { run: told } = JSON.parse(readFileSync(join(location, '_manifest.v1.json'), 'utf8')) as {
      readonly run: { readonly load: Readonly<Record<string, number>> };
    };
    const { load } = told;
    expect(load['statementSeconds']).toBeGreaterThanOrEqual(1.5);
    expect(load['transactionSeconds']).toBeGreaterThanOrEqual(Math.floor(load['statementSeconds']!));
    // Of each row: the message's header of 5, 2 for the number of fields, 4 for each of 3 lengths; an int, a hundred letters and an empty text.
    expect(load['bytes']).toBe(100_000 * (5 + 2 + 3 * 4 + 4 + 100));
    // While its statement slept alone, dozens of others had their turn.
    expect(load['heldTransactions']).toBeGreaterThan(10);
    expect(load['heldTransactions']).toBeLessThanOrEqual(began + 1000);
    const { stdout } = await tidemarkHere(['show', location]);
    expect(stdout).toMatch(/longest statement\s+[\d.]+ s/);
    expect(stdout).toMatch(/sent by the server\s+12\.3 MB/);
    expect(stdout).toMatch(/snapshot held\s+while \d+ transactions began/);
  });

  const planned = async (words: readonly string[]): Promise<string> => {
    const { stdout, stderr, code } = await tidemarkHere(
      ['plan', ...words, '--dataset', 'dataset://events/v1', '--out', emptyFolder('plan')],
      { env },
    );
    expect(code, stderr).toBe(0);
    return stdout + stderr;
  };

  it.each(['events', 'days'])('plan warns of a cursor without an index: %s', async (table) => {
    const words = ['--table', table, '--parent', emptyFolder('none'), '--first-run', '--cursor', 'made', '--lag', '1h'];
    expect(await planned(words)).toMatch(
      new RegExp(`public\\.${table}: no index begins with "made", the --cursor: the server looks at all [\\d.]+ MB`),
    );
    await database.query(`CREATE INDEX ${table}_made ON ${table} (made, id)`);
    expect(await planned(words)).not.toContain('no index');
    // One that does not hold all rows, or has the column second, finds nothing.
    await database.query(
      `DROP INDEX ${table}_made; CREATE INDEX ON ${table} (id, made); CREATE INDEX ON ${table} (made) WHERE id > 5`,
    );
    expect(await planned(words)).toContain('no index');
  });

  it('does not warn of a small table, nor without a cursor', async () => {
    const words = ['--parent', emptyFolder('none'), '--first-run'];
    expect(await planned(['--table', 'few', ...words, '--cursor', 'made', '--lag', '1h'])).not.toContain('no index');
    expect(await planned(['--table', 'events', ...words])).not.toContain('no index');
  });
});
