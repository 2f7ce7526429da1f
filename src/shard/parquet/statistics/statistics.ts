import { longestBound, lowerBound, upperBound } from '../../../core/arrow/byte-bounds.js';
import { floatExtremes, pairExtremes, unsignedFlip, wordExtremes } from '../../../core/arrow/extremes.js';
import type { Bounds } from './bounds.js';
import type { Dictionary } from '../encode/dictionary.js';
import type { Leaf } from '../schema/schema.js';
import type { Scratch } from '../encode/scratch.js';
import type { Fixed, Slices, Values, Words } from '../values/values.js';

/**
 * The bounds of values `from` to `to` of a column chunk. Undefined where there is no value that can be compared: none at
 * all, only NaN, or a type without an order. Byte strings of a chunk with a dictionary are compared once per distinct value.
 */
export function boundsOf(
  leaf: Leaf,
  {
    values,
    dictionary,
    from,
    to,
  }: {
    readonly values: Values;
    readonly dictionary: Dictionary | undefined;
    readonly from: number;
    readonly to: number;
  },
  scratch: Scratch,
): Bounds | undefined {
  if (from === to || leaf.order === 'none') return undefined;
  switch (values.layout) {
    case 'words':
      return leaf.order === 'f32'
        ? floatBounds(values, from, to)
        : wordBounds(values.words, from, to, leaf.order === 'u32' ? 4 : -4);
    case 'narrow':
      return wordBounds(values.words, from, to, -8);
    case 'pairs':
      return leaf.order === 'f64'
        ? doubleBounds(values, from, to)
        : pairBounds(values.words, from, to, leaf.order === 'u64');
    case 'bits':
      return bitBounds(values.data, from, to);
    case 'fixed':
      return fixedBounds(values, from, to, leaf.order === 'twos-complement');
    case 'slices': {
      const text = leaf.annotation.kind === 'string' || leaf.annotation.kind === 'json';
      if (dictionary?.values.layout !== 'slices') return sliceBounds(values, undefined, from, to, text);
      const used = usedCodes(dictionary, from, to, scratch);
      return sliceBounds(dictionary.values, used.codes, 0, used.count, text);
    }
  }
}

/** `size` is the bytes of a bound; negative means signed. */
function wordBounds(words: Int32Array, from: number, to: number, size: -8 | -4 | 4): Bounds {
  const { min, max } = wordExtremes(words, from, to, size > 0 ? unsignedFlip : 0);
  const pair = (word: number) => (size === -8 ? [word, word >> 31] : [word]);
  return exact(pair(min), pair(max));
}

function exact(min: readonly number[], max: readonly number[]): Bounds {
  const bytes = (words: readonly number[]) => new Uint8Array(Int32Array.from(words).buffer);
  return { min: bytes(min), max: bytes(max), minExact: true, maxExact: true, nan: false };
}

function pairBounds(words: Int32Array, from: number, to: number, unsigned: boolean): Bounds {
  const { min, max } = pairExtremes(words, from, to, unsigned ? unsignedFlip : 0);
  return exact([min.low, min.high], [max.low, max.high]);
}

function floatBounds({ words }: Words, from: number, to: number): Bounds | undefined {
  const found = floatExtremes(new Float32Array(words.buffer, words.byteOffset, to), from, to);
  return found && real(Float32Array.of(found.min), Float32Array.of(found.max), found.numbers < to - from);
}

function doubleBounds({ words }: Words, from: number, to: number): Bounds | undefined {
  const found = floatExtremes(doublesOf(words, to), from, to);
  return found && real(Float64Array.of(found.min), Float64Array.of(found.max), found.numbers < to - from);
}

function doublesOf(words: Int32Array, count: number): Float64Array {
  if (words.byteOffset % 8 === 0) return new Float64Array(words.buffer, words.byteOffset, count);
  return new Float64Array(words.slice(0, count * 2).buffer);
}

function real(min: Float32Array | Float64Array, max: Float32Array | Float64Array, nan: boolean): Bounds {
  return { min: new Uint8Array(min.buffer), max: new Uint8Array(max.buffer), minExact: true, maxExact: true, nan };
}

function bitBounds(flags: Uint8Array, from: number, to: number): Bounds {
  let ones = 0;
  for (let i = from; i < to; i++) ones += flags[i]!;
  const min = Uint8Array.of(ones === to - from ? 1 : 0);
  return { min, max: Uint8Array.of(ones > 0 ? 1 : 0), minExact: true, maxExact: true, nan: false };
}

function fixedBounds({ data, width }: Fixed, from: number, to: number, signed: boolean): Bounds | undefined {
  if (width > longestBound) return undefined; // readers expect bounds of the column's own width
  const flip = signed ? 0x80 : 0;
  let min = from * width;
  let max = min;
  for (let i = from + 1; i < to; i++) {
    const at = i * width;
    const first = data[at]! ^ flip;
    if (first <= (data[min]! ^ flip) && compareFixed(data, at, min, width, flip) < 0) min = at;
    if (first >= (data[max]! ^ flip) && compareFixed(data, at, max, width, flip) > 0) max = at;
  }
  return byteBounds(data.subarray(min, min + width), data.subarray(max, max + width), false);
}

function compareFixed(data: Uint8Array, a: number, b: number, width: number, flip: number): number {
  const first = (data[a]! ^ flip) - (data[b]! ^ flip);
  if (first !== 0) return first;
  for (let k = 1; k < width; k++) if (data[a + k] !== data[b + k]) return data[a + k]! - data[b + k]!;
  return 0;
}

/** `codes` are the positions to look at; undefined: all from `from` to `to`. */
function sliceBounds(
  slices: Slices,
  codes: Int32Array | undefined,
  from: number,
  to: number,
  text: boolean,
): Bounds | undefined {
  const { starts, ends, data } = slices;
  const min = extremeSlice(slices, codes, from, to, 1);
  const max = extremeSlice(slices, codes, from, to, -1);
  return byteBounds(data.subarray(starts[min], ends[min]), data.subarray(starts[max], ends[max]), text);
}

/** Where the smallest stands, or with `sign` −1 the largest. */
function extremeSlice(
  { starts, ends, data }: Slices,
  codes: Int32Array | undefined,
  from: number,
  to: number,
  sign: 1 | -1,
): number {
  let found = codes === undefined ? from : codes[from]!;
  for (let i = from + 1; i < to; i++) {
    const at = codes === undefined ? i : codes[i]!;
    if (sign * compareSlices(data, starts[at]!, ends[at]!, starts[found]!, ends[found]!) < 0) found = at;
  }
  return found;
}

function compareSlices(data: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): number {
  let x = a;
  let y = b;
  while (x < aEnd && y < bEnd) {
    const difference = data[x++]! - data[y++]!;
    if (difference !== 0) return difference;
  }
  return aEnd - a - (bEnd - b);
}

function usedCodes({ codes, values }: Dictionary, from: number, to: number, scratch: Scratch) {
  const seen = scratch.int32('seen', values.count).fill(0, 0, values.count);
  const used = scratch.int32('lengths', values.count);
  let count = 0;
  for (let i = from; i < to && count < values.count; i++) {
    const code = codes[i]!;
    if (seen[code] === 0) {
      seen[code] = 1;
      used[count++] = code;
    }
  }
  return { codes: used, count };
}

/** Undefined where no short string is above the largest. */
function byteBounds(smallest: Uint8Array, largest: Uint8Array, text: boolean): Bounds | undefined {
  const min = lowerBound(smallest, text);
  const max = upperBound(largest, text);
  if (max === undefined) return undefined;
  return { min, max, minExact: min.length === smallest.length, maxExact: largest.length <= longestBound, nan: false };
}
