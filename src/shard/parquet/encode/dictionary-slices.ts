import { CodeTable } from './code-table.js';
import type { CodeBuffers, DictionaryLimits, Distinct } from './distinct.js';
import { buildWordDictionary } from './dictionary-words.js';
import { mostDistinct, samplePositions } from './sample.js';
import type { Scratch } from './scratch.js';
import type { Slices } from '../values/values.js';

/** The distinct values among byte strings. */
export function buildSliceDictionary(slices: Slices, limits: DictionaryLimits, scratch: Scratch): Distinct | undefined {
  const { count } = slices;
  if (areShort(slices)) return buildWordDictionary(packShort(slices, scratch), count, limits, scratch);
  const sample = sampleOf(slices, scratch);
  const into = {
    codes: scratch.int32('codes', count),
    first: scratch.int32('first', Math.max(limits.entries, sample.count)),
  };
  const everything = { entries: sample.count, bytes: Number.MAX_SAFE_INTEGER };
  const distinct = hashSlices(sample, new CodeTable(scratch), everything, into);
  if (distinct > sample.count * mostDistinct.longer) return undefined;
  const size = hashSlices(slices, new CodeTable(scratch), limits, into);
  return size < 0 ? undefined : { size, ...into };
}

function sampleOf({ starts, ends, data, count }: Slices, scratch: Scratch): Slices {
  const positions = samplePositions(count, scratch);
  const own = scratch.int32('seen', positions.length * 2);
  const ownEnds = own.subarray(positions.length);
  positions.forEach((position, i) => {
    own[i] = starts[position]!;
    ownEnds[i] = ends[position]!;
  });
  return { layout: 'slices', count: positions.length, starts: own, ends: ownEnds, data, contiguous: false };
}

/** Whether every string has at most three bytes, so that it fits with its length into one word. */
function areShort({ starts, ends, count }: Slices): boolean {
  for (let i = 0; i < count; i++) if (ends[i]! - starts[i]! > 3) return false;
  return true;
}

/** Strings of at most three bytes as numbers: the length on top, then the bytes from the first one on. */
function packShort({ starts, ends, data, count }: Slices, scratch: Scratch): Int32Array {
  const words = scratch.int32('values', count);
  for (let i = 0; i < count; i++) {
    const start = starts[i]!;
    const length = ends[i]! - start;
    let word = length << 24;
    if (length > 0) word |= data[start]!;
    if (length > 1) word |= data[start + 1]! << 8;
    if (length > 2) word |= data[start + 2]! << 16;
    words[i] = word;
  }
  return words;
}

/**
 * The key is a hash of the bytes; equal ones are settled by comparing those. Gives how many distinct strings there are; −1
 * where the limits are passed.
 */
function hashSlices(
  { starts, ends, data, count }: Slices,
  table: CodeTable,
  limits: DictionaryLimits,
  { codes, first }: CodeBuffers,
): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let { slots, mask } = table;
  let size = 0;
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const start = starts[i]!;
    const end = ends[i]!;
    const key = hashBytes(view, start, end);
    let at = table.begin(key);
    let code = slots[at + 1]!;
    while (code !== 0) {
      if (slots[at] === key) {
        const known = first[code - 1]!;
        if (ends[known]! - starts[known]! === end - start && sameBytes(view, start, end, starts[known]!)) break;
      }
      at = (at + 2) & mask;
      code = slots[at + 1]!;
    }
    if (code === 0) {
      bytes += end - start;
      if (size === limits.entries || bytes > limits.bytes) return -1;
      first[size++] = i;
      code = table.add(at, key);
      ({ slots, mask } = table);
    }
    codes[i] = code - 1;
  }
  return size;
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
