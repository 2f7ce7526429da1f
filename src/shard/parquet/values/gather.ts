import type { Data } from 'apache-arrow';
import { bytesOf, wordsOf } from '../../../core/arrow/words.js';
import { TidemarkError } from '../../../core/errors.js';
import { gatherDecimalBytes, gatherWordDecimals } from './gather-decimals.js';
import type { Leaf } from '../schema/schema.js';
import type { Scratch } from '../encode/scratch.js';
import type { Selection } from './selection.js';
import type { Values } from './values.js';

/** Takes the selected values of a leaf out of its Arrow data. The result is valid until `scratch` is used for the next leaf. */
export function gatherValues(data: Data, leaf: Leaf, selection: Selection, scratch: Scratch): Values {
  const { count } = selection;
  switch (leaf.gathering) {
    case 'int32':
      return { layout: 'words', count, words: gatherWords(wordsOf(data.values), selection, scratch) };
    case 'int8':
    case 'int16':
    case 'uint8':
    case 'uint16':
      return { layout: 'words', count, words: widen(data.values as Int8Array, selection, scratch) };
    case 'scale32':
      return {
        layout: 'words',
        count,
        words: scaleWords(gatherWords(wordsOf(data.values), selection, scratch), count, scratch),
      };
    case 'int64':
      return gatherPairs(wordsOf(data.values), selection, scratch, leaf.order === 'i64');
    case 'scale64':
    case 'days':
      return convertPairs(wordsOf(data.values), selection, scratch, leaf);
    case 'decimal32':
    case 'decimal64':
      return gatherWordDecimals(data, selection, scratch, leaf);
    case 'decimal-bytes':
      return gatherDecimalBytes(data, selection, scratch, leaf);
    case 'fixed':
      return {
        layout: 'fixed',
        count,
        width: leaf.width,
        data: gatherFixed(bytesOf(data.values), leaf.width, selection, scratch),
      };
    case 'bytes':
      return gatherSlices(data, selection, scratch);
    case 'bool':
      return { layout: 'bits', count, data: gatherBits(data, selection, scratch) };
    case 'null':
      return { layout: 'words', count: 0, words: scratch.int32('values', 0) };
  }
}

function gatherWords(source: Int32Array, { at, count }: Selection, scratch: Scratch): Int32Array {
  if (at === undefined) return source;
  const out = scratch.int32('values', count);
  for (let i = 0; i < count; i++) out[i] = source[at[i]!]!;
  return out;
}

function widen(source: ArrayLike<number>, { at, count }: Selection, scratch: Scratch): Int32Array {
  const out = scratch.int32('values', count);
  if (at === undefined) for (let i = 0; i < count; i++) out[i] = source[i]!;
  else for (let i = 0; i < count; i++) out[i] = source[at[i]!]!;
  return out;
}

/** Seconds of the day to milliseconds. */
function scaleWords(source: Int32Array, count: number, scratch: Scratch): Int32Array {
  const out = scratch.int32('values', count);
  for (let i = 0; i < count; i++) out[i] = source[i]! * 1000;
  return out;
}

/** Pairs, or one word each where all fit: half the work for the dictionary, the statistics and the sample. */
function gatherPairs(source: Int32Array, { at, count }: Selection, scratch: Scratch, signed: boolean): Values {
  if (signed) {
    const narrow = scratch.int32('values', count);
    const fitting =
      at === undefined ? takeLowWordsOfAll(source, count, narrow) : takeLowWordsAt(source, at, count, narrow);
    if (fitting) return { layout: 'narrow', count, words: narrow };
  }
  if (at === undefined) return { layout: 'pairs', count, words: source };
  const out = scratch.int32('values', count * 2);
  for (let i = 0; i < count; i++) {
    const from = at[i]! * 2;
    out[2 * i] = source[from]!;
    out[2 * i + 1] = source[from + 1]!;
  }
  return { layout: 'pairs', count, words: out };
}

function takeLowWordsOfAll(source: Int32Array, count: number, out: Int32Array): boolean {
  for (let i = 0; i < count; i++) {
    const low = source[2 * i]!;
    if (source[2 * i + 1] !== low >> 31) return false;
    out[i] = low;
  }
  return true;
}

function takeLowWordsAt(source: Int32Array, at: Int32Array, count: number, out: Int32Array): boolean {
  for (let i = 0; i < count; i++) {
    const from = at[i]! * 2;
    const low = source[from]!;
    if (source[from + 1] !== low >> 31) return false;
    out[i] = low;
  }
  return true;
}

const msPerDay = 86_400_000;

/** Seconds to milliseconds, or milliseconds to days. Exact: both stay within 2^53, or the value is refused. */
function convertPairs(source: Int32Array, { at, count }: Selection, scratch: Scratch, leaf: Leaf): Values {
  const toDays = leaf.gathering === 'days';
  const out = scratch.int32('values', count * 2);
  for (let i = 0; i < count; i++) {
    const from = (at === undefined ? i : at[i]!) * 2;
    const value = source[from + 1]! * 2 ** 32 + (source[from]! >>> 0);
    const converted = toDays ? Math.floor(value / msPerDay) : value * 1000;
    if (!Number.isSafeInteger(value) || !Number.isSafeInteger(converted) || (toDays && (converted | 0) !== converted)) {
      throw new TidemarkError(
        'data.misfit',
        `column "${leaf.path.join('.')}": ${value} is outside what Parquet's type holds`,
        {
          hint: 'Give the column in microseconds, or as text.',
        },
      );
    }
    if (toDays) out[i] = converted;
    else {
      out[2 * i] = converted % 2 ** 32;
      out[2 * i + 1] = Math.floor(converted / 2 ** 32);
    }
  }
  return { layout: toDays ? 'words' : 'pairs', count, words: out };
}

function gatherFixed(source: Uint8Array, width: number, { at, count }: Selection, scratch: Scratch): Uint8Array {
  if (at === undefined) return source;
  const out = scratch.bytes('values', count * width);
  for (let i = 0, to = 0; i < count; i++) {
    let from = at[i]! * width;
    for (const end = from + width; from < end;) out[to++] = source[from++]!;
  }
  return out;
}

function gatherSlices(data: Data, { at, count }: Selection, scratch: Scratch): Values {
  const offsets = data.valueOffsets as Int32Array;
  const bytes = (data.values as Uint8Array | undefined) ?? new Uint8Array(0);
  if (at === undefined)
    return { layout: 'slices', count, starts: offsets, ends: offsets.subarray(1), data: bytes, contiguous: true };
  const starts = scratch.int32('starts', count);
  const ends = scratch.int32('ends', count);
  for (let i = 0; i < count; i++) {
    const from = at[i]!;
    starts[i] = offsets[from]!;
    ends[i] = offsets[from + 1]!;
  }
  return { layout: 'slices', count, starts, ends, data: bytes, contiguous: false };
}

function gatherBits(data: Data, { at, count }: Selection, scratch: Scratch): Uint8Array {
  const bits = data.values as Uint8Array;
  const { offset } = data;
  const out = scratch.bytes('values', count);
  for (let i = 0; i < count; i++) {
    const bit = offset + (at === undefined ? i : at[i]!);
    out[i] = (bits[bit >> 3]! >> (bit & 7)) & 1;
  }
  return out;
}
