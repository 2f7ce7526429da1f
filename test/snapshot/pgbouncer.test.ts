import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { withPgbouncer, type Pgbouncer } from '../servers/pgbouncer.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { type CliOptions, type CliRun, emptyFolder, snapshotJson, tidemark, tidemarkHere } from '../support/cli.js';
import { Bank, expectedSum, stateOf } from './bank.js';

const table = ['--table', 't'];
const query = ['--query', 'SELECT id, x FROM t WHERE id > :least::int', '--param', 'least=5'];
const named = (out: string): string[] => ['--dataset', 'dataset://pool/v', '--date', '2024-01-15', '--out', out];

withPgbouncer('through PgBouncer', (start) => {
  let db: FreshDatabase;
  let pooler: Pgbouncer | undefined;
  beforeAll(async () => {
    db = await freshDatabase(inject('postgres18'));
    await db.query(`CREATE TABLE t AS SELECT i AS id, repeat(md5(i::text), 30) AS x FROM generate_series(1, 20000) i;
      CREATE SCHEMA other; CREATE TABLE other.t AS SELECT 1 AS id`);
  });
  afterEach(() => pooler?.stop());
  afterAll(() => db.drop());

  const begin = async (poolMode: 'session' | 'transaction' | 'statement', settings = {}): Promise<string> => {
    pooler = await start({ server: inject('postgres18'), poolMode, settings });
    return pooler.through(db.url);
  };

  describe.each(['session', 'transaction'] as const)('in %s mode', (mode) => {
    it('gives the same versions as the server itself, by both roads and several lanes', async () => {
      const url = await begin(mode);
      const idOf = async (source: string, args: readonly string[]): Promise<string> =>
        (await snapshotJson([...named(emptyFolder('pool')), ...args], { env: { TIDEMARK_SOURCE: source } })).id;
      for (const what of [table, query]) {
        const direct = await idOf(db.url, what);
        const [one, two] = what === table ? (['cursor', 'copy'] as const) : (['copy', 'cursor'] as const);
        expect(await idOf(url, [...what, '--via', one, '--lanes', '1']), `1 lane by ${one}`).toBe(direct);
        expect(await idOf(url, [...what, '--via', two, '--lanes', '2']), `2 lanes by ${two}`).toBe(direct);
      }
    });

    it.each(['copy', 'cursor'])('stops the statement on the server when a run is interrupted, by %s', async (via) => {
      const url = await begin(mode);
      const asleep = (): Promise<unknown[]> =>
        db.query(`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
                     AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()`);
      const slow = ['--query', 'SELECT id, pg_sleep(60)::text AS s FROM t LIMIT 1', '--via', via];
      const run = await tidemark(['snapshot', ...named(emptyFolder('pool')), ...slow], {
        env: { TIDEMARK_SOURCE: url },
        onSpawn: (child) => {
          const reading = async (): Promise<void> => {
            while ((await asleep()).length === 0) await sleep(50);
            child.kill('SIGINT');
          };
          void reading();
        },
      });
      expect(run.code).toBe(130);
      await expect.poll(asleep, { timeout: 5000 }).toEqual([]);
    });

    it('leaves nothing behind in the sessions that others get', { timeout: 60_000 }, async () => {
      const url = await begin(mode, { default_pool_size: 4, server_round_robin: 1 });
      const before = await left(url, 4);
      for (const args of [
        [...table, '--lanes', '2'],
        [...table, '--lanes', '2', '--via', 'cursor'],
        [...query, '--via', 'cursor'],
        ['--query', 'SELECT 1 / (id - 7) AS one FROM t'],
        ['--table', 'missing'],
        [...table, '--consistency', 'none'],
      ]) {
        await tidemarkHere(['snapshot', ...named(emptyFolder('pool')), ...args], { env: { TIDEMARK_SOURCE: url } });
      }
      expect(await left(url, 4)).toEqual(before);
    });
  });

  it('holds one moment in transaction mode while others write', { timeout: 120_000 }, async () => {
    const own = await freshDatabase(inject('postgres18'));
    await begin('transaction');
    const url = pooler!.through(own.url);
    const bank = await Bank.open(url);
    await bank.startWriters(2);
    try {
      for (const via of ['copy', 'cursor', 'copy']) {
        const args = ['--table', 'accounts', '--lanes', '3', '--via', via];
        const made = await snapshotJson([...named(emptyFolder('bank')), ...args], { env: { TIDEMARK_SOURCE: url } });
        expect(await stateOf(made.location)).toMatchObject({ sum: expectedSum, torn: 0, duplicates: 0n });
      }
    } finally {
      await bank.stop();
    }
    await own.drop();
  });

  /** A run that fails, and leaves nothing. */
  const refused = async (url: string, args: readonly string[], options: CliOptions = {}): Promise<CliRun> => {
    const out = emptyFolder('pool');
    const env = { TIDEMARK_SOURCE: url, ...options.env };
    const run = await tidemarkHere(['snapshot', '--json', ...named(out), ...args], { env });
    expect(run.code, run.stderr).toBe(3);
    expect(existsSync(join(out, 'pool'))).toBe(false);
    return run;
  };

  it('says in statement mode that there can be no moment', async () => {
    const url = await begin('statement');
    for (const args of [table, [...query, '--lanes', '2', '--via', 'cursor']]) {
      expect((await refused(url, args)).stderr).toMatch(
        /statement pooling mode\nhint: A pooler in statement mode stands between/,
      );
    }
  });

  it('says what to do where the pool has no session free, or takes no further client', async () => {
    const small = await begin('transaction', { default_pool_size: 1, query_wait_timeout: 1 });
    expect((await refused(small, table)).stderr).toMatch(
      /query_wait_timeout\nhint: .*fewer --lanes, or raise default_pool_size/,
    );
    await pooler?.stop();
    const full = await begin('transaction', { max_client_conn: 1 });
    expect((await refused(full, table)).stderr).toContain('hint: A pooler stands between, and takes no further client');
  });

  it('refuses options that the pooler refuses or drops, and no others', async () => {
    const options = { env: { PGOPTIONS: '-c search_path=other -c work_mem=5MB' } };
    const strict = await begin('transaction');
    expect((await refused(strict, table, options)).stderr).toMatch(/startup parameter: options\nhint: .*ALTER ROLE/);
    await pooler?.stop();
    const dropping = await begin('transaction', { ignore_startup_parameters: 'options' });
    expect((await refused(dropping, table, options)).stderr).toContain(
      'the options of the connection did not reach the server: search_path, work_mem',
    );
    const harmless = {
      TIDEMARK_SOURCE: dropping,
      PGOPTIONS: '-c DateStyle=German --default-transaction-isolation=read\\ committed',
    };
    await snapshotJson([...named(emptyFolder('pool')), ...table], { env: harmless });
  });

  it('warns of settings that another client has left in the session', async () => {
    const url = await begin('transaction', { default_pool_size: 5 });
    const other = new pg.Client(url);
    await other.connect();
    await other.query('SET search_path = other');
    await other.end();
    const { warnings } = await snapshotJson([...named(emptyFolder('pool')), ...table], {
      env: { TIDEMARK_SOURCE: url },
    });
    expect(warnings.join()).toContain('settings that somebody else made in it (search_path = other)');
    const direct = await snapshotJson([...named(emptyFolder('pool')), ...table], { env: { TIDEMARK_SOURCE: db.url } });
    expect(direct.warnings).toEqual([]);
  });
});

/** What other clients of a pool find in all its sessions: settings, prepared statements, locks on tables, open cursors. */
async function left(url: string, sessions: number): Promise<unknown[]> {
  const clients = Array.from({ length: sessions }, () => new pg.Client(url));
  const found: unknown[] = [];
  for (const client of clients) {
    await client.connect();
    // Held open until all have been looked at, so that each has another one.
    await client.query('BEGIN');
    const { rows } = await client.query(`
      SELECT (SELECT json_object_agg(name, setting ORDER BY name) FROM pg_settings
               WHERE name NOT IN ('transaction_isolation', 'transaction_read_only')) AS settings,
             (SELECT count(*) FROM pg_prepared_statements) AS prepared, (SELECT count(*) FROM pg_cursors WHERE name <> '') AS cursors,
             (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND (locktype = 'advisory' OR relation >= 16384)) AS locks`);
    found.push(rows[0]);
  }
  for (const client of clients) {
    await client.query('ROLLBACK');
    await client.end();
  }
  return found;
}
