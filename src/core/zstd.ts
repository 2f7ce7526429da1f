import zlib from 'node:zlib';
import type * as library from '@bokuweb/zstd-wasm';

type Library = typeof library;

/** Zstandard (RFC 8878), as this thread has it. */
export interface Zstd {
  /** A frame of bytes. */
  compress(bytes: Uint8Array, level: number): Uint8Array;
  /** @param length of the content, for frames that do not tell it @throws Error where the frame is none */
  decompress(frame: Uint8Array, length: number): Uint8Array;
}

/** Node's own, which it has from 22.15 on. */
const { zstdDecompressSync: ofNode } = zlib as {
  readonly zstdDecompressSync?: (frame: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;
};

let loading: Promise<Library> | undefined;

/** The library begins anew whenever it is initialised, also for those who are at work with it: that is done once in a thread. */
export async function loadZstd(): Promise<Zstd> {
  loading ??= initialised();
  const wasm = await loading;
  return {
    compress: (bytes, level) => wasm.compress(bytes, level),
    decompress: (frame, length) =>
      ofNode === undefined
        ? wasm.decompress(frame, { defaultHeapSize: length })
        : ofNode(frame, { maxOutputLength: Math.max(1, length) }),
  };
}

async function initialised(): Promise<Library> {
  const wasm = await import('@bokuweb/zstd-wasm');
  await wasm.init();
  return wasm;
}
