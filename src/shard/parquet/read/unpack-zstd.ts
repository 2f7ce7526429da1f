import { loadUnzstd } from '../../../core/zstd.js';

/**
 * @returns unpacks a page that Zstandard has packed, in no more memory than the page's header claims: some bytes can stand for
 *   gigabytes; throws where the page is not what it claims. By the library of Zstandard itself: those in JavaScript read some damaged
 *   frames without end.
 */
export async function loadUnpackZstd(): Promise<(packed: Uint8Array, claimed: number) => Uint8Array> {
  const unzstd = await loadUnzstd();
  return (packed, claimed) => {
    const told = contentSize(packed) ?? claimed;
    if (told !== claimed) throw new Error(`a page unpacks to ${told} bytes, and claims ${claimed}`);
    let unpacked: Uint8Array;
    try {
      unpacked = unzstd(packed, claimed);
    } catch (cause) {
      throw new Error(`a page does not unpack to the ${claimed} bytes that it claims`, { cause });
    }
    if (unpacked.length === claimed) return unpacked;
    throw new Error(`a page unpacks to ${unpacked.length} of the ${claimed} bytes that it claims`);
  };
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
