import type { DictionaryLimits, Distinct } from './dictionary-limits.js';
import { mostDistinct, samplePositions } from './sample.js';
import type { Scratch } from './scratch.js';

/** A range of values at most this wide is looked up in a table, without hashing. */
const widestTable = 65_536;

/** The distinct values of 32-bit words. */
export function buildWordDictionary(
  words: Int32Array,
  count: number,
  limits: DictionaryLimits,
  scratch: Scratch,
): Distinct | undefined {
  let min = words[0];
  let max = min;
  for (let i = 1; i < count; i++) {
    const word = words[i];
    if (word < min) min = word;
    if (word > max) max = word;
  }
  const range = max - min + 1;
  const codes = scratch.int32('codes', count);
  const first = scratch.int32('first', limits.entries);
  const size =
    range <= widestTable && range <= count
      ? lookUp(words, count, min, range, limits.entries, codes, first, scratch)
      : sampleIsHopeless(words, count, scratch)
        ? -1
        : hashWords(words, count, limits.entries, codes, first, scratch);
  return size < 0 ? undefined : { size, first, codes };
}

/** A table of codes by value. Gives −1 where there are too many distinct values. */
function lookUp(
  words: Int32Array,
  count: number,
  min: number,
  range: number,
  most: number,
  codes: Int32Array,
  first: Int32Array,
  scratch: Scratch,
): number {
  const table = scratch.int32('table', range).fill(-1, 0, range);
  let size = 0;
  for (let i = 0; i < count; i++) {
    const slot = words[i] - min;
    let code = table[slot];
    if (code < 0) {
      if (size === most) return -1;
      first[size] = i;
      table[slot] = code = size++;
    }
    codes[i] = code;
  }
  return size;
}

const golden = 0x9e3779b1;

function sampleIsHopeless(words: Int32Array, count: number, scratch: Scratch): boolean {
  const positions = samplePositions(count, scratch);
  const table = scratch.int32('table', 8192).fill(0, 0, 8192);
  let distinct = 0;
  for (const position of positions) {
    const word = words[position];
    let slot = (Math.imul(word, golden) >>> 20) * 2;
    while (table[slot + 1] !== 0 && table[slot] !== word) slot = (slot + 2) & 8191;
    if (table[slot + 1] === 0) {
      table[slot] = word;
      table[slot + 1] = 1;
      distinct++;
    }
  }
  return distinct > positions.length * mostDistinct.words;
}

/**
 * An open hash table that grows: slot `s` is the words `table[2s]`, the value, and `table[2s + 1]`, its code + 1, so that
 * both lie in one cache line.
 */
function hashWords(
  words: Int32Array,
  count: number,
  most: number,
  codes: Int32Array,
  first: Int32Array,
  scratch: Scratch,
): number {
  let bits = 11;
  let table = scratch.int32('table', 2 << bits).fill(0, 0, 2 << bits);
  let mask = (2 << bits) - 1;
  let size = 0;
  for (let i = 0; i < count; i++) {
    const word = words[i];
    let slot = (Math.imul(word, golden) >>> (32 - bits)) * 2;
    let code = table[slot + 1];
    while (code !== 0 && table[slot] !== word) {
      slot = (slot + 2) & mask;
      code = table[slot + 1];
    }
    if (code === 0) {
      if (size === most) return -1;
      first[size] = i;
      table[slot] = word;
      table[slot + 1] = code = ++size;
      if (size > 1 << (bits - 1)) {
        bits += 2;
        mask = (2 << bits) - 1;
        table = rehash(words, first, size, bits, scratch);
      }
    }
    codes[i] = code - 1;
  }
  return size;
}

function rehash(words: Int32Array, first: Int32Array, size: number, bits: number, scratch: Scratch): Int32Array {
  const table = scratch.int32('table', 2 << bits).fill(0, 0, 2 << bits);
  const mask = (2 << bits) - 1;
  for (let code = 0; code < size; code++) {
    const word = words[first[code]];
    let slot = (Math.imul(word, golden) >>> (32 - bits)) * 2;
    while (table[slot + 1] !== 0) slot = (slot + 2) & mask;
    table[slot] = word;
    table[slot + 1] = code + 1;
  }
  return table;
}
