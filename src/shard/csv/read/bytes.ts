import { Readable } from 'node:stream';
import type { ReadableFile } from '../../../core/format.js';
import type { Codec } from '../../../core/shard.js';

const readSize = 1 << 20;

/** A file's bytes in their order, as they were before they were compressed; each piece is its own. */
export function plainBytes(file: ReadableFile, size: number, codec: Codec): AsyncIterable<Uint8Array> {
  const stored = storedBytes(file, size);
  if (codec === 'gzip') return gunzipped(stored);
  return codec === 'zstd' ? unzstd(stored) : stored;
}

async function* storedBytes(file: ReadableFile, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size;) {
    const piece = new Uint8Array(Math.min(readSize, size - at));
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead === 0) throw new Error(`the file ends after byte ${at}`);
    at += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}

async function* gunzipped(stored: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { createGunzip } = await import('node:zlib');
  const source = Readable.from(stored);
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  yield* source.pipe(gunzip) as AsyncIterable<Uint8Array>;
}

async function* unzstd(stored: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import('fzstd');
  const ready: Uint8Array[] = [];
  const decompress = new Decompress((piece) => ready.push(piece));
  for await (const piece of stored) {
    decompress.push(piece);
    yield* ready.splice(0);
  }
  decompress.push(new Uint8Array(0), true);
  yield* ready.splice(0);
}
