import { dirname, resolve } from 'node:path';
import type { FreeSpace } from '../core/free-space.js';
import { errno } from './failure.js';
import type { FileSystem } from './file-system.js';

/** What this user may still write at a path, which need not be there yet. Undefined: the file system does not tell. */
export function freeSpaceAt(fs: FileSystem, path: string): FreeSpace | undefined {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    try {
      const { bavail, blocks, bsize } = fs.statfsSync(folder);
      // Such as /proc, and what some network file systems say.
      if (blocks === 0) return undefined;
      return { place: path, bytes: bavail * bsize, disk: `device ${fs.statSync(folder).dev}` };
    } catch (thrown) {
      if (errno(thrown) === undefined) throw thrown;
      const isMissing = ['ENOENT', 'ENOTDIR'].includes(errno(thrown)!);
      // Whoever writes there finds out what is wrong, and says it better.
      if (!isMissing || folder === dirname(folder)) return undefined;
    }
  }
}
