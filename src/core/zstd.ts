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
