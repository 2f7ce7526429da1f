import type { ByteSink } from './byte-sink.js';
import { writeRun } from './rle.js';

/** Bits as Arrow keeps them, least significant first: bit `i` of the column is bit `offset + i` of `bits`. */
export interface Bitmap {
  readonly bits: Uint8Array;
  readonly offset: number;
}

/** How many of `count` bits from `from` are set. */
export function countSet({ bits, offset }: Bitmap, from: number, count: number): number {
  let at = offset + from;
  const end = at + count;
  let set = 0;
  for (; at < end && (at & 7) !== 0; at++) set += (bits[at >> 3] >> (at & 7)) & 1;
  for (; at + 8 <= end; at += 8) {
    let x = bits[at >> 3];
    x -= (x >> 1) & 0x55;
    x = (x & 0x33) + ((x >> 2) & 0x33);
    set += (x + (x >> 4)) & 0x0f;
  }
  for (; at < end; at++) set += (bits[at >> 3] >> (at & 7)) & 1;
  return set;
}

/** Writes the positions of the set bits among the first `count` to `out`; gives how many there are. */
export function positionsOfSet({ bits, offset }: Bitmap, count: number, out: Int32Array): number {
  let written = 0;
  let i = 0;
  while (i < count) {
    const at = offset + i;
    if ((at & 7) === 0 && i + 8 <= count) {
      const byte = bits[at >> 3];
      if (byte === 0xff) for (let k = 0; k < 8; k++) out[written++] = i + k;
      else if (byte !== 0) {
        for (let k = 0; k < 8; k++) {
          out[written] = i + k;
          written += (byte >> k) & 1;
        }
      }
      i += 8;
    } else {
      if ((bits[at >> 3] >> (at & 7)) & 1) out[written++] = i;
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
      const high = first + i + 1 < bits.length ? bits[first + i + 1] : 0;
      out[outFrom + i] = (bits[first + i] >> shift) | (high << (8 - shift));
    }
  }
  if ((count & 7) !== 0) out[outFrom + size - 1] &= (1 << (count & 7)) - 1;
}

/** A run of equal bytes at least this long is cheaper as an RLE run than bit-packed. */
const minimalRun = 5;

/**
 * Writes `count` one-bit levels in the RLE/bit-packed hybrid. The bit-packed form of one-bit levels is the bitmap
 * itself, so whole bytes are copied, and long stretches of 0x00 or 0xff become runs.
 */
export function writeBitLevels(sink: ByteSink, bitmap: Bitmap, from: number, count: number, set: number): void {
  if (set === count || set === 0) {
    writeRun(sink, count, set === 0 ? 0 : 1, 1);
    return;
  }
  const size = (count + 7) >> 3;
  const whole = count >> 3;
  const bytes = new Uint8Array(size);
  copyBits(bitmap, from, count, bytes);
  let literalFrom = 0;
  let at = 0;
  while (at < whole) {
    const byte = bytes[at];
    let end = at + 1;
    if (byte === 0 || byte === 0xff) {
      while (end < whole && bytes[end] === byte) end++;
      if (end - at >= minimalRun) {
        writePacked(sink, bytes.subarray(literalFrom, at));
        writeRun(sink, (end - at) * 8, byte & 1, 1);
        literalFrom = end;
      }
    }
    at = end;
  }
  writePacked(sink, bytes.subarray(literalFrom, size));
}

function writePacked(sink: ByteSink, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  sink.varint(bytes.length * 2 + 1);
  sink.append(bytes);
}
