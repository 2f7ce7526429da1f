import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import type { MariadbBinaries } from './mariadb-binaries.js';

/** A running server, as plain data: it crosses from the global set-up to the test files. */
export interface SharedMariadb {
  readonly host: string;
  readonly port: number;
  readonly socket: string;
  /** May do everything, and has no password. */
  readonly user: string;
}

/** A server or why there is none. */
export type MaybeMariadb = { readonly server: SharedMariadb } | { readonly missing: string };

export interface MariadbServer extends SharedMariadb {
  readonly pid: number;
  stop(): Promise<void>;
  /** Ends the server at once, as a crash would. */
  kill(): Promise<void>;
}

/** Its own settings trade durability for speed. */
const settings = [
  ...['--bind-address=127.0.0.1', '--log-bin=binlog', '--server-id=1', '--binlog-format=ROW'],
  ...['--innodb-flush-log-at-trx-commit=0', '--innodb-log-file-size=64M', '--skip-name-resolve'],
  // What is found where nobody has said otherwise: nothing may depend on it.
  ...['--character-set-server=latin1', '--collation-server=latin1_swedish_ci'],
];

/** @param extra settings, as on the server's command line */
export async function startMariadb(binaries: MariadbBinaries, extra: readonly string[] = []): Promise<MariadbServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-mariadb-'));
  const own = [
    '--no-defaults',
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
    `--datadir=${join(folder, 'data')}`,
    `--lc-messages-dir=${binaries.share}`,
    `--character-sets-dir=${join(binaries.share, 'charsets')}`,
  ];
  const env = { ...process.env, ...(binaries.libraries !== undefined && { LD_LIBRARY_PATH: binaries.libraries }) };
  await makeData(binaries, { folder, own, env });
  const port = await freePort();
  const socket = join(folder, 's');
  const log = join(folder, 'log');
  const child = spawn(
    binaries.server,
    [...own, ...settings, ...extra, `--port=${port}`, `--socket=${socket}`, `--log-error=${log}`],
    {
      env,
      stdio: 'ignore',
    },
  );
  const server = { host: '127.0.0.1', port, socket, user: 'root' };
  try {
    await untilReady(server, child);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`MariaDB does not start: ${readFileSync(log, 'utf8').slice(-2000)}`, { cause: error });
  }
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...server, pid: child.pid!, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

async function makeData(
  { server, share }: MariadbBinaries,
  { folder, own, env }: { readonly folder: string; readonly own: readonly string[]; readonly env: NodeJS.ProcessEnv },
): Promise<void> {
  mkdirSync(join(folder, 'data'));
  const named = (name: string): string => {
    const file = ['mysql', 'mariadb'].map((prefix) => join(share, `${prefix}_${name}.sql`)).find(existsSync)!;
    return readFileSync(file, 'utf8');
  };
  const sql = [
    'CREATE DATABASE mysql;',
    'USE mysql;',
    'SET @auth_root_socket=NULL;',
    named('system_tables'),
    named('performance_tables'),
    named('system_tables_data'),
  ].join('\n');
  const bootstrap = spawn(server, [...own, '--bootstrap', '--innodb-log-file-size=8M'], {
    env,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let said = '';
  bootstrap.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  bootstrap.stdin.end(sql);
  const [code] = (await once(bootstrap, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`MariaDB cannot make its data: ${said.slice(-2000)}`);
}

async function untilReady(server: SharedMariadb, child: ChildProcess): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      const connection = await createConnection({ host: server.host, port: server.port, user: server.user });
      await connection.end();
      return;
    } catch (error) {
      if (attempt > 150 || child.exitCode !== null) throw error;
      await sleep(100);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** A database of a test file's own on a shared server. */
export interface MariadbDatabase {
  readonly url: string;
  readonly name: string;
  /** Runs statements, separated by `;` at ends of lines, and gives the rows of the last one, all values as the server's text. */
  query(sql: string, values?: readonly unknown[]): Promise<Record<string, string | null>[]>;
  /** A connection of its own, for sessions and transactions; the caller ends it. */
  connect(): Promise<Connection>;
  drop(): Promise<void>;
}

/** Makes an empty database, in utf8mb4. */
export async function freshMariadb({ host, port, user }: SharedMariadb): Promise<MariadbDatabase> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  const connect = (database?: string): Promise<Connection> =>
    createConnection({
      ...{ host, port, user, multipleStatements: true, charset: 'utf8mb4', rowsAsArray: false },
      ...(database !== undefined && { database }),
      // The text that the server sends, whatever the type.
      typeCast: (field) => field.string('utf8'),
    });
  const inSession = async <T>(use: (connection: Connection) => Promise<T>, database?: string): Promise<T> => {
    const connection = await connect(database);
    try {
      return await use(connection);
    } finally {
      await connection.end();
    }
  };
  await inSession((connection) => connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`));
  return {
    url: `mysql://${user}@${host}:${port}/${name}`,
    name,
    query: (sql, values = []) =>
      inSession(async (connection) => {
        await connection.query(`SET time_zone = '+00:00', sql_mode = ''`);
        const [rows] = await connection.query<RowDataPacket[] | RowDataPacket[][]>(sql, [...values]);
        const last: unknown = Array.isArray(rows) && rows.some(Array.isArray) ? rows.at(-1) : rows;
        return (Array.isArray(last) ? last : []) as Record<string, string | null>[];
      }, name),
    connect: () => connect(name),
    drop: () => inSession(async (connection) => void (await connection.query(`DROP DATABASE ${name}`))),
  };
}
