import type { ByteSink } from '../pages/byte-sink.js';
import { sliceBytes, type Slices, type Words } from '../values/values.js';
import { blockSize, DeltaBlock, miniblocks, miniblockSize } from './delta-block.js';
import { packWords } from './rle.js';
import type { Scratch } from './scratch.js';

/**
 * DELTA_BINARY_PACKED: varints block size, miniblocks per block, values, and zigzag the first value; then per block zigzag
 * the smallest delta, a byte of bit width per miniblock, and each miniblock's deltas above the smallest one, bit-packed.
 */
export function writeDeltas(sink: ByteSink, values: Words, from: number, to: number): void {
  sink.varint(blockSize);
  sink.varint(miniblocks);
  sink.varint(to - from);
  if (from === to) {
    sink.varint(0);
    return;
  }
  writeFirst(sink, values, from);
  const block = new DeltaBlock();
  for (let start = from + 1; start < to; start += blockSize) {
    block.load(values, start, Math.min(blockSize, to - start));
    writeBlock(sink, block);
  }
}

/** How many blocks are looked at to estimate how long all are. */
const sampledBlocks = 16;
/** Bytes of a block beside its packed deltas, about: widths, and the smallest delta. */
const blockHeader = 7;

/** About how many bytes {@link writeDeltas} writes for all values, from some blocks that are evenly spread. */
export function estimatedDeltaSize(values: Words): number {
  const blocks = Math.ceil((values.count - 1) / blockSize);
  const looked = Math.min(blocks, sampledBlocks);
  const block = new DeltaBlock();
  let bytes = 0;
  for (let i = 0; i < looked; i++) {
    const start = 1 + Math.floor((i * blocks) / looked) * blockSize;
    block.load(values, start, Math.min(blockSize, values.count - start));
    bytes += blockHeader + block.packedSize;
  }
  return looked === 0 ? Infinity : (bytes * blocks) / looked;
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

function writeFirst(sink: ByteSink, { layout, words }: Words, from: number): void {
  if (layout === 'pairs') writeZigzag(sink, words[2 * from]!, words[2 * from + 1]!);
  else writeZigzag(sink, words[from]!, words[from]! >> 31);
}

/** Unused miniblocks have width 0 and no bytes. */
function writeBlock(sink: ByteSink, block: DeltaBlock): void {
  const { low, high, widths } = block;
  writeZigzag(sink, block.smallestLow, block.smallestHigh);
  sink.append(widths);
  sink.reserve(block.packedSize);
  for (let i = 0; i < miniblocks; i++) {
    const width = widths[i]!;
    if (width > 32) packWide(sink, { low, high, from: i * miniblockSize, width });
    else if (width > 0) packWords(sink, low, i * miniblockSize, (i + 1) * miniblockSize, width);
    sink.length += (miniblockSize * width) / 8;
  }
}

/** A miniblock of more than 32 bits a value: each is a whole word, and some bits of the next one. */
function packWide(
  { view, length }: ByteSink,
  {
    low,
    high,
    from,
    width,
  }: { readonly low: Int32Array; readonly high: Int32Array; readonly from: number; readonly width: number },
): void {
  const above = width - 32;
  let at = length;
  let word = 0;
  let used = 0;
  for (let i = from; i < from + miniblockSize; i++) {
    const lower = low[i]!;
    view.setInt32(at, word | (lower << used), true);
    at += 4;
    const upper = high[i]!;
    word = used === 0 ? 0 : lower >>> (32 - used);
    word |= upper << used;
    used += above;
    if (used < 32) continue;
    view.setInt32(at, word, true);
    at += 4;
    used -= 32;
    word = used === 0 ? 0 : upper >>> (above - used);
  }
}

/** Zigzag of a 64-bit number, then LEB128: seven bits at a time from the low end. */
function writeZigzag(sink: ByteSink, low: number, high: number): void {
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
