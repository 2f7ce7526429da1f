import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Where a MariaDB server and its files are. */
export interface MariadbBinaries {
  readonly server: string;
  /** Messages, character sets and the SQL that makes a new data folder. */
  readonly share: string;
  /** Folder of libraries that the system may not have. */
  readonly libraries: string | undefined;
}

export type Found = { readonly binaries: MariadbBinaries } | { readonly missing: string };

const run = promisify(execFile);
const cache = fileURLToPath(new URL('../../.cache/mariadb', import.meta.url));
/** Debian's package of the server, and libraries that it needs and small systems lack, by the names of its releases. */
const packages = [
  'mariadb-server-core',
  'liburing2',
  'libaio1',
  'libaio1t64',
  'libnuma1',
  'libpcre2-8-0',
  'libsystemd0',
];

/** An installed server, or one that is unpacked from Debian's packages, into a folder of this clone: nothing is installed. */
export async function findMariadb(): Promise<Found> {
  const installed = installedServer();
  if (installed) return { binaries: installed };
  const unpacked = unpackedServer(cache);
  if (unpacked) return { binaries: unpacked };
  try {
    await unpack();
  } catch (error) {
    return { missing: `MariaDB is not installed, and cannot be fetched: ${(error as Error).message.split('\n')[0]}` };
  }
  const binaries = unpackedServer(cache);
  return binaries ? { binaries } : { missing: 'MariaDB is not installed, and its package holds no server' };
}

function installedServer(): MariadbBinaries | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin'];
  const server = folders.map((folder) => join(folder, 'mariadbd')).find(existsSync);
  if (server === undefined) return undefined;
  const prefix = dirname(dirname(server));
  const share = ['mysql', 'mariadb'].map((name) => join(prefix, 'share', name)).find(hasSystemTables);
  return share === undefined ? undefined : { server, share, libraries: undefined };
}

const hasSystemTables = (share: string): boolean =>
  ['mysql_system_tables.sql', 'mariadb_system_tables.sql'].some((name) => existsSync(join(share, name)));

function unpackedServer(folder: string): MariadbBinaries | undefined {
  const server = join(folder, 'usr/sbin/mariadbd');
  const share = ['usr/share/mysql', 'usr/share/mariadb'].map((name) => join(folder, name)).find(hasSystemTables);
  if (!existsSync(server) || share === undefined) return undefined;
  const triplet = arch() === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  return { server, share, libraries: [join(folder, 'usr/lib', triplet), join(folder, 'lib', triplet)].join(':') };
}

async function unpack(): Promise<void> {
  mkdirSync(dirname(cache), { recursive: true });
  const folder = mkdtempSync(`${cache}-`);
  try {
    const download = (names: readonly string[]): Promise<unknown> =>
      run('apt-get', ['download', ...names], { cwd: folder, timeout: 120_000 });
    // The lists of packages may be empty; only root can fetch them.
    await download(packages.slice(0, 1)).catch(async () => {
      await run('apt-get', ['update'], { timeout: 120_000 });
      await download(packages.slice(0, 1));
    });
    for (const name of packages.slice(1)) await download([name]).catch(() => undefined);
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
      execFileSync('dpkg', ['-x', join(folder, file), folder]);
      rmSync(join(folder, file));
    }
    if (!existsSync(cache)) renameSync(folder, cache);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
