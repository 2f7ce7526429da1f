import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TidemarkError } from '../../core/errors.js';
import { shellWord } from '../../core/shell-word.js';
import type { Account } from './account.js';
import { type MysqlBinaries, sqlFile } from './mysql-binaries.js';
import { onFreePort, own, serverFolder } from './place.js';
import { supervise, type Supervised } from './supervised.js';
import type { Supervision } from './supervisor.js';

export interface MysqlOptions {
  readonly binaries: MysqlBinaries;
  /** Whom root's server runs as; without one it runs as root. */
  readonly account: Account | undefined;
  /** As on the server's command line; they win over our own, which trade durability for speed. */
  readonly settings?: readonly string[];
}

export interface MysqlServer extends Supervised {
  readonly host: string;
  readonly port: number;
  readonly socket: string;
  /** May do everything, and has no password. */
  readonly user: string;
}

/**
 * Starts a server of MariaDB or MySQL on the loopback interface, with data of its own in a temporary folder: no other server, its
 * settings or its data are looked at. It ends with `stop()`, and no later than this process ends, however that happens.
 * @throws source.unreachable when the server does not start
 */
export async function startMysql(options: MysqlOptions): Promise<MysqlServer> {
  const { binaries, account } = options;
  return onFreePort(undefined, async (port) => {
    const folder = await serverFolder('tidemark-mysql-', undefined, account);
    const script = join(folder, 'make.sql');
    await writeFile(script, await ownTables(binaries));
    await own(script, 0o600, account);
    const server = await supervise({
      name: binaries.brand,
      ...{ folder, temporary: true, account },
      supervision: supervision(options, folder, port),
      ...(binaries.libraries !== undefined && { env: { LD_LIBRARY_PATH: binaries.libraries } }),
      pid: () => pidWhenReady(folder, port),
    });
    return { ...server, host: '127.0.0.1', port, socket: join(folder, 's'), user: 'root' };
  });
}

/** What makes MariaDB's own tables; MySQL knows by itself. A statement ends with its line. */
async function ownTables({ share }: MysqlBinaries): Promise<string> {
  if (share === undefined) return '';
  const parts = ['CREATE DATABASE mysql;', 'USE mysql;', 'SET @auth_root_socket=NULL;'];
  for (const name of ['system_tables', 'performance_tables', 'system_tables_data']) {
    const file = sqlFile(share, name);
    if (file === undefined) {
      throw new TidemarkError('source.unreachable', `MariaDB did not start: ${share} holds no ${name}.sql`, {
        hint: 'Install the server again.',
      });
    }
    parts.push(await readFile(file, 'utf8'));
  }
  return parts.join('\n');
}

function supervision({ binaries, account, settings = [] }: MysqlOptions, folder: string, port: number): Supervision {
  const { server, share } = binaries;
  const always = [
    ...[server, '--no-defaults', `--datadir=${join(folder, 'data')}`, `--tmpdir=${folder}`],
    ...(process.getuid?.() === 0 && account === undefined ? ['--user=root'] : []),
    ...(share === undefined ? [] : [`--lc-messages-dir=${share}`, `--character-sets-dir=${join(share, 'charsets')}`]),
  ];
  const make = share === undefined ? ['--initialize-insecure'] : ['--bootstrap', '--innodb-log-file-size=8M'];
  const serve = [
    ...['--bind-address=127.0.0.1', `--port=${port}`, `--socket=${join(folder, 's')}`],
    ...[`--pid-file=${join(folder, 'pid')}`, '--skip-name-resolve', '--skip-log-bin'],
    // Its user needs no password, so whoever is on this machine may log in, and should not get at other files by it.
    ...[`--secure-file-priv=${folder}`, '--innodb-flush-log-at-trx-commit=0'],
    // MySQL's second protocol would take a port that may belong to another server.
    ...(share === undefined ? ['--mysqlx=OFF'] : []),
    ...settings,
  ];
  const command = (words: readonly string[]): string => [...always, ...words].map(shellWord).join(' ');
  return {
    make: `mkdir "$folder/data" && exec ${command(make)} <"$folder/make.sql"`,
    serve: `exec ${command(serve)}`,
    stop: 'TERM',
    force: 'KILL',
  };
}

/** The server says in its log that it takes connections. */
async function pidWhenReady(folder: string, port: number): Promise<number | undefined> {
  const log = await readFile(join(folder, 'log'), 'utf8').catch(() => '');
  if (!new RegExp(`: ready for connections\\.[^]*port: ${port}\\b`).test(log)) return undefined;
  return Number(await readFile(join(folder, 'pid'), 'utf8'));
}
