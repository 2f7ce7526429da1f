import { spawnSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { serverAccount } from '../../src/cli/demo/account.js';
import { onFreePort, serverFolder } from '../../src/cli/demo/place.js';
import { supervise } from '../../src/cli/demo/supervised.js';
import { unpackDebian, unpackedLibraries } from './debian-packages.js';
import type { SharedServer } from './postgres.js';

/** Debian's PostgreSQL, since the servers of the other tests are other builds, which cannot load its extensions. */
interface Installation {
  /** Holds `bin`; the server finds its extensions from there. */
  readonly home: string;
  /** `LD_LIBRARY_PATH`; empty for one that is installed. */
  readonly libraries: string;
}

interface ExtensionServer {
  readonly shared: SharedServer;
  stop(): Promise<void>;
}

const release = 15;
const path = `usr/lib/postgresql/${release}`;
const cache = fileURLToPath(new URL('../../.cache/postgis', import.meta.url));
/** PostGIS, the server itself, and the libraries that the two need and small systems lack. */
const packages = [
  `postgresql-${release}-postgis-3`,
  ...[`postgresql-${release}-postgis-3-scripts`, `postgresql-${release}`, 'libpq5', 'libxml2', 'libjson-c5'],
  ...['libgeos-c1v5', 'libgeos3.11.1', 'libproj25', 'libprotobuf-c1', 'libsqlite3-0', 'libcurl3-gnutls', 'libtiff6'],
  ...['libdeflate0', 'libjbig0', 'libjpeg62-turbo', 'liblerc4', 'libwebp7'],
];
/** Its compiler of queries needs a library of 100 MB. */
const settings = ['fsync=off', 'jit=off', 'listen_addresses=127.0.0.1'];

/** It does not run as root, so root borrows an account, as for other servers. */
const account = await serverAccount('PostgreSQL', ['postgres', 'nobody']);
const found = await findPostgis();

/** Tests that need PostGIS; where there is none they are skipped, and say why. */
export function withPostgis(name: string, tests: (start: () => Promise<ExtensionServer>) => void): void {
  if ('missing' in found) {
    console.error(`tests of PostGIS are skipped: ${found.missing}`);
    const never = (): Promise<ExtensionServer> => Promise.reject(new Error(found.missing));
    describe.skip(`${name} (skipped: ${found.missing})`, () => tests(never));
  } else {
    describe(name, () => tests(() => startServer(found)));
  }
}

/** One that is installed, or unpacked from Debian's packages into a folder of this clone. */
async function findPostgis(): Promise<Installation | { readonly missing: string }> {
  const installed = { home: `/${path}`, libraries: '' };
  const unpacked = { home: join(cache, path), libraries: unpackedLibraries(cache) };
  const there = [installed, unpacked].find(runs);
  if (there) return there;
  try {
    await unpackDebian(cache, packages);
    nameExtension();
  } catch (error) {
    return { missing: `PostGIS is not installed, and cannot be fetched: ${(error as Error).message.split('\n')[0]}` };
  }
  return runs(unpacked) ? unpacked : { missing: 'PostGIS is not installed, and what Debian has does not run here' };
}

/** What the package does when it is installed: the file that is looked for is one of another name. */
function nameExtension(): void {
  const named = join(cache, `usr/share/postgresql/${release}/extension/postgis.control`);
  if (!existsSync(named)) symlinkSync('postgis-3.control', named);
}

function runs({ home, libraries }: Installation): boolean {
  if (!existsSync(join(home, 'lib/postgis-3.so'))) return false;
  const options = { stdio: 'ignore', cwd: '/', env: { LD_LIBRARY_PATH: libraries }, ...account } as const;
  return spawnSync(join(home, 'bin/postgres'), ['--version'], options).status === 0;
}

function startServer({ home, libraries }: Installation): Promise<ExtensionServer> {
  return onFreePort(undefined, async (port) => {
    const folder = await serverFolder('tidemark-postgis-', undefined, account);
    const { stop } = await supervise({
      ...{ name: 'PostgreSQL', folder, temporary: true, account },
      env: { LD_LIBRARY_PATH: libraries },
      supervision: {
        make: `exec '${home}/bin/initdb' --pgdata="$folder/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync`,
        serve: `exec '${home}/bin/postgres' -D "$folder/data" -p ${port} -k "$folder" ${settings.map((line) => `-c ${line}`).join(' ')}`,
        ...{ stop: 'INT', force: 'QUIT' },
      },
      pid: async () => {
        const pidFile = await readFile(join(folder, 'data/postmaster.pid'), 'utf8').catch(() => '');
        const written = pidFile.split('\n');
        return written[7]?.trim() === 'ready' ? Number(written[0]) : undefined;
      },
    });
    const place = { host: '127.0.0.1', port, user: 'postgres', socketFolder: folder, version: release };
    return { shared: { ...place, url: `postgres://postgres@127.0.0.1:${port}/postgres` }, stop };
  });
}
