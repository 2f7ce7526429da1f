import { mkdtempSync, rmSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { open } from '../../../../src/source/postgres/open.js';
import { openSession, type Ticket } from '../../../../src/source/postgres/snapshot/session.js';
import { type PostgresServer, startPostgres } from '../../../servers/postgres.js';
import { requestOf } from '../open-request.js';

/** Not in the user's own temporary folder: the server runs under another account when the tests run as root. */
const base = mkdtempSync('/tmp/tidemark-standby-');
let primary: PostgresServer;
let standby: PostgresServer;
let writer: pg.Client;
const never = new AbortController().signal;

beforeAll(async () => {
  execFileSync('chmod', ['755', base]);
  const folders = { primary: join(base, 'primary'), standby: join(base, 'standby') };
  const first = await startPostgres({ folder: folders.primary });
  await first.stop();
  // A standby is a copy of the primary's data that follows the primary's log.
  execFileSync('cp', ['-a', folders.primary, folders.standby]);
  execFileSync('cp', [
    '-a',
    join(folders.standby, 'data', 'PG_VERSION'),
    join(folders.standby, 'data', 'standby.signal'),
  ]);
  execFileSync('sed', [
    '-i',
    `s|${folders.primary}|${folders.standby}|g`,
    join(folders.standby, 'data', 'postgresql.conf'),
  ]);
  primary = await startPostgres({
    folder: folders.primary,
    hba: ['host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust'],
  });
  writer = new pg.Client(primary.url);
  await writer.connect();
  await writer.query('CREATE TABLE t AS SELECT g FROM generate_series(1, 100) AS g');
  standby = await startPostgres({
    folder: folders.standby,
    settings: {
      primary_conninfo: `host=127.0.0.1 port=${primary.port} user=postgres`,
      max_standby_streaming_delay: '0',
    },
  });
});

afterAll(async () => {
  await writer.end();
  await standby.stop();
  await primary.stop();
  rmSync(base, { recursive: true, force: true });
});

const request = () => requestOf(standby.url, { tables: [{ name: 't', table: 't' }] });

it('takes a snapshot of a standby, says so, and tells when replay ends it', async () => {
  const reader = new pg.Client(standby.url);
  await reader.connect();
  const count = (): Promise<unknown> =>
    reader.query(`SELECT count(*)::int AS n FROM t`).then(
      ({ rows }) => rows[0],
      () => undefined,
    );
  await expect.poll(count, { timeout: 15_000 }).toEqual({ n: 100 });
  await reader.end();
  const source = await open(request(), never);
  expect(source.certificate).toMatchObject({ level: 'snapshot', inRecovery: true });
  expect(source.certificate['lsn']).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
  expect(source.warnings.join()).toContain('the server is a standby');
  const lane = await openSession(source.ticket as Ticket, never);
  expect(await lane.query('SELECT count(*)::int AS n FROM t')).toEqual([{ n: 100 }]);
  await writer.query('DELETE FROM t');
  await writer.query('VACUUM t');
  await expect(source.lost).rejects.toMatchObject({ code: 'source.snapshot', retryable: true });
  await expect(lane.lost).rejects.toMatchObject({ code: 'source.snapshot' });
  await lane.close();
  await source.close();
});
