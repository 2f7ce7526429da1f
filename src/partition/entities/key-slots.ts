import { isThere } from './records.js';

/**
 * Places for records by the hashes of their keys, one for each key, in memory that is used again: open addressing. The first four
 * words of a place are the hash; the place is taken when its last word is not 0.
 */
export class KeySlots {
  entries = new Uint32Array(0);
  private mask = 0;

  /** @param words of a place */
  constructor(private readonly words: number) {}

  /** @param keys how many there will be at most */
  empty(keys: number): void {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, 2 * keys)));
    if (slots * this.words === this.entries.length) this.entries.fill(0);
    else this.entries = new Uint32Array(slots * this.words);
    this.mask = slots - 1;
  }

  /** Where the key of a record has its place in `entries`; where it had none, its hash is written there, and the rest is 0. */
  placeOf(records: Uint32Array, at: number): number {
    const { entries, mask, words } = this;
    for (let slot = records[at]! & mask; ; slot = (slot + 1) & mask) {
      const place = slot * words;
      if (entries[place + words - 1] === 0) {
        for (let word = 0; word < 4; word++) entries[place + word] = records[at + word]!;
        return place;
      }
      if (isThere(entries, place, records, at)) return place;
    }
  }
}
