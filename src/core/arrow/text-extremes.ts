import { type DigestKernel, threadKernel } from '../digest/kernel.js';
import type { Present } from './present.js';
import { bytesOf } from './words.js';

/** Texts that are looked at together: what they take stays in the processor's cache, and the kernel's memory small. */
const textsAtOnce = 2048;
const bytesAtOnce = 1 << 20;

const all = Int32Array.from({ length: textsAtOnce }, (_, index) => index);

/** Positions of a few texts, among which the smallest and the largest of all are. */
export function textsAtEnds({ data, at, count }: Present): Int32Array {
  const kernel = threadKernel();
  const offsets = data.valueOffsets as Int32Array;
  const found: number[] = [];
  for (let from = 0; from < count; from += textsAtOnce) {
    const end = Math.min(from + textsAtOnce, count);
    const first = at === undefined ? from : at[from]!;
    const last = at === undefined ? end - 1 : at[end - 1]!;
    const chosen =
      at === undefined ? all.subarray(0, end - from) : at.subarray(from, end).map((index) => index - first);
    if (offsets[last + 1]! - offsets[first]! > bytesAtOnce || last - first >= 8 * textsAtOnce)
      for (const index of chosen) found.push(first + index);
    else {
      const ends = endsOf(kernel, {
        chosen,
        offsets: offsets.subarray(first, last + 2),
        bytes: data.values as Uint8Array,
      });
      found.push(first + ends[0], first + ends[1]);
    }
  }
  return Int32Array.from(found);
}

interface Texts {
  /** Indices of those that count. */
  readonly chosen: Int32Array;
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
}

/** The indices of the smallest one and of the largest. */
function endsOf(own: DigestKernel, { chosen, offsets, bytes }: Texts): readonly [number, number] {
  const { mark } = own;
  const out = own.reserve(8);
  const first = offsets[0]!;
  const places = own.copyIn(bytesOf(offsets));
  const indices = own.copyIn(bytesOf(chosen));
  const at = own.copyIn(bytes.subarray(first, offsets.at(-1)));
  own.functions.textExtremes(places, indices, at - first, chosen.length, own.reserve(chosen.length * 8), out);
  const ends = own.view(out, 8);
  const view = new DataView(ends.buffer, ends.byteOffset, 8);
  own.release(mark);
  return [view.getInt32(0, true), view.getInt32(4, true)];
}
