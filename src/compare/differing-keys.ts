import { hashText } from '../core/digest/hash-text.js';
import { keyBits, setKey } from '../partition/among.js';
import type { TakeDiffering } from './row-differences.js';

/** Which keys differ: some of those that are only added or removed, and all whose rows have changed. */
export class DifferingKeys {
  readonly bits = keyBits();
  /** Hashes of keys as 32 digits, of which rows are shown, by what became of them. */
  readonly shown = { added: new Set<string>(), removed: new Set<string>(), changed: new Set<string>() };
  private readonly set = new Uint8Array(this.bits);

  /** @param most keys of each sort that are shown */
  constructor(private readonly most: number) {}

  /** Whether there is something to look at again. */
  get any(): boolean {
    const { added, removed, changed } = this.shown;
    return this.hasChanged || added.size + removed.size + changed.size > 0;
  }

  private hasChanged = false;

  readonly take: TakeDiffering = (keys, at, how) => {
    const shown = this.shown[how];
    const isShown = shown.size < this.most;
    if (isShown) shown.add(hashText(keys, at));
    if (how === 'changed') this.hasChanged = true;
    if (isShown || how === 'changed') setKey(this.set, keys[at]!);
  };
}
