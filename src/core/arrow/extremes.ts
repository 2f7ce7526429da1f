/*
 * The loops that find the smallest and the largest of values `from` to `to`, of which there is one at least. Every one is the only
 * place where its layout is compared: for facts of whole columns, and for the pages of a format.
 *
 * V8 compiles a long loop while it runs for the first time; of what stands behind it, which has not run yet, it then knows nothing,
 * leaves the compiled code there, and may do so in every later call. So the hottest loops are short, and run often; or their
 * function does nothing behind them but return a number.
 */

/** Turns signed comparison of words into that of unsigned ones. */
export const unsignedFlip = 0x80000000 | 0;

/** Of 32-bit integers, each with `flip` upon it. */
export function wordExtremes(words: Int32Array, from: number, to: number, flip = 0): { min: number; max: number } {
  const found = { min: 0x7fff_ffff, max: -0x8000_0000 };
  for (let at = from; at < to; at += stretch) widen(found, words.subarray(at, Math.min(to, at + stretch)), flip);
  return { min: found.min ^ flip, max: found.max ^ flip };
}

/** Values of which the extremes are looked for at once. */
const stretch = 1024;

function widen(found: { min: number; max: number }, words: Int32Array, flip: number): void {
  let { min, max } = found;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]! ^ flip;
    if (word < min) min = word;
    if (word > max) max = word;
  }
  found.min = min;
  found.max = max;
}

/** A 64-bit integer: the low word as an unsigned number, the high one as it is. */
export interface Pair {
  readonly low: number;
  readonly high: number;
}

/** Of 64-bit integers, given as pairs of words, the low one first; compared with `flip` upon the high one. */
export function pairExtremes(words: Int32Array, from: number, to: number, flip = 0): { min: Pair; max: Pair } {
  let minHigh = words[2 * from + 1]! ^ flip;
  let minLow = words[2 * from]! >>> 0;
  let maxHigh = minHigh;
  let maxLow = minLow;
  for (let i = from + 1; i < to; i++) {
    const high = words[2 * i + 1]! ^ flip;
    if (high > minHigh && high < maxHigh) continue;
    const low = words[2 * i]! >>> 0;
    if (high < minHigh || (high === minHigh && low < minLow)) {
      minHigh = high;
      minLow = low;
    }
    if (high > maxHigh || (high === maxHigh && low > maxLow)) {
      maxHigh = high;
      maxLow = low;
    }
  }
  return { min: { low: minLow, high: minHigh ^ flip }, max: { low: maxLow, high: maxHigh ^ flip } };
}

/**
 * Of floats, without NaN; `numbers` says how many are none of these. A smallest zero counts as −0 and a largest as +0, since the order does
 * not tell them apart. Undefined where all are NaN.
 */
export function floatExtremes(
  values: Float32Array | Float64Array,
  from: number,
  to: number,
): { min: number; max: number; numbers: number } | undefined {
  let min = Infinity;
  let max = -Infinity;
  let numbers = 0;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    if (value <= min) min = value;
    if (value >= max) max = value;
    if (value === value) numbers++;
  }
  if (numbers === 0) return undefined;
  return { min: min === 0 ? -0 : min, max: max === 0 ? 0 : max, numbers };
}
