import type * as z from 'zod';
import { mostParsedBytes } from '../core/read-limits.js';
import { tolerate } from './failure.js';
import type { FileSystem } from './file-system.js';

/**
 * A small JSON file that another process may have written, or somebody else; undefined where it is not there, not of the
 * schema, or larger than any of ours. Links are not followed, and what is no file is not opened: reading a pipe might never end.
 * @throws what the file system says where it cannot be read: it may hold anything then
 */
export function readForeignOrFail<T>(fs: FileSystem, path: string, schema: z.ZodType<T>): T | undefined {
  const text = tolerate(['ENOENT', 'ENOTDIR'], () => {
    const found = fs.lstatSync(path);
    return found.isFile() && found.size <= mostParsedBytes ? fs.readFileSync(path, 'utf8') : undefined;
  });
  return text === undefined ? undefined : parseForeign(text, schema);
}

/** The same; undefined also where it cannot be read. */
export function readForeign<T>(fs: FileSystem, path: string, schema: z.ZodType<T>): T | undefined {
  try {
    return readForeignOrFail(fs, path, schema);
  } catch {
    return undefined;
  }
}

/** Reads from a place in a file until `into` is full, or the file ends. A system may give only a part at a time. Gives how many bytes there were. */
export function readAll(fs: FileSystem, fd: number, into: Uint8Array, position: number): number {
  let filled = 0;
  while (filled < into.length) {
    const count = fs.readSync(fd, into, filled, into.length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

/** What a JSON text that anybody may have written says; undefined where it is not of the schema. */
export function parseForeign<T>(text: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
