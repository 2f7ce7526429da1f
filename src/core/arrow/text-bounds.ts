import type { Data } from 'apache-arrow';
import type { Bounds } from '../facts.js';
import { lowerBound, upperBound } from './byte-bounds.js';
import type { Selected } from './selected.js';

/**
 * Of texts, by their bytes. Compared by their first four bytes as one number; only where these are no help, byte by byte.
 */
export function textBounds(data: Data, { at, count }: Selected): Bounds | 'unknown' {
  const offsets = data.valueOffsets as Int32Array;
  const bytes = data.values as Uint8Array;
  let min = at === undefined ? 0 : at[0]!;
  let max = min;
  let minPrefix = prefixOf(bytes, offsets[min]!, offsets[min + 1]!);
  let maxPrefix = minPrefix;
  for (let i = 1; i < count; i++) {
    const k = at === undefined ? i : at[i]!;
    const from = offsets[k]!;
    const to = offsets[k + 1]!;
    const prefix = prefixOf(bytes, from, to);
    if (prefix > minPrefix && prefix < maxPrefix) continue;
    if (prefix < minPrefix || (prefix === minPrefix && isBelow(bytes, from, to, offsets[min]!, offsets[min + 1]!))) {
      min = k;
      minPrefix = prefix;
    }
    if (prefix > maxPrefix || (prefix === maxPrefix && isBelow(bytes, offsets[max]!, offsets[max + 1]!, from, to))) {
      max = k;
      maxPrefix = prefix;
    }
  }
  const upper = upperBound(bytes.subarray(offsets[max], offsets[max + 1]), true);
  if (upper === undefined) return 'unknown';
  return { min: lowerBound(bytes.subarray(offsets[min], offsets[min + 1]), true), max: upper };
}

/** Four bytes as a number that orders texts as their bytes do; where there are fewer, zeros follow. */
function prefixOf(bytes: Uint8Array, from: number, to: number): number {
  if (to - from >= 4) {
    return bytes[from]! * 0x1000000 + ((bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!);
  }
  let prefix = 0;
  for (let k = 0; k < 4; k++) prefix = prefix * 256 + (from + k < to ? bytes[from + k]! : 0);
  return prefix;
}

/** Whether the text at `a` comes before the one at `b`. */
function isBelow(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  if (a === b) return false;
  let x = a;
  let y = b;
  while (x < aEnd && y < bEnd) {
    const difference = bytes[x++]! - bytes[y++]!;
    if (difference !== 0) return difference < 0;
  }
  return aEnd - a < bEnd - b;
}

const uuidBytes = 16;

/** Of UUIDs, by their bytes. */
export function uuidBounds(data: Data, { at, count }: Selected): Bounds {
  const bytes = data.values as Uint8Array;
  let min = at === undefined ? 0 : at[0]!;
  let max = min;
  for (let i = 1; i < count; i++) {
    const k = at === undefined ? i : at[i]!;
    const first = bytes[k * uuidBytes]!;
    if (first <= bytes[min * uuidBytes]! && isBelowUuid(bytes, k, min)) min = k;
    if (first >= bytes[max * uuidBytes]! && isBelowUuid(bytes, max, k)) max = k;
  }
  const at16 = (k: number) => bytes.slice(k * uuidBytes, (k + 1) * uuidBytes);
  return { min: at16(min), max: at16(max) };
}

function isBelowUuid(bytes: Uint8Array, a: number, b: number): boolean {
  const end = (k: number) => (k + 1) * uuidBytes;
  return isBelow(bytes, a * uuidBytes, end(a), b * uuidBytes, end(b));
}
