import type { Words } from '../values/values.js';

/** Deltas of a block, and of each of its miniblocks, which have a bit width of their own. */
export const blockSize = 128;
export const miniblockSize = 32;
export const miniblocks = blockSize / miniblockSize;

/**
 * One block of DELTA_BINARY_PACKED: the differences of consecutive values above the smallest of them. They wrap around at the
 * type's width, as they do in readers, which add them up again; so any word is a number without a sign.
 */
export class DeltaBlock {
  /** The deltas above the smallest, low words; zeros behind the last. */
  readonly low = new Int32Array(blockSize);
  /** Their high words, where {@link isWide}. */
  readonly high = new Int32Array(blockSize);
  isWide = false;
  /** The smallest delta. */
  smallestLow = 0;
  smallestHigh = 0;
  /** Bits of the deltas of each miniblock; 0 for those without any. */
  readonly widths = new Uint8Array(miniblocks);

  /** Takes the differences of `count` values, at most {@link blockSize}, from those before them; the first is at `from` > 0. */
  load({ layout, words }: Words, from: number, count: number): void {
    this.isWide = layout === 'pairs' || (layout === 'narrow' && overflows(words, from, count));
    if (!this.isWide) this.ofWords(words, from, count);
    else if (layout === 'pairs') this.ofPairs(words, from, count);
    else this.ofNarrow(words, from, count);
    this.measure(count);
  }

  /** Bytes of the packed deltas. */
  get packedSize(): number {
    const { widths } = this;
    return ((widths[0]! + widths[1]! + widths[2]! + widths[3]!) * miniblockSize) / 8;
  }

  /** 32-bit values, whose deltas wrap at 32 bits or have no more. */
  private ofWords(words: Int32Array, from: number, count: number): void {
    const { low } = this;
    const smallest = smallestStep(words, from, count, low);
    for (let i = 0; i < count; i++) low[i] = low[i]! - smallest;
    this.smallestLow = smallest;
    this.smallestHigh = smallest >> 31;
  }

  /** 64-bit values of 32 bits: deltas may have 33. */
  private ofNarrow(words: Int32Array, from: number, count: number): void {
    const { low, high } = this;
    for (let i = 0; i < count; i++) {
      const delta = words[from + i]! - words[from + i - 1]!;
      low[i] = delta;
      high[i] = delta < 0 ? -1 : 0;
    }
    this.aboveSmallest(count);
  }

  private ofPairs(words: Int32Array, from: number, count: number): void {
    const { low, high } = this;
    for (let i = 0, at = 2 * from; i < count; i++, at += 2) {
      const less = words[at]! >>> 0 < words[at - 2]! >>> 0 ? 1 : 0;
      low[i] = words[at]! - words[at - 2]!;
      high[i] = words[at + 1]! - words[at - 1]! - less;
    }
    this.aboveSmallest(count);
  }

  /** Subtracts the smallest delta, as two words, from all. */
  private aboveSmallest(count: number): void {
    const { low, high } = this;
    const smallest = smallestPair(low, high, count);
    const smallestLow = (this.smallestLow = low[smallest]!);
    const smallestHigh = (this.smallestHigh = high[smallest]!);
    for (let i = 0; i < count; i++) {
      const less = low[i]! >>> 0 < smallestLow >>> 0 ? 1 : 0;
      low[i] = low[i]! - smallestLow;
      high[i] = high[i]! - smallestHigh - less;
    }
  }

  private measure(count: number): void {
    const { low, high, widths } = this;
    if (count < blockSize) {
      low.fill(0, count);
      high.fill(0, count);
    }
    for (let i = 0; i < miniblocks; i++) {
      const upper = this.isWide ? bitsOf(high, i * miniblockSize) : 0;
      widths[i] = upper > 0 ? 32 + upper : bitsOf(low, i * miniblockSize);
    }
  }
}

/** Whether some difference of 32-bit values has more than 32 bits. */
function overflows(words: Int32Array, from: number, count: number): boolean {
  let signs = 0;
  let before = words[from - 1]!;
  for (let i = from; i < from + count; i++) {
    const value = words[i]!;
    signs |= (value ^ before) & (value ^ (value - before));
    before = value;
  }
  return signs < 0;
}

/** Puts the differences into `out`, and gives the smallest. */
function smallestStep(words: Int32Array, from: number, count: number, out: Int32Array): number {
  let smallest = 0x7fff_ffff;
  for (let i = 0; i < count; i++) {
    const delta = (words[from + i]! - words[from + i - 1]!) | 0;
    out[i] = delta;
    if (delta < smallest) smallest = delta;
  }
  return smallest;
}

/** Where the smallest one is. */
function smallestPair(low: Int32Array, high: Int32Array, count: number): number {
  let smallest = 0;
  for (let i = 1; i < count; i++) {
    const above = high[i]! - high[smallest]!;
    if (above < 0 || (above === 0 && low[i]! >>> 0 < low[smallest]! >>> 0)) smallest = i;
  }
  return smallest;
}

function bitsOf(words: Int32Array, from: number): number {
  let all = 0;
  for (let i = from; i < from + miniblockSize; i++) all |= words[i]!;
  return 32 - Math.clz32(all);
}
