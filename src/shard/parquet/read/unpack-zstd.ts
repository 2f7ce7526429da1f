import { Decompress, decompress } from 'fzstd';

/**
 * Unpacks a page that Zstandard has packed, in no more memory than the page's header claims: some bytes can stand for
 * gigabytes.
 * @throws Error where the page is not what it claims
 */
export function unpackZstd(packed: Uint8Array, claimed: number): Uint8Array {
  const told = contentSize(packed);
  if (told === undefined) return blockByBlock(packed, claimed);
  if (told !== claimed) throw new Error(`a page unpacks to ${told} bytes, and claims ${claimed}`);
  // It makes room for what the frame tells, and keeps no more. (Given room of ours, it takes five times as long.)
  return decompress(packed);
}

/** Slower: stops at the first block, of at most 128 KiB, that is too much. */
function blockByBlock(packed: Uint8Array, claimed: number): Uint8Array {
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

/**
 * The size that a frame tells of what is in it (RFC 8878, 3.1.1.1), where it tells one. Its header is: magic number (4),
 * descriptor (1), window (1, not where all is one segment), dictionary id (0, 1, 2 or 4), content size (0, 1, 2, 4 or 8).
 */
function contentSize(frame: Uint8Array): number | undefined {
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
