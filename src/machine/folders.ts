import { dirname, join, resolve } from 'node:path';
import { errno, succeeds, tolerate } from './failure.js';
import type { FileSystem } from './file-system.js';

/**
 * Makes a folder, and what its path lacks; gives the first one that was made, undefined where all were there. One by one:
 * Node's recursive mkdir never ends where a folder refuses a new one as if itself were not there, as `/proc` does.
 */
export function makeFolders(fs: FileSystem, path: string): string | undefined {
  const folder = resolve(path);
  const parent = dirname(folder);
  try {
    return makeFolder(fs, folder) ? folder : undefined;
  } catch (thrown) {
    if (errno(thrown) !== 'ENOENT' || parent === folder) throw thrown;
  }
  const first = makeFolders(fs, parent);
  return makeFolder(fs, folder) ? (first ?? folder) : first;
}

/** Whether it was made now; false: it was there. */
function makeFolder(fs: FileSystem, folder: string): boolean {
  try {
    fs.mkdirSync(folder);
    return true;
  } catch (thrown) {
    const there = tolerate(['ENOENT', 'ENOTDIR'], () => fs.statSync(folder));
    if (there?.isDirectory() === true) return false;
    if (there === undefined) throw thrown;
    throw Object.assign(new Error('not a folder', { cause: thrown }), { code: 'ENOTDIR' });
  }
}

/** Takes folders that `makeFolders` made away again, from `folder` up to `firstMade`, unless somebody else uses them now. */
export function removeMade(fs: FileSystem, folder: string, firstMade: string | undefined): void {
  if (firstMade === undefined) return;
  for (let path = resolve(folder); path.startsWith(firstMade); path = join(path, '..')) {
    if (!removeIfEmpty(fs, path)) return;
  }
}

/** Removes a folder unless somebody has put something into it. */
export function removeIfEmpty(fs: FileSystem, folder: string): boolean {
  const inUse = ['ENOENT', 'ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES', 'EBUSY', 'ENOTDIR', 'EROFS'];
  return succeeds(inUse, () => fs.rmdirSync(folder));
}

/** Lanes that still write into a folder can keep it from being removed for a moment. */
const whole = { recursive: true, force: true, maxRetries: 5, retryDelay: 20 } as const;

/** Removes a folder with all that is in it, before it returns. Does nothing where there is none. */
export function removeNow(fs: FileSystem, folder: string): void {
  fs.rmSync(folder, whole);
}

/** The same, giving others their turn meanwhile. */
export function remove(fs: FileSystem, folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.rm(folder, whole, (error) => (error ? reject(error) : resolve()));
  });
}
