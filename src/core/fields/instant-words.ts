const twoTo32 = 0x1_0000_0000;

/** Counts that are not near the ends of 64 bits, and within what doubles tell apart of that. */
const surely = 9.2e18;

/** Whether seconds × unit + fraction fit 64 bits. @param fraction of a second, whole and not negative */
export function fitsWords(seconds: number, fraction: number, unit: number): boolean {
  if (Math.abs(seconds) * unit < surely) return true;
  const count = BigInt(seconds) * BigInt(unit) + BigInt(fraction);
  return BigInt.asIntN(64, count) === count;
}

/** Writes an instant into two words, the low one first: seconds × unit + fraction. @param fraction of a second, not negative */
export type WriteInstant = (words: Int32Array, slot: number, seconds: number, fraction: number) => void;

/**
 * For instants that fit 64 bits. The seconds are taken in halves, whose products are exact in doubles.
 * @param unit parts of a second: 10^6 or 10^9
 */
export function instantWriter(unit: number): WriteInstant {
  return (words, slot, seconds, fraction) => {
    const upper = Math.floor(seconds / 65_536);
    const low = (seconds - upper * 65_536) * unit + fraction;
    const high = upper * unit;
    // high counts 2^16: its lower 16 bits belong to the low word.
    const highWord = Math.floor(high / 65_536);
    const sum = (high - highWord * 65_536) * 65_536 + low;
    const carry = Math.floor(sum / twoTo32);
    words[slot] = sum - carry * twoTo32;
    words[slot + 1] = highWord + carry;
  };
}
