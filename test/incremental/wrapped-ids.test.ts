import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, it } from 'vitest';
import { startPostgres } from '../servers/postgres.js';
import { moveIdsOn } from '../servers/wrap-ids.js';
import { Chain } from './chain.js';

it('a cluster that has used more than 2^32 ids is refused, since rows of long ago may look new', async () => {
  const folder = mkdtempSync('/tmp/tidemark-wrapped-');
  execFileSync('chmod', ['755', folder]);
  const data = join(folder, 'cluster');
  const before = await startPostgres({ folder: data });
  await sql(
    before.url,
    `CREATE TABLE events (id text, at timestamptz DEFAULT clock_timestamp());
    INSERT INTO events VALUES ('ancient', '2024-01-01')`,
  );
  const port = before.port;
  await before.stop();
  moveIdsOn(join(data, 'data'));
  const after = await startPostgres({ folder: data, port });
  try {
    const [moment] = await sql(after.url, 'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xmax');
    expect(BigInt((moment as { xmax: string }).xmax)).toBeGreaterThan(2n ** 32n);
    const chain = new Chain(after.url, { table: 'events' });
    await chain.next();
    await sql(after.url, `INSERT INTO events VALUES ('new')`);
    const error = await chain.refused();
    expect(error).toMatchObject({ code: 'data.parent', exitCode: 6 });
    expect(error.message).toContain('more than 2^32 transaction ids');
    // With a lag it goes by a window, and ids mean nothing to whoever goes on from there.
    const windowed = new Chain(after.url, { table: 'events', cursor: 'at', lag: '1h' });
    await windowed.next();
    await sql(after.url, `INSERT INTO events VALUES ('by window')`);
    await windowed.next();
    expect(windowed.manifest().run.increment).toMatchObject({ road: 'window', rows: 1 });
    expect(Object.keys(windowed.manifest().run.horizon!)).toEqual(['cursors']);
    // Above a floor there are no rows of long ago; ids have their upper half in what is remembered.
    const floored = new Chain(after.url, { table: 'events', cursor: 'at', cursorFloor: '1h' });
    await floored.next();
    const open = new pg.Client(after.url);
    await open.connect();
    await open.query(`BEGIN; INSERT INTO events VALUES ('open')`);
    await sql(after.url, `INSERT INTO events VALUES ('newer')`);
    await floored.next();
    const [seen] = floored.manifest().run.horizon!.transactions!.seen;
    expect(BigInt(seen!)).toBeGreaterThan(2n ** 32n);
    await open.query('COMMIT');
    await open.end();
    await sql(after.url, `INSERT INTO events VALUES ('newest')`);
    await floored.next();
    expect(await floored.values('id')).toEqual(['ancient', 'by window', 'new', 'newer', 'newest', 'open']);
  } finally {
    await after.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

it('a run waits until the log is on disk, so that no id is given again after a crash', async () => {
  const server = await startPostgres({ settings: { wal_writer_delay: '2s' } });
  try {
    await sql(server.url, `CREATE TABLE events (id text); INSERT INTO events VALUES ('a')`);
    const chain = new Chain(server.url, { table: 'events' });
    await sql(server.url, `BEGIN; INSERT INTO events VALUES ('never'); ROLLBACK`);
    await chain.next();
    const [row] = await sql(server.url, 'SELECT pg_current_wal_flush_lsn()::text AS lsn');
    const { lsn } = chain.manifest().run.horizon!.transactions!;
    const [compared] = await sql(server.url, `SELECT '${(row as { lsn: string }).lsn}'::pg_lsn >= '${lsn}' AS flushed`);
    expect(compared).toEqual({ flushed: true });
  } finally {
    await server.stop();
  }
});

async function sql(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const result: unknown = await client.query(text);
    return Array.isArray(result) ? [] : (result as pg.QueryResult).rows;
  } finally {
    await client.end();
  }
}
