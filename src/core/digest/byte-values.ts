import type { Data } from 'apache-arrow';
import { bytesOf } from '../arrow/words.js';
import { type Address, bytesOfHash, type DigestKernel } from './kernel.js';

/** Values of a column, from a position. */
interface Values {
  readonly data: Data;
  readonly from: number;
  readonly count: number;
}

/** So many bytes are copied into the kernel's memory at a time, since it never gets smaller. A multiple of 32. */
const bytesAtOnce = 1 << 20;

/** Hashes texts, JSON or binary values: 32-bit offsets into bytes. */
export function hashByteValues(kernel: DigestKernel, values: Values, seeds: Address, out: Address): void {
  const offsets = (values.data.valueOffsets as Int32Array).subarray(values.from, values.from + values.count + 1);
  const bytes = (values.data.values as Uint8Array | undefined) ?? new Uint8Array(0);
  const start = kernel.mark;
  for (let from = 0; from < values.count;) {
    const end = endOfPortion(offsets, from);
    const at = out + from * bytesOfHash;
    if (end === from) {
      hashLong(kernel, bytes.subarray(offsets[from], offsets[from + 1]), seeds, at);
      from += 1;
    } else {
      hashPortion(kernel, { bytes, offsets: offsets.subarray(from, end + 1) }, seeds, at);
      from = end;
    }
    kernel.release(start);
  }
}

/** The first value that does not go with those from `from`; `from` itself where it is too long even alone. */
function endOfPortion(offsets: Int32Array, from: number): number {
  const most = offsets[from]! + bytesAtOnce;
  let end = offsets.length - 1;
  while (offsets[end]! > most) end = from + ((end - from) >> 1);
  return end;
}

function hashPortion(
  kernel: DigestKernel,
  { bytes, offsets }: { readonly bytes: Uint8Array; readonly offsets: Int32Array },
  seeds: Address,
  out: Address,
): void {
  const count = offsets.length - 1;
  const first = offsets[0]!;
  const places = kernel.copyIn(bytesOf(offsets));
  const at = kernel.copyIn(bytes.subarray(first, offsets[count]));
  kernel.functions.hashBytes(seeds, places, at - first, count, out);
}

/** One value, copied piece by piece. */
function hashLong(kernel: DigestKernel, value: Uint8Array, seeds: Address, out: Address): void {
  const { functions } = kernel;
  const room = kernel.reserve(bytesAtOnce);
  functions.beginLong(seeds);
  const whole = value.length & ~31;
  for (let from = 0; from < whole; from += bytesAtOnce) {
    const piece = value.subarray(from, Math.min(from + bytesAtOnce, whole));
    kernel.write(room, piece);
    functions.addToLong(room, piece.length);
  }
  kernel.write(room, value.subarray(whole));
  functions.endLong(room, value.length - whole, BigInt(value.length), out);
}
