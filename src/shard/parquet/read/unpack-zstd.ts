import { Decompress } from 'fzstd';

/**
 * Unpacks a page that Zstandard has packed, block by block (at most 128 KiB each), and stops where more comes than the page's
 * header claims: some bytes can stand for gigabytes.
 * @throws Error where the page is not what it claims
 */
export function unpackZstd(packed: Uint8Array, claimed: number): Uint8Array {
  const out = new Uint8Array(claimed);
  let size = 0;
  const stream = new Decompress((block) => {
    if (size + block.length > claimed)
      throw new Error(`a page unpacks to more than the ${claimed} bytes that it claims`);
    out.set(block, size);
    size += block.length;
  });
  stream.push(packed, true);
  if (size < claimed) throw new Error(`a page unpacks to ${size} of the ${claimed} bytes that it claims`);
  return out;
}
