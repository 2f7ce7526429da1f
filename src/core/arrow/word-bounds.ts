import type { Bounds } from '../facts.js';
import type { Selected } from './selected.js';

/** Of integers of 64 bits, given as pairs of words, the low one first. */
export function pairBounds(words: Int32Array, { at, count }: Selected, signed: boolean): Bounds {
  const flip = signed ? 0 : 0x80000000 | 0;
  const first = at === undefined ? 0 : at[0]!;
  let minHigh = words[2 * first + 1]! ^ flip;
  let minLow = words[2 * first]! >>> 0;
  let maxHigh = minHigh;
  let maxLow = minLow;
  for (let i = 1; i < count; i++) {
    const k = 2 * (at === undefined ? i : at[i]!);
    const high = words[k + 1]! ^ flip;
    if (high > minHigh && high < maxHigh) continue;
    const low = words[k]! >>> 0;
    if (high < minHigh || (high === minHigh && low < minLow)) {
      minHigh = high;
      minLow = low;
    }
    if (high > maxHigh || (high === maxHigh && low > maxLow)) {
      maxHigh = high;
      maxLow = low;
    }
  }
  const joined = (high: number, low: number): bigint => {
    const value = (BigInt(high ^ flip) << 32n) | BigInt(low);
    return signed ? value : BigInt.asUintN(64, value);
  };
  return { min: joined(minHigh, minLow), max: joined(maxHigh, maxLow) };
}

/**
 * Of decimals, as unscaled integers of `bits` bits, the least significant word first. Most columns hold numbers of 64 bits: they
 * are looked at as such, until one is seen that is longer.
 */
export function decimalBounds(words: Int32Array, selected: Selected, bits: number): Bounds {
  const stride = bits / 32;
  return stride === 4
    ? (shortBounds(words, selected) ?? wideBounds(words, selected, 4))
    : wideBounds(words, selected, stride);
}

/** Of decimals of four words; undefined where one takes more than the lower two. */
function shortBounds(words: Int32Array, { at, count }: Selected): Bounds | undefined {
  const first = 4 * (at === undefined ? 0 : at[0]!);
  let minHigh = words[first + 1]!;
  let minLow = words[first]! >>> 0;
  let maxHigh = minHigh;
  let maxLow = minLow;
  let rest = 0;
  for (let i = 0; i < count; i++) {
    const k = 4 * (at === undefined ? i : at[i]!);
    const high = words[k + 1]!;
    const sign = high >> 31;
    rest |= (words[k + 2]! ^ sign) | (words[k + 3]! ^ sign);
    if (high > minHigh && high < maxHigh) continue;
    const low = words[k]! >>> 0;
    if (high < minHigh || (high === minHigh && low < minLow)) {
      minHigh = high;
      minLow = low;
    }
    if (high > maxHigh || (high === maxHigh && low > maxLow)) {
      maxHigh = high;
      maxLow = low;
    }
  }
  if (rest !== 0) return undefined;
  return { min: (BigInt(minHigh) << 32n) | BigInt(minLow), max: (BigInt(maxHigh) << 32n) | BigInt(maxLow) };
}

function wideBounds(words: Int32Array, { at, count }: Selected, stride: number): Bounds {
  let min = at === undefined ? 0 : at[0]!;
  let max = min;
  for (let i = 1; i < count; i++) {
    const k = at === undefined ? i : at[i]!;
    if (compareWide(words, k * stride, min * stride, stride) < 0) min = k;
    else if (compareWide(words, k * stride, max * stride, stride) > 0) max = k;
  }
  return { min: wideInteger(words, min * stride, stride), max: wideInteger(words, max * stride, stride) };
}

function compareWide(words: Int32Array, a: number, b: number, stride: number): number {
  const top = stride - 1;
  if (words[a + top] !== words[b + top]) return words[a + top]! - words[b + top]!;
  for (let k = top - 1; k >= 0; k--) {
    if (words[a + k] !== words[b + k]) return (words[a + k]! >>> 0) - (words[b + k]! >>> 0);
  }
  return 0;
}

function wideInteger(words: Int32Array, from: number, stride: number): bigint {
  let value = BigInt(words[from + stride - 1]!);
  for (let k = stride - 2; k >= 0; k--) value = (value << 32n) | BigInt(words[from + k]! >>> 0);
  return value;
}
