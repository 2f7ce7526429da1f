import type { Data } from 'apache-arrow';
import { wordsOf } from '../../../core/arrow/words.js';
import { TidemarkError } from '../../../core/errors.js';
import type { Leaf } from '../schema/schema.js';
import type { Scratch } from '../encode/scratch.js';
import type { Selection } from './selection.js';
import type { Values } from './values.js';

/**
 * Decimals of at most 18 digits: the low one or two of Arrow's 4 (or 8) little-endian words. The words above must be
 * the sign's extension, else the value has more digits than its type allows.
 */
export function gatherWordDecimals(data: Data, selection: Selection, scratch: Scratch, leaf: Leaf): Values {
  const { at, count } = selection;
  const source = wordsOf(data.values as Uint32Array);
  const stride = data.stride;
  const narrow = scratch.int32('values', count * (leaf.gathering === 'decimal32' ? 1 : 2));
  const fitting = countInWords(source, stride, selection, narrow);
  if (leaf.gathering === 'decimal32') {
    if (fitting < count) throw tooManyDigits(leaf, at === undefined ? fitting : at[fitting]!);
    return { layout: 'words', count, words: narrow };
  }
  if (fitting === count) return { layout: 'narrow', count, words: narrow };
  for (let i = 0; i < count; i++) {
    const position = at === undefined ? i : at[i]!;
    const from = position * stride;
    const high = source[from + 1]!;
    narrow[2 * i] = source[from]!;
    narrow[2 * i + 1] = high;
    let above = 0;
    for (let k = 2; k < stride; k++) above |= source[from + k]! ^ (high >> 31);
    if (above !== 0) throw tooManyDigits(leaf, position);
  }
  return { layout: 'pairs', count, words: narrow };
}

/** Copies low words as long as the words above only extend the sign; gives how many were copied. */
function countInWords(source: Int32Array, stride: number, { at, count }: Selection, out: Int32Array): number {
  if (at === undefined && stride === 4) return countOfAllInWords(source, count, out);
  for (let i = 0; i < count; i++) {
    const from = (at === undefined ? i : at[i]!) * stride;
    const low = source[from]!;
    const sign = low >> 31;
    if (((source[from + 1]! ^ sign) | (source[from + 2]! ^ sign) | (source[from + 3]! ^ sign)) !== 0) return i;
    for (let k = 4; k < stride; k++) if (source[from + k] !== sign) return i;
    out[i] = low;
  }
  return count;
}

/** The same for what is most common: 128 bits, nothing NULL. */
function countOfAllInWords(source: Int32Array, count: number, out: Int32Array): number {
  for (let i = 0, from = 0; i < count; i++, from += 4) {
    const low = source[from]!;
    const sign = low >> 31;
    if (((source[from + 1]! ^ sign) | (source[from + 2]! ^ sign) | (source[from + 3]! ^ sign)) !== 0) return i;
    out[i] = low;
  }
  return count;
}

/** Longer decimals: big-endian two's complement in the leaf's width. */
export function gatherDecimalBytes(data: Data, { at, count }: Selection, scratch: Scratch, leaf: Leaf): Values {
  const source = data.values as Uint32Array;
  const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  const stored = data.stride * 4;
  const { width } = leaf;
  const out = scratch.bytes('values', count * width);
  let to = 0;
  for (let i = 0; i < count; i++) {
    const position = at === undefined ? i : at[i]!;
    const lowest = position * stored;
    let from = lowest + width;
    const sign = bytes[from - 1]! >> 7 === 1 ? 0xff : 0;
    for (let k = from; k < lowest + stored; k++) if (bytes[k] !== sign) throw tooManyDigits(leaf, position);
    while (from > lowest) out[to++] = bytes[--from]!;
  }
  return { layout: 'fixed', count, width, data: out };
}

function tooManyDigits(leaf: Leaf, position: number): TidemarkError {
  const precision = leaf.annotation.kind === 'decimal' ? leaf.annotation.precision : 0;
  return new TidemarkError(
    'data.misfit',
    `column "${leaf.path.join('.')}": the value at position ${position} has more than ${precision} digits`,
    { hint: 'Cast the column to a decimal of a larger precision.' },
  );
}
