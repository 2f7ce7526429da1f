import type { DictionaryLimits, Distinct } from './dictionary-limits.js';
import { mostDistinct, samplePositions } from './sample.js';
import type { Scratch } from './scratch.js';

/** The distinct values of 64-bit pairs of words. */
export function buildPairDictionary(
  words: Int32Array,
  count: number,
  limits: DictionaryLimits,
  scratch: Scratch,
): Distinct | undefined {
  const codes = scratch.int32('codes', count);
  const positions = samplePositions(count, scratch);
  const sampled = positions.length;
  const first = scratch.int32('first', Math.max(limits.entries, sampled));
  const sample = scratch.int32('seen', sampled * 2);
  for (let i = 0; i < sampled; i++) {
    sample[2 * i] = words[2 * positions[i]];
    sample[2 * i + 1] = words[2 * positions[i] + 1];
  }
  const distinct = hashPairs(sample, sampled, sampled, codes, first, scratch);
  if (distinct > sampled * mostDistinct.longer) return undefined;
  const size = hashPairs(words, count, limits.entries, codes, first, scratch);
  return size < 0 ? undefined : { size, first, codes };
}

function hash(low: number, high: number): number {
  const mixed = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 15), 0x9e3779b1);
}

/**
 * An open hash table that grows. A slot is a code + 1; the value is found at its first occurrence. Gives how many distinct
 * values there are; −1 where there are more than `most`.
 */
function hashPairs(
  words: Int32Array,
  count: number,
  most: number,
  codes: Int32Array,
  first: Int32Array,
  scratch: Scratch,
): number {
  let bits = 12;
  let table = scratch.int32('table', 1 << bits).fill(0, 0, 1 << bits);
  let mask = (1 << bits) - 1;
  let size = 0;
  for (let i = 0; i < count; i++) {
    const low = words[2 * i];
    const high = words[2 * i + 1];
    let slot = hash(low, high) >>> (32 - bits);
    let code = table[slot];
    while (code !== 0 && (words[2 * first[code - 1]] !== low || words[2 * first[code - 1] + 1] !== high)) {
      slot = (slot + 1) & mask;
      code = table[slot];
    }
    if (code === 0) {
      if (size === most) return -1;
      first[size] = i;
      table[slot] = code = ++size;
      if (size > 1 << (bits - 1)) {
        bits += 2;
        mask = (1 << bits) - 1;
        table = rehash(words, first, size, bits, scratch);
      }
    }
    codes[i] = code - 1;
  }
  return size;
}

function rehash(words: Int32Array, first: Int32Array, size: number, bits: number, scratch: Scratch): Int32Array {
  const table = scratch.int32('table', 1 << bits).fill(0, 0, 1 << bits);
  const mask = (1 << bits) - 1;
  for (let code = 0; code < size; code++) {
    let slot = hash(words[2 * first[code]], words[2 * first[code] + 1]) >>> (32 - bits);
    while (table[slot] !== 0) slot = (slot + 1) & mask;
    table[slot] = code + 1;
  }
  return table;
}
