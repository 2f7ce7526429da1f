import type { Scratch } from './scratch.js';

/** 2³² over the golden ratio: its multiples spread keys that lie close together over the whole table. */
const golden = 0x9e3779b1;
const firstBits = 11;

/**
 * The open hash table of the dictionary builders, from 32-bit keys to codes. A slot is two words, so that both lie in one
 * cache line: `slots[at]`, the key, and `slots[at + 1]`, its code + 1, or 0 where it is free. Who looks for a key begins at
 * `begin(key)`, and goes on at `(at + 2) & mask`. Several values may have one key; whoever asks tells them apart.
 */
export class CodeTable {
  /** Another one after {@link add}, as `mask` is: builders keep both in variables of their own. */
  slots: Int32Array;
  mask: number;
  private bits = firstBits;
  private codes = 0;

  /** Valid until the scratch's `table` is used by somebody else. */
  constructor(private readonly scratch: Scratch) {
    this.slots = this.cleared();
    this.mask = (2 << this.bits) - 1;
  }

  begin(key: number): number {
    return (Math.imul(key, golden) >>> (32 - this.bits)) << 1;
  }

  /** Gives a key the next code, in a free slot. Grows when half of the slots are taken. Returns the code + 1. */
  add(at: number, key: number): number {
    this.slots[at] = key;
    this.slots[at + 1] = ++this.codes;
    if (this.codes > 1 << (this.bits - 1)) this.grow();
    return this.codes;
  }

  private grow(): void {
    const before = this.slots.slice(0, this.mask + 1);
    this.bits += 2;
    this.mask = (2 << this.bits) - 1;
    const slots = this.cleared();
    for (let from = 0; from < before.length; from += 2) {
      if (before[from + 1] === 0) continue;
      let at = this.begin(before[from]!);
      while (slots[at + 1] !== 0) at = (at + 2) & this.mask;
      slots[at] = before[from]!;
      slots[at + 1] = before[from + 1]!;
    }
    this.slots = slots;
  }

  private cleared(): Int32Array {
    const size = 2 << this.bits;
    return this.scratch.int32('table', size).fill(0, 0, size);
  }
}
