import { Readable } from 'node:stream';
import type { ReadableFile } from '../../../core/format.js';
import { assertRoom, type LongestRow } from '../../../core/longest-row.js';
import type { Codec } from '../../../core/shard.js';
import { frameHeader, loadUnzstd } from '../../../core/zstd.js';
import { ZstdFrames } from './zstd-frames.js';

const readSize = 1 << 20;
/** Bytes: a row has at most half of it in a database that we read, and a frame holds one such row. */
const mostContent = 2 ** 31 - 1;

/** A file's bytes in their order, as they were before they were compressed; each piece is its own. */
export function plainBytes(
  file: ReadableFile,
  {
    size,
    codec,
    longestRow,
  }: { readonly size: number; readonly codec: Codec; readonly longestRow?: LongestRow | undefined },
): AsyncIterable<Uint8Array> {
  const stored = storedBytes(file, size);
  if (codec === 'gzip') return gunzipped(stored);
  return codec === 'zstd' ? unzstd(stored, longestRow) : stored;
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

/**
 * Frame by frame, each by the library of Zstandard itself, and only where it tells its size, as ours do: those in JavaScript, which take bytes as they
 * come, read some damaged frames without end.
 */
async function* unzstd(
  stored: AsyncIterable<Uint8Array>,
  longestRow: LongestRow | undefined,
): AsyncGenerator<Uint8Array> {
  const unpack = await loadUnzstd();
  const frames = new ZstdFrames();
  for await (const piece of stored) {
    for (const frame of frames.push(piece)) {
      const { contentSize: size } = frameHeader(frame);
      if (size === undefined) throw new Error('a frame of Zstandard does not tell what it unpacks to');
      if (size > mostContent)
        throw new Error(`a frame of Zstandard unpacks to ${size} bytes, and no row group has so many`);
      assertRoom('a frame of Zstandard', size, longestRow);
      if (size > 0) yield unpack(frame, size);
    }
  }
  frames.end();
}
