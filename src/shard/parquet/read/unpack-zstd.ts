import { frameHeader, loadUnzstd } from '../../../core/zstd.js';

/**
 * @returns unpacks a page that Zstandard has packed, in no more memory than the page's header claims: some bytes can stand for
 *   gigabytes; throws where the page is not what it claims. By the library of Zstandard itself: those in JavaScript read some damaged
 *   frames without end.
 */
export async function loadUnpackZstd(): Promise<(packed: Uint8Array, claimed: number) => Uint8Array> {
  const unzstd = await loadUnzstd();
  return (packed, claimed) => {
    const { contentSize: told = claimed } = frameHeader(packed);
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
