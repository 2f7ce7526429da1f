import { createHash } from 'node:crypto';
import type { Kind } from './kinds.js';

/** Where a value stands. docs/digest.md, "Seeds". */
export interface Place {
  readonly place: 'column' | 'field' | 'element' | 'entry' | 'row' | 'key' | 'split' | 'sample';
  readonly kind: Kind;
  /** How many before it have the same name. */
  readonly occurrence?: number;
  readonly name?: string;
}

/** The two seeds of a place, as they lie in memory: 8 bytes each, least significant first. */
export function seedsOf({ place, kind, occurrence = 0, name = '' }: Place): Uint8Array {
  const text = ['tidemark-digest/1', place, kind, String(occurrence), name].join('\0');
  return createHash('sha256').update(text).digest().subarray(0, 16);
}

/** For each name, how many before it are the same. */
export function occurrences(names: readonly string[]): number[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return before;
  });
}
