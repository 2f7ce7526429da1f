import { bytesOfHash } from './kernel.js';

/** Hashes, one after the other, in ascending order. */
export function sortedHashes(hashes: Uint8Array): Uint8Array {
  const all = Buffer.from(hashes.buffer, hashes.byteOffset, hashes.length);
  const count = all.length / bytesOfHash;
  const order = Array.from({ length: count }, (_, i) => all.subarray(i * bytesOfHash, (i + 1) * bytesOfHash));
  return Buffer.concat(order.sort(Buffer.compare));
}

/** A multiset of hashes, from which each may be taken as often as it is in it. */
export class HashBag {
  private readonly all: Buffer;
  private readonly taken: Uint8Array;

  /** @param hashes in ascending order */
  constructor(hashes: Uint8Array) {
    this.all = Buffer.from(hashes.buffer, hashes.byteOffset, hashes.length);
    this.taken = new Uint8Array(hashes.length / bytesOfHash);
  }

  /** Whether there is one left of the hash that lies at `from`; then it is taken. */
  take(hashes: Uint8Array, from: number): boolean {
    for (let at = this.firstNotBelow(hashes, from); at < this.taken.length; at++) {
      if (this.compare(at, hashes, from) !== 0) return false;
      if (this.taken[at] === 1) continue;
      this.taken[at] = 1;
      return true;
    }
    return false;
  }

  private firstNotBelow(hashes: Uint8Array, from: number): number {
    let [low, high] = [0, this.taken.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.compare(middle, hashes, from) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private compare(at: number, hashes: Uint8Array, from: number): number {
    return this.all.compare(hashes, from, from + bytesOfHash, at * bytesOfHash, (at + 1) * bytesOfHash);
  }
}
