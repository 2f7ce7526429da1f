import { brotliDecompressSync, unzipSync } from 'node:zlib';

/** @throws Error where a page is not what it claims */
export type Unpack = (packed: Uint8Array, claimed: number) => Uint8Array;

/** Unpacks in no more memory than the page's header claims: some bytes can stand for gigabytes. */
const within =
  (unpack: (packed: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array): Unpack =>
  (packed, claimed) => {
    let unpacked: Uint8Array;
    try {
      unpacked = unpack(packed, { maxOutputLength: Math.max(1, claimed) });
    } catch (cause) {
      throw new Error(`a page does not unpack to the ${claimed} bytes that it claims`, { cause });
    }
    if (unpacked.length === claimed) return unpacked;
    throw new Error(`a page unpacks to ${unpacked.length} of the ${claimed} bytes that it claims`);
  };

export const unpackGzip = within(unzipSync);
export const unpackBrotli = within(brotliDecompressSync);
