import { type Bitmap, copyBits } from '../../../core/arrow/bitmap.js';
import type { ByteSink } from '../pages/byte-sink.js';
import { writeRun } from './rle.js';

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
