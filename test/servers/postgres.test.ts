import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { freshDatabase, startPostgres } from './postgres.js';

const holder = new URL('holder.mjs', import.meta.url).pathname;

async function ask(config: pg.ClientConfig, sql: string): Promise<unknown> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function gone(pid: number): Promise<boolean> {
  for (let waited = 0; waited < 10_000 && alive(pid); waited += 50) await sleep(50);
  return !alive(pid);
}

describe('startPostgres', () => {
  it.each([14, 15, 16, 17, 18] as const)('starts PostgreSQL %i and leaves nothing behind', async (version) => {
    const server = await startPostgres({ version });
    const number = await ask({ connectionString: server.url }, 'SHOW server_version_num');
    expect(Math.floor(Number(number) / 10_000)).toBe(version);
    await server.stop();
    await server.stop();
    expect(existsSync(server.folder)).toBe(false);
    expect(alive(server.pid)).toBe(false);
  });

  it('listens on a unix socket too', async () => {
    const server = await startPostgres();
    const config = { host: server.socketFolder, port: server.port, user: server.user, database: server.database };
    expect(await ask(config, 'SELECT inet_server_addr() IS NULL')).toBe(true);
    await server.stop();
  });

  it('asks for a password where it should', async () => {
    const password = "it's p@ss:word/";
    const server = await startPostgres({ auth: 'scram-sha-256', password, settings: { application_name: "a'b" } });
    expect(await ask({ connectionString: server.url }, 'SHOW password_encryption')).toBe('scram-sha-256');
    const wrong = new URL(server.url);
    wrong.password = 'wrong';
    await expect(ask({ connectionString: wrong.href }, 'SELECT 1')).rejects.toThrow('password authentication failed');
    await server.stop();
  });

  it('speaks TLS with the certificate that it was given', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tls-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const made = spawnSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject].concat([
        '-keyout',
        key,
        '-out',
        cert,
      ]),
    );
    expect(made.status, String(made.stderr)).toBe(0);
    const ca = readFileSync(cert, 'utf8');
    const server = await startPostgres({ ssl: { cert: ca, key: readFileSync(key, 'utf8') } });
    const config = { connectionString: server.url, ssl: { ca } };
    expect(await ask(config, 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).toBe(true);
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('keeps a folder that the caller chose, and starts from it again', async () => {
    const folder = mkdtempSync('/tmp/kept-');
    const first = await startPostgres({ folder });
    await ask({ connectionString: first.url }, "CREATE TABLE kept AS SELECT 'still here' AS t");
    await first.stop();
    const second = await startPostgres({ folder, settings: { max_connections: '7' } });
    expect(await ask({ connectionString: second.url }, 'SELECT t FROM kept')).toBe('still here');
    expect(await ask({ connectionString: second.url }, 'SHOW max_connections')).toBe('7');
    await second.stop();
    rmSync(folder, { recursive: true });
  });

  it('breaks connections when it is killed', async () => {
    const server = await startPostgres();
    const client = new pg.Client(server.url);
    await client.connect();
    client.on('error', () => undefined);
    const query = expect(client.query('SELECT pg_sleep(60)')).rejects.toThrow(/terminat/);
    await sleep(50);
    await server.kill();
    await query;
    expect(existsSync(server.folder)).toBe(false);
  });

  it('says why it did not start, with the words of the server', async () => {
    const settings = { shared_buffers: 'much' };
    await expect(startPostgres({ settings })).rejects.toThrow(/shared_buffers/);
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    await expect(startPostgres({ port })).rejects.toThrow(/Address already in use/);
    taken.close();
  });

  const nobody = 65534;
  const isRoot = process.getuid?.() === 0;
  // Root's own clone may be closed to others.
  const open = spawnSync('cat', [holder], { stdio: 'ignore', uid: isRoot ? nobody : undefined }).status === 0;
  const accounts = [
    { who: 'the user of the tests', uid: undefined, possible: true },
    { who: 'an ordinary user', uid: nobody, possible: isRoot && open },
  ];
  it.for(accounts)('ends when its process is killed with -9, as $who', async ({ uid, possible }, { skip }) => {
    skip(!possible, 'only root can be another user, who must be able to read the clone');
    const child = spawn(process.execPath, [holder], {
      stdio: ['ignore', 'pipe', 'inherit'],
      ...(uid === undefined ? {} : { uid, gid: uid, env: { PATH: process.env['PATH'] } }),
    });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { url, folder, pid } = JSON.parse(line) as { url: string; folder: string; pid: number };
    expect(await ask({ connectionString: url }, 'SELECT 1')).toBe(1);
    child.kill('SIGKILL');
    expect(await gone(pid)).toBe(true);
    for (let waited = 0; waited < 5_000 && existsSync(folder); waited += 50) await sleep(50);
    expect(existsSync(folder)).toBe(false);
  });
});

describe('the shared servers', () => {
  it('give every caller a database of its own', async () => {
    const [a, b] = await Promise.all([freshDatabase(inject('postgres18')), freshDatabase(inject('postgres14'))]);
    await a.query('CREATE TABLE t AS SELECT 1 AS n');
    expect(await a.query('SELECT n FROM t')).toEqual([{ n: 1 }]);
    expect(await b.query("SELECT to_regclass('t') AS t")).toEqual([{ t: null }]);
    await a.drop();
    await b.drop();
  });
});
