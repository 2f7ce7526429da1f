import { hashText } from '../core/digest/hash-text.js';
import { keyBits, setKey } from '../partition/among.js';
import type { TakeDiffering } from './row-differences.js';

/** Which keys differ: some of those that are only added or removed, and all whose rows have changed. */
export class DifferingKeys {
  /** Hashes of keys as 32 digits, of which rows are shown, by what became of them. */
  readonly shown = { added: new Set<string>(), removed: new Set<string>(), changed: new Set<string>() };
  /** Room is made for the first one. */
  #bits: SharedArrayBuffer | undefined;
  #set: Uint8Array = new Uint8Array(0);

  /** @param most keys of each sort that are shown */
  constructor(private readonly most: number) {}

  /** Whether there is something to look at again. */
  get any(): boolean {
    return this.#bits !== undefined;
  }

  get bits(): SharedArrayBuffer {
    return (this.#bits ??= keyBits());
  }

  readonly take: TakeDiffering = (keys, at, how) => {
    const shown = this.shown[how];
    const isShown = shown.size < this.most;
    if (isShown) shown.add(hashText(keys, at));
    if (!isShown && how !== 'changed') return;
    if (!this.any) this.#set = new Uint8Array(this.bits);
    setKey(this.#set, keys[at]!);
  };
}
