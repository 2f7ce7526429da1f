import { tolerate } from './failure.js';
import type { FileSystem } from './file-system.js';

/** Systems that cannot open or sync a folder (Windows, some network mounts) say one of these. */
const foldersCannotSync = ['EPERM', 'EISDIR', 'EINVAL', 'EACCES', 'ENOTSUP', 'ENOSYS'];

/** Makes the names in a folder last through a power cut, where the system can do that. */
export function syncFolder(fs: FileSystem, path: string): void {
  tolerate(foldersCannotSync, () => {
    const fd = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  });
}

/** Writes all bytes at the descriptor's position. A system may take only a part at a time. */
export function writeAll(fs: FileSystem, fd: number, bytes: Uint8Array, onWritten?: (count: number) => void): void {
  let offset = 0;
  while (offset < bytes.length) {
    const count = fs.writeSync(fd, bytes, offset, bytes.length - offset);
    if (count === 0) throw Object.assign(new Error('the system wrote none of the bytes given'), { code: 'EIO' });
    offset += count;
    onWritten?.(count);
  }
}

/** Writes a file whole, and returns when it is on the disk. Its mode follows the umask. */
export function writeDurably(fs: FileSystem, path: string, bytes: Uint8Array): void {
  const fd = fs.openSync(path, 'w');
  try {
    writeAll(fs, fd, bytes);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Resolves when what was written is on the disk. */
export function synced(fs: FileSystem, fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fsync(fd, (error) => (error ? reject(error) : resolve()));
  });
}
