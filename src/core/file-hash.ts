import { createHash } from 'node:crypto';
import { chunksOf } from './file-chunks.js';
import type { ReadableFile } from './format.js';

/** The sha-256 of a file, in lower-case hex, and how many bytes were read for it. @throws the signal's reason */
export async function hashFile(
  file: ReadableFile,
  { signal, onBytes }: { readonly signal?: AbortSignal | undefined; readonly onBytes?: (count: number) => void } = {},
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunksOf(file, signal)) {
    hash.update(chunk);
    bytes += chunk.length;
    onBytes?.(chunk.length);
  }
  return { sha256: hash.digest('hex'), bytes };
}
