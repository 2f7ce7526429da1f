import type { z } from 'zod';
import type { FileSystem } from './file-system.js';

/**
 * A small JSON file that another process may have written, or somebody else; undefined where it cannot be read, or is not of
 * the schema. Links are not followed, and what is no file is not opened: reading a pipe might never end.
 */
export function readForeign<T>(fs: FileSystem, path: string, schema: z.ZodType<T>): T | undefined {
  try {
    return fs.lstatSync(path).isFile() ? schema.parse(JSON.parse(fs.readFileSync(path, 'utf8'))) : undefined;
  } catch {
    return undefined;
  }
}
