import type { Data } from 'apache-arrow';
import type { Bounds } from '../facts.js';
import { lowerBound, upperBound } from './byte-bounds.js';
import type { Present } from './present.js';
import { textsAtEnds } from './text-extremes.js';

/** Of texts, by their bytes. */
export function textBounds(present: Present): Bounds | 'unknown' {
  if (present.count < worthNarrowing) return boundsOf(present);
  const at = textsAtEnds(present);
  return boundsOf({ data: present.data, at, count: at.length });
}

/** Fewer texts are sooner compared one by one. */
const worthNarrowing = 64;

/** Compared by their first four bytes as one number; only where these are the same, word by word. */
function boundsOf({ data, at, count }: Present): Bounds | 'unknown' {
  const offsets = data.valueOffsets as Int32Array;
  const bytes = data.values as Uint8Array;
  const texts = new Texts(bytes);
  let min = at === undefined ? 0 : at[0]!;
  let max = min;
  let minPrefix = texts.prefix(offsets[min]!, offsets[min + 1]!);
  let maxPrefix = minPrefix;
  for (let i = 1; i < count; i++) {
    const k = at === undefined ? i : at[i]!;
    const from = offsets[k]!;
    const to = offsets[k + 1]!;
    const prefix = texts.prefix(from, to);
    if (prefix > minPrefix && prefix < maxPrefix) continue;
    if (prefix < minPrefix || (prefix === minPrefix && texts.compare(from, to, offsets[min]!, offsets[min + 1]!) < 0)) {
      min = k;
      minPrefix = prefix;
    }
    if (prefix > maxPrefix || (prefix === maxPrefix && texts.compare(from, to, offsets[max]!, offsets[max + 1]!) > 0)) {
      max = k;
      maxPrefix = prefix;
    }
  }
  const upper = upperBound(bytes.subarray(offsets[max], offsets[max + 1]), true);
  if (upper === undefined) return 'unknown';
  return { min: lowerBound(bytes.subarray(offsets[min], offsets[min + 1]), true), max: upper };
}

const firstBytes = [0, 0xff000000, 0xffff0000, 0xffffff00] as const;

/** Texts that lie in one buffer, by where they begin and end. */
class Texts {
  private readonly view: DataView;
  /** From here on there are no four bytes. */
  private readonly lastWord: number;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.lastWord = bytes.length - 4;
  }

  /** The first four bytes as a number that orders texts as their bytes do; where there are fewer, zeros follow. */
  prefix(from: number, to: number): number {
    if (from > this.lastWord) return this.slowPrefix(from, to);
    const length = to - from;
    const word = this.view.getUint32(from);
    if (length >= 4) return word;
    return (word & firstBytes[length]!) >>> 0;
  }

  private slowPrefix(from: number, to: number): number {
    let prefix = 0;
    for (let k = 0; k < 4; k++) prefix = prefix * 256 + (from + k < to ? this.bytes[from + k]! : 0);
    return prefix;
  }

  /** Of two texts with the same first four bytes: negative where the one at `a` comes before that at `b`. */
  compare(a: number, aEnd: number, b: number, bEnd: number): number {
    const { bytes, view } = this;
    const shorter = Math.min(aEnd - a, bEnd - b);
    let k = 4;
    for (; k + 4 <= shorter; k += 4) {
      const difference = view.getUint32(a + k) - view.getUint32(b + k);
      if (difference !== 0) return difference;
    }
    for (k = Math.min(k, shorter); k < shorter; k++) {
      const difference = bytes[a + k]! - bytes[b + k]!;
      if (difference !== 0) return difference;
    }
    return aEnd - a - (bEnd - b);
  }
}

const uuidBytes = 16;

/** Of UUIDs, by their bytes. */
export function uuidBounds({ data, at, count }: Present): Bounds {
  const view = viewOf(data);
  let min = at === undefined ? 0 : at[0]!;
  let max = min;
  for (let i = 1; i < count; i++) {
    const k = at === undefined ? i : at[i]!;
    if (compareUuids(view, k, min) < 0) min = k;
    if (compareUuids(view, k, max) > 0) max = k;
  }
  const bytes = data.values as Uint8Array;
  const at16 = (k: number) => bytes.slice(k * uuidBytes, (k + 1) * uuidBytes);
  return { min: at16(min), max: at16(max) };
}

function viewOf({ values }: Data): DataView {
  const bytes = values as Uint8Array;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function compareUuids(view: DataView, a: number, b: number): number {
  for (let k = 0; k < uuidBytes; k += 4) {
    const difference = view.getUint32(a * uuidBytes + k) - view.getUint32(b * uuidBytes + k);
    if (difference !== 0) return difference;
  }
  return 0;
}
