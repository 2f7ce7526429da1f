import zlib from 'node:zlib';
import type * as library from '@bokuweb/zstd-wasm';

/* Zstandard (RFC 8878). */

/** Node's own, which it has from 22.15 on. */
const { zstdDecompressSync: ofNode } = zlib as {
  readonly zstdDecompressSync?: (frame: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;
};

let loading: Promise<typeof library> | undefined;

/** The library begins anew whenever it is initialised, also for those who are at work with it: that is done once in a thread. */
function loaded(): Promise<typeof library> {
  loading ??= import('@bokuweb/zstd-wasm').then(async (wasm) => {
    await wasm.init();
    return wasm;
  });
  return loading;
}

/** @returns makes a frame of bytes */
export async function loadZstd(): Promise<(bytes: Uint8Array, level: number) => Uint8Array> {
  const { compress } = await loaded();
  return compress;
}

/** @returns gives the content of a frame, by its length where the frame does not tell that; throws where the frame is none */
export async function loadUnzstd(): Promise<(frame: Uint8Array, length: number) => Uint8Array> {
  if (ofNode !== undefined) return (frame, length) => ofNode(frame, { maxOutputLength: Math.max(1, length) });
  const { decompress } = await loaded();
  return (frame, length) => decompress(frame, { defaultHeapSize: length });
}

/**
 * The size that a frame tells of what is in it (RFC 8878, 3.1.1.1), where it tells one. Its header is: magic number (4),
 * descriptor (1), window (1, not where all is one segment), dictionary id (0, 1, 2 or 4), content size (0, 1, 2, 4 or 8).
 */
export function contentSize(frame: Uint8Array): number | undefined {
  const descriptor = frame[4] ?? 0;
  const isOneSegment = ((descriptor >> 5) & 1) === 1;
  const sizeFlag = descriptor >> 6;
  if (sizeFlag === 0 && !isOneSegment) return undefined;
  const at = 5 + (isOneSegment ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!;
  const width = 1 << sizeFlag;
  if (at + width > frame.length) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset + at, width);
  switch (width) {
    case 1:
      return view.getUint8(0);
    case 2:
      return view.getUint16(0, true) + 256;
    case 4:
      return view.getUint32(0, true);
    default:
      return Number(view.getBigUint64(0, true));
  }
}
