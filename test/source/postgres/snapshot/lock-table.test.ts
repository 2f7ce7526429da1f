import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TidemarkError } from '../../../../src/core/errors.js';
import type { OpenSource } from '../../../../src/core/source.js';
import { open } from '../../../../src/source/postgres/open.js';
import { openSession, type Ticket } from '../../../../src/source/postgres/snapshot/session.js';
import { type PostgresServer, startPostgres } from '../../../servers/postgres.js';
import { never, query, table } from '../open-fixture.js';
import { requestOf } from '../open-request.js';

/** Room for 10 × 40 locks: as small as a server can be made. */
const small = { max_locks_per_transaction: '10', max_connections: '40' };

describe.each([18, 14] as const)('PostgreSQL %i with a small lock table', (version) => {
  let server: PostgresServer;
  let client: pg.Client;
  beforeAll(async () => {
    server = await startPostgres({ version, settings: small });
    client = new pg.Client(server.url);
    await client.connect();
    // A partition takes two locks: itself and its index.
    for (const [name, partitions] of [
      ['few', 20],
      ['many', 100],
      ['most', 400],
    ] as const) {
      await client.query(`CREATE TABLE ${name} (id int, v int) PARTITION BY LIST (id)`);
      for (let from = 0; from < partitions; from += 20) {
        await client.query(`DO $$ BEGIN FOR i IN ${from}..${from + 19} LOOP
          EXECUTE format('CREATE TABLE ${name}_%s (id int NOT NULL, v int); CREATE INDEX ON ${name}_%s (v)', i, i); END LOOP; END $$`);
      }
      for (let i = 0; i < partitions; i += 1) {
        await client.query(`ALTER TABLE ${name} ATTACH PARTITION ${name}_${i} FOR VALUES IN (${i})`);
      }
      await client.query(`INSERT INTO ${name} SELECT g, g FROM generate_series(0, ${Math.min(partitions, 100) - 1}) g`);
    }
  }, 120_000);
  afterAll(async () => {
    await client.end();
    await server.stop();
  });

  const start = (name: string): Promise<OpenSource> => open(requestOf(server.url, table(name)), never);

  it('reads with as many lanes as have room', async () => {
    const source = await start('few');
    expect(source.maxLanes).toBeGreaterThan(1);
    await source.close();
    const tight = await start('many');
    expect(tight.maxLanes).toBe(1);
    const lane = await openSession(tight.ticket as Ticket, never);
    expect(await lane.query('SELECT count(*)::int AS n FROM many')).toEqual([{ n: 100 }]);
    await lane.close();
    await tight.close();
  });

  it('refuses what has no room, before it locks anything, with the setting to raise', async () => {
    const error = (await start('most').catch((thrown: unknown) => thrown)) as TidemarkError;
    expect(error).toMatchObject({ code: 'source.unsupported' });
    expect(error.message).toContain('reading takes 801 locks in each session');
    const wanted = Number(/max_locks_per_transaction from 10 to (\d+)/.exec(error.hint ?? '')?.[1]);
    expect(wanted).toBeGreaterThanOrEqual(20);
    expect(wanted).toBeLessThan(200);
  });

  it('says what to raise where only planning finds out', async () => {
    const sql = 'SELECT id FROM most UNION ALL SELECT id FROM many UNION ALL SELECT id FROM few';
    const error = (await open(requestOf(server.url, query(sql)), never).catch(
      (thrown: unknown) => thrown,
    )) as TidemarkError;
    expect(error.hint).toContain('max_locks_per_transaction');
  });
});
