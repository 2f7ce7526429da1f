import type { Scratch } from './scratch.js';

/** How many values are looked at before a dictionary is begun; of fewer than 4,096 one in four, but at least so many. */
const sampleSize = 1024;
const leastSample = 256;

/**
 * With a larger share of distinct values in the sample there will be no dictionary. Of numbers in random order some 12,000
 * different ones stay below it; for longer values, of which a dictionary saves more, some 25,000.
 */
export const mostDistinct = { words: 0.96, longer: 0.98 };

/**
 * The positions of the sample: one in each of as many equal stretches, at a place in it that looks random and is always the
 * same. (Evenly spaced ones would miss every repetition in values that come round periodically.)
 */
export function samplePositions(count: number, scratch: Scratch): Int32Array {
  const size = Math.min(sampleSize, count, Math.max(leastSample, count >> 2));
  const step = Math.floor(count / size);
  const positions = scratch.int32('sample', size);
  for (let i = 0; i < size; i++) positions[i] = i * step + (scramble(i) % step);
  return positions.subarray(0, size);
}

/** A number from 0 to 2^32 − 1 without visible relation to `i` (murmur3's finalizer). */
function scramble(i: number): number {
  let x = Math.imul(i ^ 0x9e3779b9, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
