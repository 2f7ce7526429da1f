import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../../src/source/postgres-protocol/connect.js';
import type { PgConnection } from '../../../../src/source/postgres-protocol/connection.js';
import type { PostgresSettings } from '../../../../src/source/postgres-protocol/settings.js';
import { startPostgres, type PostgresServer } from '../../../servers/postgres.js';
import { Authority, hasOpenssl } from './certificates.js';
import { settingsOf } from './settings-of.js';

const query = `SELECT i, md5(i::text), repeat('x', i % 300), CASE WHEN i % 7 = 0 THEN i END FROM generate_series(1, 120000) AS i`;
const copy = `COPY (${query}) TO STDOUT (FORMAT binary)`;

let server: PostgresServer;
let authority: Authority | undefined;
let expected: string;

beforeAll(async () => {
  authority = hasOpenssl() ? new Authority() : undefined;
  const certificate = authority?.issue('localhost', 'DNS:localhost');
  server = await startPostgres({ ...(certificate && { ssl: { cert: certificate.cert, key: certificate.key } }) });
  const bytes = execFileSync('psql', ['-qAtc', copy], {
    env: { ...process.env, ...server.psqlEnv },
    maxBuffer: 2 ** 28,
  });
  expected = createHash('sha256').update(bytes).digest('hex');
});

afterAll(async () => {
  await server.stop();
  authority?.remove();
});

const roads = {
  'plain TCP': () => settingsOf({ port: server.port }),
  'a unix socket': () => settingsOf({ host: server.socketFolder, port: server.port }),
  TLS: () =>
    settingsOf(
      { host: 'localhost', port: server.port, sslMode: 'verify-full' },
      { tls: { roots: [authority!.root.cert] } },
    ),
};

interface Received {
  sha256: string;
  bytes: number;
}

/** Walks the messages of one COPY: CopyData payloads to the digest, all others to pg's parser. */
async function receiveCopy(
  connection: PgConnection,
  buffers: (() => Uint8Array) | undefined,
  onRead: () => boolean = () => true,
): Promise<Received> {
  const digest = createHash('sha256');
  let pending = Buffer.alloc(0);
  let bytes = 0;
  const release = connection.takeOver({
    onBytes: (chunk, length) => {
      pending = Buffer.concat([pending, chunk.subarray(0, length)]);
      while (pending.length >= 5) {
        const size = 1 + pending.readInt32BE(1);
        if (pending.length < size) break;
        const message = pending.subarray(0, size);
        pending = pending.subarray(size);
        if (message[0] === 0x64) {
          digest.update(message.subarray(5));
          bytes += size - 5;
          continue;
        }
        if (message[0] === 0x43) {
          release();
          connection.feedParser(Buffer.concat([message, pending]));
          pending = Buffer.alloc(0);
        } else connection.feedParser(message);
      }
      return onRead();
    },
    ...(buffers && { nextBuffer: buffers }),
  });
  await connection.run(() => connection.client.query(copy));
  return { sha256: digest.digest('hex'), bytes };
}

async function open(settings: PostgresSettings): Promise<PgConnection> {
  return connect(settings, { signal: new AbortController().signal });
}

describe.each(Object.keys(roads) as (keyof typeof roads)[])('take-over of %s', (road) => {
  it.skipIf(road === 'TLS' && !hasOpenssl())('gives every byte of a COPY, and the session back', async () => {
    const connection = await open(roads[road]());
    expect(connection.encrypted).toBe(road === 'TLS');
    for (let i = 0; i < 2; i += 1) {
      const received = await receiveCopy(connection, undefined);
      expect(received.sha256).toBe(expected);
      expect(await connection.query('SELECT 41 + $1::int AS n', [1])).toEqual([{ n: 42 }]);
    }
    await connection.close();
  });

  it.skipIf(road === 'TLS' && !hasOpenssl())('reads into buffers of the receiver', async () => {
    const connection = await open(roads[road]());
    const shared = [new Uint8Array(new SharedArrayBuffer(3000)), new Uint8Array(1777)];
    let next = 0;
    const received = await receiveCopy(connection, () => shared[(next += 1) % 2]!);
    expect(received.sha256).toBe(expected);
    expect(next).toBeGreaterThan(1000);
    expect(await connection.query('SELECT 1 AS n')).toEqual([{ n: 1 }]);
    await connection.close();
  });

  it.skipIf(road === 'TLS' && !hasOpenssl())('makes the server wait while it is paused', async () => {
    const connection = await open(roads[road]());
    const watcher = await open(roads[road]());
    let reads = 0;
    const whole = receiveCopy(connection, undefined, () => {
      reads += 1;
      return reads !== 3;
    });
    await sleep(700);
    expect(reads).toBe(3);
    const [state] = await watcher.query(`SELECT wait_event FROM pg_stat_activity WHERE pid = $1 AND state = 'active'`, [
      (connection.client as unknown as { processID: number }).processID,
    ]);
    expect(state).toEqual({ wait_event: 'ClientWrite' });
    connection.resume();
    expect((await whole).sha256).toBe(expected);
    await Promise.all([connection.close(), watcher.close()]);
  });
});
