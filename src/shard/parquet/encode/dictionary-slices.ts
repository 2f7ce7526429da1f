import type { DictionaryLimits, Distinct } from './dictionary-limits.js';
import { buildWordDictionary } from './dictionary-words.js';
import { mostDistinct, samplePositions } from './sample.js';
import type { Scratch } from './scratch.js';
import type { Slices } from '../values/values.js';

/** The distinct values among byte strings. */
export function buildSliceDictionary(slices: Slices, limits: DictionaryLimits, scratch: Scratch): Distinct | undefined {
  const { count } = slices;
  if (areShort(slices)) return buildWordDictionary(packShort(slices, scratch), count, limits, scratch);
  const codes = scratch.int32('codes', count);
  const sample = sampleOf(slices, scratch);
  const first = scratch.int32('first', Math.max(limits.entries, sample.count));
  const everything = { entries: sample.count, bytes: Number.MAX_SAFE_INTEGER };
  const distinct = hashSlices(sample, everything, codes, first, scratch);
  if (distinct > sample.count * mostDistinct.longer) return undefined;
  const size = hashSlices(slices, limits, codes, first, scratch);
  return size < 0 ? undefined : { size, first, codes };
}

function sampleOf({ starts, ends, data, count }: Slices, scratch: Scratch): Slices {
  const positions = samplePositions(count, scratch);
  const own = scratch.int32('seen', positions.length * 2);
  const ownEnds = own.subarray(positions.length);
  positions.forEach((position, i) => {
    own[i] = starts[position];
    ownEnds[i] = ends[position];
  });
  return { layout: 'slices', count: positions.length, starts: own, ends: ownEnds, data, contiguous: false };
}

/** Whether every string has at most three bytes, so that it fits with its length into one word. */
function areShort({ starts, ends, count }: Slices): boolean {
  for (let i = 0; i < count; i++) if (ends[i] - starts[i] > 3) return false;
  return true;
}

/** Strings of at most three bytes as numbers: the length on top, then the bytes from the first one on. */
function packShort({ starts, ends, data, count }: Slices, scratch: Scratch): Int32Array {
  const words = scratch.int32('values', count);
  for (let i = 0; i < count; i++) {
    const start = starts[i];
    const length = ends[i] - start;
    let word = length << 24;
    if (length > 0) word |= data[start];
    if (length > 1) word |= data[start + 1] << 8;
    if (length > 2) word |= data[start + 2] << 16;
    words[i] = word;
  }
  return words;
}

/**
 * An open hash table that grows: slot `s` is the words `table[2s]`, the whole hash, and `table[2s + 1]`, code + 1. Equal
 * hashes are settled by comparing the bytes. Gives the number of distinct values, or −1 where
 * the limits are passed.
 */
function hashSlices(
  { starts, ends, data, count }: Slices,
  limits: DictionaryLimits,
  codes: Int32Array,
  first: Int32Array,
  scratch: Scratch,
): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let bits = 11;
  let table = scratch.int32('table', 2 << bits).fill(0, 0, 2 << bits);
  let mask = (2 << bits) - 1;
  let size = 0;
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const start = starts[i];
    const end = ends[i];
    const hash = hashBytes(view, start, end);
    let slot = (hash >>> (32 - bits)) * 2;
    let code = table[slot + 1];
    while (code !== 0) {
      if (table[slot] === hash) {
        const known = first[code - 1];
        if (ends[known] - starts[known] === end - start && sameBytes(view, start, end, starts[known])) break;
      }
      slot = (slot + 2) & mask;
      code = table[slot + 1];
    }
    if (code === 0) {
      bytes += end - start;
      if (size === limits.entries || bytes > limits.bytes) return -1;
      first[size] = i;
      table[slot] = hash;
      table[slot + 1] = code = ++size;
      if (size > 1 << (bits - 1)) {
        const smaller = table.slice(0, 2 << bits);
        bits += 2;
        mask = (2 << bits) - 1;
        table = rehash(smaller, bits, scratch);
      }
    }
    codes[i] = code - 1;
  }
  return size;
}

function rehash(smaller: Int32Array, bits: number, scratch: Scratch): Int32Array {
  const table = scratch.int32('table', 2 << bits).fill(0, 0, 2 << bits);
  const mask = (2 << bits) - 1;
  for (let from = 0; from < smaller.length; from += 2) {
    if (smaller[from + 1] === 0) continue;
    let slot = (smaller[from] >>> (32 - bits)) * 2;
    while (table[slot + 1] !== 0) slot = (slot + 2) & mask;
    table[slot] = smaller[from];
    table[slot + 1] = smaller[from + 1];
  }
  return table;
}

function hashBytes(view: DataView, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 13), 0x85ebca6b);
  return hash ^ (hash >>> 16);
}

function sameBytes(view: DataView, start: number, end: number, other: number): boolean {
  let at = start;
  let to = other;
  for (; at + 4 <= end; at += 4, to += 4) if (view.getInt32(at, true) !== view.getInt32(to, true)) return false;
  for (; at < end; at++, to++) if (view.getUint8(at) !== view.getUint8(to)) return false;
  return true;
}
