import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidemarkError } from '../../core/errors.js';
import { type Account, serverAccount } from './account.js';
import { type PostgresVersion, postgresBinaries } from './binaries.js';
import { supervisor } from './supervisor.js';

export interface PostgresOptions {
  /** Default 18. */
  readonly version?: PostgresVersion;
  /** Default: one that is free. */
  readonly port?: number;
  /** Lines of postgresql.conf; they win over our own, which trade durability for speed. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How clients prove who they are, by TCP and by socket. Default `trust`. */
  readonly auth?: 'trust' | 'scram-sha-256';
  /** Of the superuser `postgres`; needed with scram-sha-256. */
  readonly password?: string;
  /** PEM texts. With `ca`, the server accepts client certificates of that authority (pg_hba decides whether it wants one). */
  readonly ssl?: { readonly cert: string; readonly key: string; readonly ca?: string };
  /** Lines of pg_hba.conf, in place of those that `auth` makes. */
  readonly hba?: readonly string[];
  /** Keeps the server's data there, for the next start too. Default: a temporary folder, gone when the server stops. */
  readonly folder?: string;
}

export interface PostgresServer {
  /** `postgres://postgres@127.0.0.1:PORT/postgres`, with the password where there is one. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string | undefined;
  /** Folder of the unix socket: libpq takes it as a host. */
  readonly socketFolder: string;
  readonly version: PostgresVersion;
  readonly folder: string;
  /** The server's own process. */
  readonly pid: number;
  /** `PGHOST` and so on, for psql and other clients of libpq. */
  readonly psqlEnv: Readonly<Record<string, string>>;
  /** The server's log up to now. */
  log(): Promise<string>;
  /** Ends connections in order, and the server. Safe to call again. */
  stop(): Promise<void>;
  /** Ends the server at once, as a crash would: connections break, nothing is flushed. */
  kill(): Promise<void>;
}

/** A server for demonstrations and tests has nothing worth an fsync; everything else stays as users have it. Its log is written out soon, for which runs wait. */
const throwaway = {
  ...{ fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', wal_writer_delay: '10ms' },
  max_connections: '200',
};

/**
 * Starts a real PostgreSQL server on the loopback interface, with initdb where its folder is new. It ends with `stop()`,
 * and no later than this process ends, however that happens.
 * @throws request.invalid when the version's package is not installed; source.unreachable when the server does not start
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const version = options.version ?? 18;
  const account = await serverAccount();
  const native = await postgresBinaries(version, account);
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    const folder = await serverFolder(options.folder, account);
    try {
      await writeConfiguration(folder, port, options, account);
      return await launch({ folder, native, version, port, options, account });
    } catch (error) {
      // Between finding a free port and taking it, somebody else may have taken it.
      const taken = error instanceof TidemarkError && error.message.includes('Address already in use');
      if (options.port !== undefined || !taken || attempt === 3) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function serverFolder(chosen: string | undefined, account: Account | undefined): Promise<string> {
  const folder =
    chosen === undefined ? await mkdtemp(join(await temporaryBase(account), 'tidemark-pg-')) : resolve(chosen);
  await mkdir(folder, { recursive: true });
  await own(folder, 0o700, account);
  return folder;
}

/** The path of a unix socket has room for about 100 bytes, and a borrowed account must get there and remove what it made. */
async function temporaryBase(account: Account | undefined): Promise<string> {
  const base = tmpdir();
  if (base.length > 60) return '/tmp';
  if (account === undefined) return base;
  if (((await stat(base)).mode & 0o002) === 0) return '/tmp';
  for (let folder = base; folder !== dirname(folder); folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return '/tmp';
  }
  return base;
}

async function own(path: string, mode: number, account: Account | undefined): Promise<void> {
  await chmod(path, mode);
  if (account) await chown(path, account.uid, account.gid);
}

async function writeConfiguration(
  folder: string,
  port: number,
  options: PostgresOptions,
  account: Account | undefined,
): Promise<void> {
  const auth = options.auth ?? 'trust';
  const files: Record<string, string> = {};
  const settings: Record<string, string> = {
    ...throwaway,
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
    hba_file: join(folder, 'pg_hba.conf'),
  };
  for (const [part, text] of Object.entries(options.ssl ?? {})) {
    files[`server.${part}`] = text;
    settings[`ssl_${part}_file`] = join(folder, `server.${part}`);
    settings['ssl'] = 'on';
  }
  const lines = options.hba ?? [`local all all ${auth}`, `host all all all ${auth}`];
  files['pg_hba.conf'] = `${lines.join('\n')}\n`;
  files['password'] = `${options.password ?? 'postgres'}\n`;
  files['settings.conf'] = Object.entries({ ...settings, ...options.settings })
    .map(([key, value]) => `${key} = '${value.replaceAll("'", "''")}'\n`)
    .join('');
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
    await own(join(folder, name), 0o600, account);
  }
}

interface Launch {
  readonly folder: string;
  readonly native: string;
  readonly version: PostgresVersion;
  readonly port: number;
  readonly options: PostgresOptions;
  readonly account: Account | undefined;
}

type Supervisor = ChildProcess & { readonly stdin: Writable; readonly stderr: Readable };

async function launch({ folder, native, version, port, options, account }: Launch): Promise<PostgresServer> {
  const temporary = options.folder === undefined;
  const child = spawn('/bin/sh', ['-c', supervisor, 'tidemark-pg', native, folder, temporary ? 'remove' : 'keep'], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    ...account,
  }) as Supervisor;
  const pid = await ready(child, folder).catch(async (error: unknown) => {
    child.stdin.destroy();
    if (temporary) await rm(folder, { recursive: true, force: true });
    throw error;
  });
  // The pipe and the child do not keep this process running: when it ends, the pipe closes, and so does the server.
  for (const handle of [child, child.stdin, child.stderr] as { unref?(): void }[]) handle.unref?.();

  const end = async (how: () => void) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    how();
    await once(child, 'exit');
  };
  const password = options.password;
  const host = '127.0.0.1';
  const secret = password === undefined ? '' : `:${encodeURIComponent(password)}`;
  return {
    ...{ host, port, user: 'postgres', database: 'postgres', password, socketFolder: folder, version, folder, pid },
    url: `postgres://postgres${secret}@${host}:${port}/postgres`,
    psqlEnv: {
      ...{ PGHOST: host, PGPORT: String(port), PGUSER: 'postgres', PGDATABASE: 'postgres' },
      ...(password === undefined ? {} : { PGPASSWORD: password }),
    },
    log: () => readFile(join(folder, 'log'), 'utf8'),
    stop: () => end(() => child.stdin.end()),
    kill: () => end(() => process.kill(pid, 'SIGQUIT')),
  };
}

/** Waits until the server says in its pid file that it takes connections; the same file that pg_ctl looks at. */
async function ready(child: Supervisor, folder: string): Promise<number> {
  let complaint = '';
  child.stderr.on('data', (bytes: Buffer) => (complaint += bytes.toString()));
  let failed: unknown;
  child.once('error', (error) => (failed = error));
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; await sleep(15)) {
    const pidFile = (await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    if (pidFile[7]?.trim() === 'ready') return Number(pidFile[0]);
    if (failed !== undefined || child.exitCode !== null || child.signalCode !== null) break;
  }
  throw new TidemarkError('source.unreachable', `PostgreSQL did not start: ${complaint.trim().slice(-2000)}`, {
    hint: `Its folder was ${folder}.`,
    cause: failed,
  });
}
