import type { FileSystem } from './file-system.js';

/**
 * A small text that another process may have written, or somebody else; undefined where it cannot be read. Links are not
 * followed, and what is no file is not opened: reading a pipe might never end.
 */
export function readForeignText(fs: FileSystem, path: string): string | undefined {
  try {
    return fs.lstatSync(path).isFile() ? fs.readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
