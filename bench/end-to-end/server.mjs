// The server of all contenders: an embedded PostgreSQL whose data stays between runs, with and without TLS.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../../dist/cli/demo/server.js';

/** Nothing in the background while somebody is measured; the rest is as PostgreSQL comes. */
const settings = {
  autovacuum: 'off',
  checkpoint_timeout: '1h',
  max_wal_size: '8GB',
  shared_buffers: '512MB',
  timezone: 'UTC',
};

export async function startServer(folder) {
  mkdirSync(folder, { recursive: true });
  const ssl = certificate(folder);
  const server = await startPostgres({ folder, settings, ...(ssl && { ssl }) });
  return Object.assign(server, { tls: ssl !== undefined });
}

/** Runs statements in one session. Gives the rows of the last. */
export async function ask(server, ...statements) {
  const client = new pg.Client(server.url);
  await client.connect();
  try {
    let result;
    for (const statement of statements) result = await client.query(statement);
    return result.rows;
  } finally {
    await client.end();
  }
}

/** Signed by itself, made once; without openssl there is no TLS workload. */
function certificate(folder) {
  const file = join(folder, 'certificate.pem');
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return makeCertificate(file);
  }
}

function makeCertificate(file) {
  const key = join(tmpdir(), `bench-${process.pid}.key`);
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  try {
    const options = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '3650', '-keyout', key, ...subject];
    const cert = execFileSync('openssl', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const pair = { cert, key: readFileSync(key, 'utf8') };
    writeFileSync(file, JSON.stringify(pair), { mode: 0o600 });
    return pair;
  } catch {
    return undefined;
  } finally {
    rmSync(key, { force: true });
  }
}
