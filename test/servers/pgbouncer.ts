import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe } from 'vitest';
import { serverAccount } from '../../src/cli/demo/account.js';
import { onFreePort, own, serverFolder } from '../../src/cli/demo/place.js';
import { supervise } from '../../src/cli/demo/supervised.js';
import { unpackDebian, unpackedLibraries } from './debian-packages.js';

interface PgbouncerBinary {
  readonly path: string;
  /** `LD_LIBRARY_PATH`; empty for one that is installed. */
  readonly libraries: string;
}

/** A pooler in front of a server. It logs in at the server as whoever logs in there, without a password. */
export interface Pgbouncer {
  readonly port: number;
  /** A URL of the server's, by way of the pooler. */
  through(url: string): string;
  /** Asks the pooler itself: `SHOW SERVERS` and the like. */
  show(what: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

interface PgbouncerOptions {
  /** The server behind it. */
  readonly server: { readonly host: string; readonly port: number };
  readonly poolMode: 'session' | 'transaction' | 'statement';
  /** Lines of pgbouncer.ini, besides. */
  readonly settings?: Readonly<Record<string, string>>;
}

const cache = fileURLToPath(new URL('../../.cache/pgbouncer', import.meta.url));
/** Debian's package, and its libraries. */
const packages = ['pgbouncer', 'libevent-2.1-7', 'libevent-2.1-7t64', 'libcares2', 'libc-ares2', 'libsystemd0'];

/** It does not run as root, so root borrows an account, as for PostgreSQL. */
const account = await serverAccount('PgBouncer', ['postgres', 'nobody']);
const found = await findPgbouncer();

/** Tests that need PgBouncer; where there is none they are skipped, and say why. */
export function withPgbouncer(
  name: string,
  tests: (start: (options: PgbouncerOptions) => Promise<Pgbouncer>) => void,
): void {
  if ('missing' in found) {
    console.error(`tests of PgBouncer are skipped: ${found.missing}`);
    const never = (): Promise<Pgbouncer> => Promise.reject(new Error(found.missing));
    describe.skip(`${name} (skipped: ${found.missing})`, () => tests(never));
  } else {
    describe(name, () => tests((options) => startPgbouncer(found, options)));
  }
}

/** One that is installed, or unpacked from Debian's package into a folder of this clone. */
async function findPgbouncer(): Promise<PgbouncerBinary | { readonly missing: string }> {
  const unpacked = { path: join(cache, 'usr/sbin/pgbouncer'), libraries: unpackedLibraries(cache) };
  const known = ['/usr/sbin/pgbouncer', '/usr/local/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'];
  const there = [...known.map((path) => ({ path, libraries: '' })), unpacked].find(runs);
  if (there) return there;
  try {
    await unpackDebian(cache, packages);
  } catch (error) {
    return { missing: `PgBouncer is not installed, and cannot be fetched: ${(error as Error).message.split('\n')[0]}` };
  }
  return runs(unpacked) ? unpacked : { missing: 'PgBouncer is not installed, and what Debian has does not run here' };
}

function runs({ path, libraries }: PgbouncerBinary): boolean {
  const options = { stdio: 'ignore', cwd: '/', env: { LD_LIBRARY_PATH: libraries }, ...account } as const;
  return spawnSync(path, ['--version'], options).status === 0;
}

function startPgbouncer(binary: PgbouncerBinary, options: PgbouncerOptions): Promise<Pgbouncer> {
  return onFreePort(undefined, async (port) => {
    const folder = await serverFolder('tidemark-pgbouncer-', undefined, account);
    await configure(folder, port, options);
    const { stop } = await supervise({
      ...{ name: 'PgBouncer', folder, temporary: true, account },
      env: { LD_LIBRARY_PATH: binary.libraries },
      supervision: { make: 'exit 0', serve: `exec '${binary.path}' "$folder/ini"`, stop: 'INT', force: 'KILL' },
      pid: async () => {
        const log = await readFile(join(folder, 'log'), 'utf8').catch(() => '');
        return Number(/\[(\d+)\] LOG process up/.exec(log)?.[1]) || undefined;
      },
    });
    const through = (url: string): string => Object.assign(new URL(url), { port: String(port) }).href;
    return {
      ...{ port, through, stop },
      show: async (what) => {
        const client = new pg.Client(`postgres://postgres@127.0.0.1:${port}/pgbouncer`);
        await client.connect();
        // Its console takes plain statements alone.
        const { rows } = await client.query<Record<string, unknown>>(`SHOW ${what}`);
        await client.end();
        return rows;
      },
    };
  });
}

async function configure(folder: string, port: number, { server, poolMode, settings }: PgbouncerOptions) {
  const lines = {
    ...{ listen_addr: '127.0.0.1', listen_port: String(port), unix_socket_dir: '' },
    ...{ auth_type: 'trust', auth_file: join(folder, 'users'), admin_users: 'postgres' },
    pool_mode: poolMode,
    ...settings,
  };
  const files = {
    users: '"postgres" ""\n',
    ini: [
      '[databases]',
      `* = host=${server.host} port=${server.port}`,
      '[pgbouncer]',
      ...Object.entries(lines).map(([name, value]) => `${name} = ${value}`),
      '',
    ].join('\n'),
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
    await own(join(folder, name), 0o600, account);
  }
}
