import type { ByteSink } from '../pages/byte-sink.js';
import type { Scratch } from './scratch.js';
import { sliceBytes, type Slices, type Words } from '../values/values.js';

const blockSize = 128;
const miniblocks = 4;
const miniblockSize = blockSize / miniblocks;

/**
 * DELTA_BINARY_PACKED: varints block size, miniblocks per block, values, and zigzag the first value; then per block zigzag
 * the smallest delta, a byte of bit width per miniblock, and each miniblock's deltas above the smallest one, bit-packed.
 * Deltas wrap around at the type's width, which is what readers do when they add them up again.
 */
export function writeDeltas(sink: ByteSink, values: Words, from: number, to: number): void {
  sink.varint(blockSize);
  sink.varint(miniblocks);
  sink.varint(to - from);
  if (values.layout === 'pairs') writeWideBlocks(sink, values.words, from, to);
  else writeWordBlocks(sink, values.words, from, to, values.layout === 'narrow');
}

/** DELTA_LENGTH_BYTE_ARRAY: all lengths as DELTA_BINARY_PACKED, then all bytes. */
export function writeDeltaLengths(sink: ByteSink, slices: Slices, from: number, to: number, scratch: Scratch): void {
  const { starts, ends, data } = slices;
  const count = to - from;
  const lengths = scratch.int32('lengths', count);
  for (let i = 0; i < count; i++) lengths[i] = ends[from + i]! - starts[from + i]!;
  writeDeltas(sink, { layout: 'words', count, words: lengths }, 0, count);
  const size = sliceBytes(slices, from, to);
  sink.reserve(size);
  if (count > 0 && slices.contiguous) {
    sink.append(data.subarray(starts[from], ends[to - 1]));
    return;
  }
  for (let i = from; i < to; i++) sink.append(data.subarray(starts[i], ends[i]));
}

/** 32-bit values. Deltas of INT32 wrap at 32 bits; those of narrow INT64 columns need 33 bits and are exact as numbers. */
function writeWordBlocks(sink: ByteSink, words: Int32Array, from: number, to: number, exact: boolean): void {
  const deltas = new Float64Array(blockSize);
  sink.varint(from === to ? 0 : zigzag(words[from]!));
  for (let start = from + 1; start < to; start += blockSize) {
    const count = Math.min(blockSize, to - start);
    let smallest = Infinity;
    for (let i = 0; i < count; i++) {
      const delta = words[start + i]! - words[start + i - 1]!;
      deltas[i] = exact ? delta : delta | 0;
      if (deltas[i]! < smallest) smallest = deltas[i]!;
    }
    sink.varint(zigzag(smallest));
    writeMiniblocks(sink, count, (i, out) => {
      const above = exact ? deltas[i]! - smallest : (deltas[i]! - smallest) >>> 0;
      out.low = above | 0;
      out.high = Math.floor(above / 2 ** 32);
    });
  }
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

/** A 64-bit number as two words. */
interface Wide {
  low: number;
  high: number;
}

/** 64-bit values as word pairs; differences wrap at 64 bits. */
function writeWideBlocks(sink: ByteSink, words: Int32Array, from: number, to: number): void {
  if (from === to) {
    sink.varint(0);
    return;
  }
  const deltas = new Int32Array(blockSize * 2);
  writeWideZigzag(sink, words[2 * from]!, words[2 * from + 1]!);
  const delta: Wide = { low: 0, high: 0 };
  for (let start = from + 1; start < to; start += blockSize) {
    const count = Math.min(blockSize, to - start);
    let smallest = 0;
    for (let i = 0; i < count; i++) {
      const at = 2 * (start + i);
      subtract(words[at]!, words[at + 1]!, words[at - 2]!, words[at - 1]!, delta);
      deltas[2 * i] = delta.low;
      deltas[2 * i + 1] = delta.high;
      if (isLess(deltas, i, smallest)) smallest = i;
    }
    const low = deltas[2 * smallest]!;
    const high = deltas[2 * smallest + 1]!;
    writeWideZigzag(sink, low, high);
    writeMiniblocks(sink, count, (i, out) => subtract(deltas[2 * i]!, deltas[2 * i + 1]!, low, high, out));
  }
}

function isLess(pairs: Int32Array, a: number, b: number): boolean {
  const high = pairs[2 * a + 1]!;
  const other = pairs[2 * b + 1]!;
  return high < other || (high === other && pairs[2 * a]! >>> 0 < pairs[2 * b]! >>> 0);
}

function subtract(low: number, high: number, lessLow: number, lessHigh: number, out: Wide): void {
  const borrow = low >>> 0 < lessLow >>> 0 ? 1 : 0;
  out.low = (low - lessLow) | 0;
  out.high = (high - lessHigh - borrow) | 0;
}

/** Zigzag of a 64-bit number, then LEB128: seven bits at a time from the low end. */
function writeWideZigzag(sink: ByteSink, low: number, high: number): void {
  const sign = high >> 31;
  let restLow = ((low << 1) ^ sign) >>> 0;
  let restHigh = (((high << 1) | (low >>> 31)) ^ sign) >>> 0;
  while (restHigh !== 0 || restLow >= 0x80) {
    sink.byte((restLow & 0x7f) | 0x80);
    restLow = ((restLow >>> 7) | (restHigh << 25)) >>> 0;
    restHigh >>>= 7;
  }
  sink.byte(restLow);
}

/** The miniblocks of one block; `load` gives the i-th delta above the smallest. Unused miniblocks have width 0 and no bytes. */
function writeMiniblocks(sink: ByteSink, count: number, load: (index: number, out: Wide) => void): void {
  const delta: Wide = { low: 0, high: 0 };
  const widths = sink.length;
  sink.reserve(miniblocks + blockSize * 8);
  sink.bytes.fill(0, widths, widths + miniblocks);
  sink.length += miniblocks;
  for (let block = 0; block * miniblockSize < count; block++) {
    const from = block * miniblockSize;
    const to = Math.min(count, from + miniblockSize);
    let low = 0;
    let high = 0;
    for (let i = from; i < to; i++) {
      load(i, delta);
      low |= delta.low;
      high |= delta.high;
    }
    const width = high !== 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(low);
    sink.bytes[widths + block] = width;
    const size = (miniblockSize * width) / 8;
    sink.bytes.fill(0, sink.length, sink.length + size);
    for (let i = from; i < to; i++) {
      load(i, delta);
      packBits(sink.bytes, sink.length, (i - from) * width, delta, width);
    }
    sink.length += size;
  }
}

function packBits(bytes: Uint8Array, start: number, bit: number, { low, high }: Wide, width: number): void {
  let at = start + (bit >> 3);
  let free = 8 - (bit & 7);
  let restLow = low >>> 0;
  let restHigh = high >>> 0;
  for (let left = width; left > 0; left -= free, free = 8) {
    const shift = 8 - free;
    bytes[at++]! |= (restLow << shift) & 0xff;
    restLow = ((restLow >>> free) | (restHigh << (32 - free))) >>> 0;
    restHigh >>>= free;
  }
}
