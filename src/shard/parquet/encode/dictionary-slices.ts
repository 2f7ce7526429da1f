import { CodeTable } from './code-table.js';
import type { CodeBuffers, DictionaryLimits, Distinct } from './distinct.js';
import { buildWordDictionary } from './dictionary-words.js';
import { mostDistinct, samplePositions } from './sample.js';
import type { Scratch } from './scratch.js';
import type { Slices } from '../values/values.js';

/** So many strings may have the key of another one before keys of all bytes are taken. */
const mostAlike = 64;
/** What {@link hashSlices} gives beside a number of strings. */
const [passed, alike] = [-1, -2];

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
  const hashed = (some: Slices, most: DictionaryLimits, key: Key): number =>
    hashSlices(some, new CodeTable(scratch), { limits: most, key }, into);
  const distinct = hashed(sample, everything, 'all bytes');
  if (distinct > sample.count * mostDistinct.longer) return undefined;
  const quick = hashed(slices, limits, 'some bytes');
  const size = quick === alike ? hashed(slices, limits, 'all bytes') : quick;
  return size === passed ? undefined : { size, ...into };
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

/** What strings are looked up by. Some of their bytes are read sooner, and many strings may have the same ones there. */
type Key = 'some bytes' | 'all bytes';

/**
 * The key is a hash of bytes; equal ones are settled by comparing all. Gives how many distinct strings there are; or `passed`: more than the
 * limits, or `alike`: too many have the same key, by some bytes.
 */
function hashSlices(
  { starts, ends, data, count }: Slices,
  table: CodeTable,
  { limits, key: keyOf }: { readonly limits: DictionaryLimits; readonly key: Key },
  { codes, first }: CodeBuffers,
): number {
  const isQuick = keyOf === 'some bytes';
  let unlike = 0;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let { slots, mask } = table;
  let size = 0;
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const start = starts[i]!;
    const end = ends[i]!;
    const key = isQuick && end - start >= 4 ? hashSome(view, start, end) : hashBytes(view, start, end);
    let at = table.begin(key);
    let code = slots[at + 1]!;
    while (code !== 0) {
      if (slots[at] === key) {
        const known = first[code - 1]!;
        if (ends[known]! - starts[known]! === end - start && same(view, start, end, starts[known]!)) break;
        if (isQuick && ++unlike > mostAlike) return alike;
      }
      at = (at + 2) & mask;
      code = slots[at + 1]!;
    }
    if (code === 0) {
      bytes += end - start;
      if (size === limits.entries || bytes > limits.bytes) return passed;
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

/** Of four bytes and more: the length, and those at the beginning, in the middle and at the end. */
function hashSome(view: DataView, start: number, end: number): number {
  let hash = Math.imul((end - start) ^ view.getInt32(start, true), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15) ^ view.getInt32(start + ((end - start - 4) >> 1), true), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 13) ^ view.getInt32(end - 4, true), 0x85ebca6b);
  return hash ^ (hash >>> 16);
}

/** Of strings of one length. Of four to twelve bytes, what {@link hashSome} reads is all: a loop would end elsewhere for each, which no processor foresees. */
function same(view: DataView, start: number, end: number, other: number): boolean {
  const length = end - start;
  if (length < 4 || length > 12) return sameBytes(view, start, end, other);
  const middle = (length - 4) >> 1;
  return (
    view.getInt32(start, true) === view.getInt32(other, true) &&
    view.getInt32(start + middle, true) === view.getInt32(other + middle, true) &&
    view.getInt32(end - 4, true) === view.getInt32(other + length - 4, true)
  );
}

function sameBytes(view: DataView, start: number, end: number, other: number): boolean {
  let at = start;
  let to = other;
  for (; at + 4 <= end; at += 4, to += 4) if (view.getInt32(at, true) !== view.getInt32(to, true)) return false;
  for (; at < end; at++, to++) if (view.getUint8(at) !== view.getUint8(to)) return false;
  return true;
}
