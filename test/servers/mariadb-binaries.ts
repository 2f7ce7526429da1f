import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installedMysql, lookAt, type MysqlBinaries } from '../../src/cli/demo/mysql-binaries.js';

export type Found = { readonly binaries: MysqlBinaries } | { readonly missing: string };

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
  const installed = installedMysql();
  if (installed?.brand === 'MariaDB') return { binaries: installed };
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

function unpackedServer(folder: string): MysqlBinaries | undefined {
  const triplet = arch() === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const libraries = [join(folder, 'usr/lib', triplet), join(folder, 'lib', triplet)].join(':');
  return lookAt(join(folder, 'usr/sbin/mariadbd'), [join(folder, 'usr')], libraries);
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
