import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TidemarkError } from '../../core/errors.js';

/** Where a server of MariaDB or MySQL and its files are. */
export interface MysqlBinaries {
  readonly brand: 'MariaDB' | 'MySQL';
  /** As the server writes it: 10.11.19. */
  readonly version: string;
  readonly server: string;
  /** MariaDB's messages, character sets and the SQL that makes a new data folder. MySQL finds its own. */
  readonly share: string | undefined;
  /** Folders of libraries that the system may not have. */
  readonly libraries: string | undefined;
}

const usualFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec', '/opt/homebrew/bin'];

/**
 * @param usual where to look beside PATH
 * @throws request.invalid when no server is installed
 */
export function mysqlBinaries(usual: readonly string[] = usualFolders): MysqlBinaries {
  const installed = installedMysql(usual);
  if (installed) return installed;
  throw new TidemarkError('request.invalid', 'no server of MariaDB or MySQL is installed here (mariadbd or mysqld)', {
    hint:
      'Install one and try again: `apt-get install mariadb-server`, or `brew install mariadb`. ' +
      '`tidemark demo` without --mysql tells the same story on PostgreSQL, and needs neither.',
  });
}

/** The first server that is installed on this machine, and runs. */
export function installedMysql(usual: readonly string[] = usualFolders): MysqlBinaries | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':').filter((folder) => folder !== ''), ...usual];
  for (const name of ['mariadbd', 'mysqld']) {
    for (const server of folders.map((folder) => join(folder, name)).filter((file) => existsSync(file))) {
      const binaries = lookAt(server, [dirname(dirname(server)), dirname(dirname(realpathSync(server)))]);
      if (binaries) return binaries;
    }
  }
  return undefined;
}

/**
 * What a server's program is.
 * @param prefixes folders that may hold the server's `share/mysql`
 */
export function lookAt(server: string, prefixes: readonly string[], libraries?: string): MysqlBinaries | undefined {
  const env = { ...process.env, ...(libraries !== undefined && { LD_LIBRARY_PATH: libraries }) };
  const asked = spawnSync(server, ['--no-defaults', '--version'], { encoding: 'utf8', env, timeout: 10_000 });
  const [, version] = /Ver (\d+\.\d+\.\d+)/.exec(asked.stdout ?? '') ?? [];
  if (version === undefined) return undefined;
  if (!asked.stdout.includes('MariaDB')) return { brand: 'MySQL', version, server, share: undefined, libraries };
  const shares = prefixes.flatMap((prefix) => ['mysql', 'mariadb'].map((name) => join(prefix, 'share', name)));
  const share = shares.find((folder) => sqlFile(folder, 'system_tables') !== undefined);
  return share === undefined ? undefined : { brand: 'MariaDB', version, server, share, libraries };
}

/** One of the files that make MariaDB's own tables; newer versions have given them new names. */
export function sqlFile(share: string, name: string): string | undefined {
  return ['mysql', 'mariadb'].map((prefix) => join(share, `${prefix}_${name}.sql`)).find((file) => existsSync(file));
}
