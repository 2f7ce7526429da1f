import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Unpacks packages of Debian's into a folder, of which nothing is installed.
 * @param names the first one must be there; the others are libraries that it needs and small systems lack, by the names of
 *   Debian's releases
 * @throws where they cannot be fetched
 */
export async function unpackDebian(target: string, names: readonly string[]): Promise<void> {
  mkdirSync(dirname(target), { recursive: true });
  const folder = mkdtempSync(`${target}-`);
  try {
    const download = (some: readonly string[]): Promise<unknown> =>
      run('apt-get', ['download', ...some], { cwd: folder, timeout: 120_000 });
    // The lists of packages may be empty; only root can fetch them.
    await download(names.slice(0, 1)).catch(async () => {
      await run('apt-get', ['update'], { timeout: 120_000 });
      await download(names.slice(0, 1));
    });
    for (const name of names.slice(1)) await download([name]).catch(() => undefined);
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
      execFileSync('dpkg', ['-x', join(folder, file), folder]);
      rmSync(join(folder, file));
    }
    if (!existsSync(target)) renameSync(folder, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where the libraries of unpacked packages lie, for `LD_LIBRARY_PATH`. */
export function unpackedLibraries(folder: string): string {
  const triplet = arch() === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  return [join(folder, 'usr/lib', triplet), join(folder, 'lib', triplet)].join(':');
}
