import type { Bounds } from '../facts.js';
import { type Pair, pairExtremes, unsignedFlip } from './extremes.js';

/** Of integers of 64 bits, given as pairs of words, the low one first. */
export function pairBounds(words: Int32Array, signed: boolean): Bounds {
  const { min, max } = pairExtremes(words, 0, words.length / 2, signed ? 0 : unsignedFlip);
  const joined = ({ low, high }: Pair): bigint => {
    const value = (BigInt(high) << 32n) | BigInt(low);
    return signed ? value : BigInt.asUintN(64, value);
  };
  return { min: joined(min), max: joined(max) };
}

/**
 * Of decimals, as unscaled integers of `stride` words, the least significant first. Most columns hold numbers of 31 bits: they are
 * looked at as such, until one is seen that is longer.
 */
export function decimalBounds(words: Int32Array, stride: number): Bounds {
  return (stride === 4 ? shortBounds(words) : undefined) ?? wideBounds(words, stride);
}

/** Of decimals of four words; undefined where one takes more than the lowest. */
function shortBounds(words: Int32Array): Bounds | undefined {
  let min = words[0]!;
  let max = min;
  for (let i = 0; i < words.length; i += 4) {
    const word = words[i]!;
    const sign = word >> 31;
    if (((words[i + 1]! ^ sign) | (words[i + 2]! ^ sign) | (words[i + 3]! ^ sign)) !== 0) return undefined;
    if (word < min) min = word;
    if (word > max) max = word;
  }
  return { min: BigInt(min), max: BigInt(max) };
}

function wideBounds(words: Int32Array, stride: number): Bounds {
  let min = 0;
  let max = 0;
  for (let i = stride; i < words.length; i += stride) {
    if (compareWide(words, i, min, stride) < 0) min = i;
    else if (compareWide(words, i, max, stride) > 0) max = i;
  }
  return { min: wideInteger(words, min, stride), max: wideInteger(words, max, stride) };
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
