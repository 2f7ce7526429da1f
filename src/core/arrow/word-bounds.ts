import { threadKernel } from '../digest/kernel.js';
import type { Bounds } from '../facts.js';
import { type Pair, pairExtremes, unsignedFlip } from './extremes.js';
import { bytesOf } from './words.js';

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
 * Of decimals, as unscaled integers of `stride` words, the least significant first. Most columns hold numbers of 64 bits: they are
 * looked at as such, until one is seen that is longer.
 */
export function decimalBounds(words: Int32Array, stride: number): Bounds {
  return (stride === 4 ? shortBounds(words) : undefined) ?? wideBounds(words, stride);
}

/** Decimals that are copied into the kernel's memory at a time. */
const decimalsAtOnce = 4096;

/** Of decimals of four words; undefined where one takes more than two. */
function shortBounds(words: Int32Array): Bounds | undefined {
  const kernel = threadKernel();
  let [min, max] = [2n ** 63n, -(2n ** 63n)];
  for (let from = 0; from < words.length; from += 4 * decimalsAtOnce) {
    const some = words.subarray(from, from + 4 * decimalsAtOnce);
    const { mark } = kernel;
    const out = kernel.reserve(16);
    const isShort = kernel.functions.decimalExtremes(kernel.copyIn(bytesOf(some)), some.length / 4, out);
    const found = kernel.view(out, 16);
    const view = new DataView(found.buffer, found.byteOffset, 16);
    const [least, most] = [view.getBigInt64(0, true), view.getBigInt64(8, true)];
    kernel.release(mark);
    if (!isShort) return undefined;
    if (least < min) min = least;
    if (most > max) max = most;
  }
  return { min, max };
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
