import type { Data } from 'apache-arrow';

/** Bits as Arrow keeps them, least significant first: bit `i` of the column is bit `offset + i` of `bits`. */
export interface Bitmap {
  readonly bits: Uint8Array;
  readonly offset: number;
}

/** 1 where the bit at a position is set, else 0. */
export function bitAt({ bits, offset }: Bitmap, position: number): number {
  const at = offset + position;
  return (bits[at >> 3]! >> (at & 7)) & 1;
}

/** How many of `count` bits from `from` are set. */
export function countSet({ bits, offset }: Bitmap, from: number, count: number): number {
  let at = offset + from;
  const end = at + count;
  let set = 0;
  for (; at < end && (at & 7) !== 0; at++) set += (bits[at >> 3]! >> (at & 7)) & 1;
  for (; at + 8 <= end; at += 8) {
    let x = bits[at >> 3]!;
    x -= (x >> 1) & 0x55;
    x = (x & 0x33) + ((x >> 2) & 0x33);
    set += (x + (x >> 4)) & 0x0f;
  }
  for (; at < end; at++) set += (bits[at >> 3]! >> (at & 7)) & 1;
  return set;
}

/** Writes the positions of the set bits among the first `count` to `out`; gives how many there are. */
export function positionsOfSet({ bits, offset }: Bitmap, count: number, out: Int32Array): number {
  let written = 0;
  let i = 0;
  while (i < count) {
    const at = offset + i;
    if ((at & 7) === 0 && i + 8 <= count) {
      const byte = bits[at >> 3]!;
      if (byte === 0xff) for (let k = 0; k < 8; k++) out[written++] = i + k;
      else if (byte !== 0) {
        for (let k = 0; k < 8; k++) {
          out[written] = i + k;
          written += (byte >> k) & 1;
        }
      }
      i += 8;
    } else {
      if ((bits[at >> 3]! >> (at & 7)) & 1) out[written++] = i;
      i++;
    }
  }
  return written;
}

/** Copies `count` bits from `from` to the start of `out`; the unused bits of the last byte are zero. */
export function copyBits({ bits, offset }: Bitmap, from: number, count: number, out: Uint8Array, outFrom = 0): void {
  const start = offset + from;
  const first = start >> 3;
  const shift = start & 7;
  const size = (count + 7) >> 3;
  if (shift === 0) out.set(bits.subarray(first, first + size), outFrom);
  else {
    for (let i = 0; i < size; i++) {
      const high = first + i + 1 < bits.length ? bits[first + i + 1]! : 0;
      out[outFrom + i] = (bits[first + i]! >> shift) | (high << (8 - shift));
    }
  }
  if ((count & 7) !== 0) out[outFrom + size - 1]! &= (1 << (count & 7)) - 1;
}

/** The validity bits of data with NULLs; undefined where nothing is NULL. */
export function validity(data: Data): Bitmap | undefined {
  return data.nullCount === 0 ? undefined : { bits: data.nullBitmap!, offset: data.offset };
}
