import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { shellWord } from '../../core/shell-word.js';
import { type Account, serverAccount } from './account.js';
import { type PostgresVersion, postgresBinaries } from './binaries.js';
import { onFreePort, own, serverFolder } from './place.js';
import { supervise, type Supervised } from './supervised.js';
import type { Supervision } from './supervisor.js';

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

export interface PostgresServer extends Supervised {
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
  /** `PGHOST` and so on, for psql and other clients of libpq. */
  readonly psqlEnv: Readonly<Record<string, string>>;
  /** The server's log up to now. */
  log(): Promise<string>;
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
  const account = await serverAccount('PostgreSQL', ['postgres', 'nobody']);
  const native = await postgresBinaries(version, account);
  return onFreePort(options.port, async (port) => {
    const folder = await serverFolder('tidemark-pg-', options.folder, account);
    await writeConfiguration(folder, port, options, account);
    return launch({ folder, native, version, port, options, account });
  });
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

async function launch({ folder, native, version, port, options, account }: Launch): Promise<PostgresServer> {
  const server = await supervise({
    name: 'PostgreSQL',
    ...{ folder, temporary: options.folder === undefined, account },
    supervision: supervision(join(native, 'bin')),
    // The server says in its pid file that it takes connections; the same file that pg_ctl looks at.
    pid: async () => {
      const lines = (await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
      return lines[7]?.trim() === 'ready' ? Number(lines[0]) : undefined;
    },
  });
  const password = options.password;
  const host = '127.0.0.1';
  const secret = password === undefined ? '' : `:${encodeURIComponent(password)}`;
  return {
    ...server,
    ...{ host, port, user: 'postgres', database: 'postgres', password, socketFolder: folder, version, folder },
    url: `postgres://postgres${secret}@${host}:${port}/postgres`,
    psqlEnv: {
      ...{ PGHOST: host, PGPORT: String(port), PGUSER: 'postgres', PGDATABASE: 'postgres' },
      ...(password === undefined ? {} : { PGPASSWORD: password }),
    },
    log: () => readFile(join(folder, 'log'), 'utf8'),
  };
}

const supervision = (binaries: string): Supervision => ({
  make: `[ ! -f "$folder/data/PG_VERSION" ] || exit 0
  exec ${shellWord(join(binaries, 'initdb'))} --pgdata="$folder/data" --username=postgres --pwfile="$folder/password" \\
    --auth=trust --encoding=UTF8 --locale=C --no-sync`,
  serve: `settings="include '$folder/settings.conf'"
  grep -qxF "$settings" "$folder/data/postgresql.conf" || echo "$settings" >>"$folder/data/postgresql.conf"
  rm -f "$folder/password"
  exec ${shellWord(join(binaries, 'postgres'))} -D "$folder/data"`,
  stop: 'INT',
  force: 'QUIT',
});
