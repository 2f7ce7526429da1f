import type { ReadableFile } from './format.js';

const chunkBytes = 1 << 20;

/** A file from its beginning to its end, in chunks of 1 MiB, of which the last may be shorter; each is valid until the next. @throws the signal's reason */
export async function* chunksOf(file: ReadableFile, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(chunkBytes);
  for (let position = 0; ;) {
    let filled = 0;
    while (filled < chunkBytes) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, filled, chunkBytes - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    if (filled > 0) yield buffer.subarray(0, filled);
    if (filled < chunkBytes) return;
    position += filled;
  }
}
