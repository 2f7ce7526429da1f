import { hashText } from '../core/digest/hash-text.js';
import { keyBits, setKey } from '../partition/among.js';
import type { TakeDiffering } from './row-differences.js';

/** Which keys differ: some of those that are only added or removed, and all whose rows have changed. Plain data. */
export interface DifferingKeys {
  /** Hashes of keys as 32 digits, of which rows are shown, by what became of them. */
  readonly shown: Readonly<Record<'added' | 'removed' | 'changed', ReadonlySet<string>>>;
  /** By which rows to be looked at again are found; undefined: there are none. */
  readonly bits: SharedArrayBuffer | undefined;
}

/** Gathers keys that differ. @param most keys of each sort that are shown */
export function gatherDiffering(most: number): { readonly take: TakeDiffering; gathered(): DifferingKeys } {
  const shown = { added: new Set<string>(), removed: new Set<string>(), changed: new Set<string>() };
  // Room is made for the first one.
  let bits: SharedArrayBuffer | undefined;
  let set: Uint8Array = new Uint8Array(0);
  return {
    take(keys, at, how) {
      const isShown = shown[how].size < most;
      if (isShown) shown[how].add(hashText(keys, at));
      if (!isShown && how !== 'changed') return;
      if (bits === undefined) set = new Uint8Array((bits = keyBits()));
      setKey(set, keys[at]!);
    },
    gathered: () => ({ shown, bits }),
  };
}
