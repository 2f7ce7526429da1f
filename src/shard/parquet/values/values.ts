/**
 * The values of a column chunk (or a part of one) without its NULLs, in the layouts that encodings read:
 * - `words`: one 32-bit word each: INT32, FLOAT's bits.
 * - `pairs`: two words each, low word first: INT64, DOUBLE's bits.
 * - `narrow`: an INT64 column all of whose values fit into 32 bits: one word each, sign to be extended.
 * - `slices`: value i is `data[starts[i] .. ends[i])`: BYTE_ARRAY.
 * - `fixed`: value i is `data[i × width .. (i + 1) × width)`: FIXED_LEN_BYTE_ARRAY.
 * - `bits`: a byte of 0 or 1 each: BOOLEAN.
 */
export type Values = Words | Slices | Fixed | Bits;

export interface Words {
  readonly layout: 'words' | 'pairs' | 'narrow';
  readonly count: number;
  readonly words: Int32Array;
}

export interface Slices {
  readonly layout: 'slices';
  readonly count: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly data: Uint8Array;
  /** Whether each value begins where the one before it ends. */
  readonly contiguous: boolean;
}

export interface Fixed {
  readonly layout: 'fixed';
  readonly count: number;
  readonly width: number;
  readonly data: Uint8Array;
}

export interface Bits {
  readonly layout: 'bits';
  readonly count: number;
  readonly data: Uint8Array;
}

/** Bytes that values `from` to `to` take in the PLAIN encoding. */
export function plainSize(values: Values, from: number, to: number): number {
  const count = to - from;
  switch (values.layout) {
    case 'words':
      return count * 4;
    case 'pairs':
    case 'narrow':
      return count * 8;
    case 'fixed':
      return count * values.width;
    case 'bits':
      return (count + 7) >> 3;
    case 'slices':
      return count * 4 + sliceBytes(values, from, to);
  }
}

/** Bytes of the slices `from` to `to` themselves. */
export function sliceBytes({ starts, ends, contiguous }: Slices, from: number, to: number): number {
  if (contiguous) return from === to ? 0 : ends[to - 1]! - starts[from]!;
  let bytes = 0;
  for (let i = from; i < to; i++) bytes += ends[i]! - starts[i]!;
  return bytes;
}
