import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { open } from '../../../../src/source/postgres/open.js';
import { openSession, type Ticket } from '../../../../src/source/postgres/snapshot/session.js';
import type { PostgresServer } from '../../../servers/postgres.js';
import { type ServerPair, startWithStandby } from '../../../servers/standby.js';
import { requestOf } from '../open-request.js';

let servers: ServerPair;
let standby: PostgresServer;
let writer: pg.Client;
const never = new AbortController().signal;

beforeAll(async () => {
  servers = await startWithStandby({ standby: { max_standby_streaming_delay: '0' } });
  ({ standby } = servers);
  writer = new pg.Client(servers.primary.url);
  await writer.connect();
  await writer.query('CREATE TABLE t AS SELECT g FROM generate_series(1, 100) AS g');
});

afterAll(async () => {
  await writer.end();
  await servers.stop();
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
  expect(source.warnings.join()).toContain(
    'the server is a standby: it ends the snapshot when changes to replay have waited for it for max_standby_streaming_delay = 0;',
  );
  const lane = await openSession(source.ticket as Ticket, never);
  expect(await lane.query('SELECT count(*)::int AS n FROM t')).toEqual([{ n: 100 }]);
  await writer.query('DELETE FROM t');
  await writer.query('VACUUM t');
  await expect(source.lost).rejects.toMatchObject({ code: 'source.snapshot', retryable: true });
  await expect(lane.lost).rejects.toMatchObject({ code: 'source.snapshot' });
  await lane.close();
  await source.close();
});
