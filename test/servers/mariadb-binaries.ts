import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installedMysql, lookAt, type MysqlBinaries } from '../../src/cli/demo/mysql-binaries.js';
import { unpackDebian, unpackedLibraries } from './debian-packages.js';

export type Found = { readonly binaries: MysqlBinaries } | { readonly missing: string };

const cache = fileURLToPath(new URL('../../.cache/mariadb', import.meta.url));
/** Debian's package of the server, and its libraries. */
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
    await unpackDebian(cache, packages);
  } catch (error) {
    return { missing: `MariaDB is not installed, and cannot be fetched: ${(error as Error).message.split('\n')[0]}` };
  }
  const binaries = unpackedServer(cache);
  return binaries ? { binaries } : { missing: 'MariaDB is not installed, and its package holds no server' };
}

function unpackedServer(folder: string): MysqlBinaries | undefined {
  return lookAt(join(folder, 'usr/sbin/mariadbd'), [join(folder, 'usr')], unpackedLibraries(folder));
}
