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

/** What a frame's header says (RFC 8878, 3.1.1.1). */
export interface FrameHeader {
  /** Bytes of the header, with the magic number. */
  readonly length: number;
  /** Bytes of the checksum behind the frame's last block. */
  readonly checksum: 0 | 4;
  /** What the frame unpacks to, in bytes; undefined where it does not tell, or where not all of the header is there. */
  readonly contentSize: number | undefined;
}

/**
 * A header is: magic number (4), descriptor (1), window (1, not where all is one segment), dictionary id (0, 1, 2 or 4), content size
 * (0, 1, 2, 4 or 8).
 * @param frame its first five bytes at least
 */
export function frameHeader(frame: Uint8Array): FrameHeader {
  const descriptor = frame[4] ?? 0;
  const isOneSegment = ((descriptor >> 5) & 1) === 1;
  const sizeFlag = descriptor >> 6;
  const width = sizeFlag === 0 ? Number(isOneSegment) : 1 << sizeFlag;
  const at = 5 + Number(!isOneSegment) + [0, 1, 2, 4][descriptor & 3]!;
  return {
    length: at + width,
    checksum: ((descriptor >> 2) & 1) === 1 ? 4 : 0,
    contentSize:
      at + width > frame.length ? undefined : sizeAt(new DataView(frame.buffer, frame.byteOffset + at, width)),
  };
}

function sizeAt(view: DataView): number | undefined {
  switch (view.byteLength) {
    case 0:
      return undefined;
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
