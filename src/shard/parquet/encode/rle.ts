import type { ByteSink } from '../pages/byte-sink.js';

/** Bits that hold every number from 0 to `largest`. */
export function bitWidth(largest: number): number {
  return 32 - Math.clz32(largest);
}

/** An RLE run: varint `count << 1`, then the value in as few whole bytes as `width` bits need. */
export function writeRun(sink: ByteSink, count: number, value: number, width: number): void {
  sink.varint(count * 2);
  for (let shift = 0; shift < width; shift += 8) sink.byte((value >>> shift) & 0xff);
}

/**
 * Writes numbers of `width` bits (1 to 31) in the RLE/bit-packed hybrid: a bit-packed run is varint
 * `groups of eight << 1 | 1` and the packed values. A run of equal values becomes an RLE run where that is shorter.
 */
export function writeHybrid(sink: ByteSink, values: Int32Array, from: number, to: number, width: number): void {
  const shortestRun = Math.max(8, Math.ceil(40 / width));
  let literalFrom = from;
  let at = from;
  while (at + 8 <= to) {
    const value = values[at]!;
    if (
      values[at + 1] !== value ||
      values[at + 2] !== value ||
      values[at + 3] !== value ||
      values[at + 4] !== value ||
      values[at + 5] !== value ||
      values[at + 6] !== value ||
      values[at + 7] !== value
    ) {
      at += 8;
      continue;
    }
    let end = at + 8;
    while (end < to && values[end] === value) end++;
    if (end - at >= shortestRun) {
      writeLiteral(sink, values, literalFrom, at, width);
      writeRun(sink, end - at, value, width);
      at = literalFrom = end;
    } else at = end - ((end - at) & 7);
  }
  writeLiteral(sink, values, literalFrom, to, width);
}

function writeLiteral(sink: ByteSink, values: Int32Array, from: number, to: number, width: number): void {
  if (from === to) return;
  const groups = (to - from + 7) >> 3;
  sink.varint(groups * 2 + 1);
  sink.reserve(groups * width + 16);
  const start = sink.length;
  const whole = from + ((to - from) & ~7);
  const end = width <= 8 ? packNarrow(sink, values, from, whole, width) : packWords(sink, values, from, whole, width);
  if (whole < to) packTail(sink, values, whole, to, width, end);
  sink.length = start + groups * width;
}

/** Groups of eight values of at most 8 bits: each four make one word, two words make `width` bytes. */
function packNarrow(sink: ByteSink, values: Int32Array, from: number, to: number, width: number): number {
  const { view } = sink;
  const w2 = width * 2;
  const w3 = width * 3;
  const up = (width * 4) & 31;
  const down = 32 - width * 4;
  let at = sink.length;
  for (let i = from; i < to; i += 8) {
    const low = values[i]! | (values[i + 1]! << width) | (values[i + 2]! << w2) | (values[i + 3]! << w3);
    const high = values[i + 4]! | (values[i + 5]! << width) | (values[i + 6]! << w2) | (values[i + 7]! << w3);
    if (down === 0) {
      view.setInt32(at, low, true);
      view.setInt32(at + 4, high, true);
    } else {
      view.setInt32(at, low | (high << up), true);
      view.setInt32(at + 4, high >>> down, true);
    }
    at += width;
  }
  return at;
}

/** Groups of eight values of 1 to 32 bits, a word at a time. Gives where they end; up to four bytes behind that are overwritten. */
export function packWords(sink: ByteSink, values: Int32Array, from: number, to: number, width: number): number {
  const { view } = sink;
  const start = sink.length;
  let at = start;
  let word = 0;
  let used = 0;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    word |= value << used;
    used += width;
    if (used >= 32) {
      view.setInt32(at, word, true);
      at += 4;
      used -= 32;
      word = used === 0 ? 0 : value >>> (width - used);
    }
  }
  view.setInt32(at, word, true);
  return start + ((to - from) >> 3) * width;
}

/** The last, incomplete group, filled up with zeros. */
function packTail(sink: ByteSink, values: Int32Array, from: number, to: number, width: number, at: number): void {
  const { bytes } = sink;
  bytes.fill(0, at, at + width);
  let bit = 0;
  for (let i = from; i < to; i++) {
    for (let k = 0; k < width; k++, bit++) bytes[at + (bit >> 3)]! |= ((values[i]! >>> k) & 1) << (bit & 7);
  }
}
