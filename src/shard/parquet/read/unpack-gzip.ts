import { unzipSync } from 'node:zlib';

/**
 * Unpacks a page that gzip has packed, in no more memory than the page's header claims: some bytes can stand for gigabytes.
 * @throws Error where the page is not what it claims
 */
export function unpackGzip(packed: Uint8Array, claimed: number): Uint8Array {
  const unpacked = unzipSync(packed, { maxOutputLength: Math.max(1, claimed) });
  if (unpacked.length === claimed) return unpacked;
  throw new Error(`a page unpacks to ${unpacked.length} of the ${claimed} bytes that it claims`);
}
