/* Integers of several 32-bit words, the least significant first: those of decimals. */

/**
 * The first `used` words × factor + addend; products stay below 2^53 for factors up to 2^20, so they are exact in doubles. The caller knows that
 * the result fits its words.
 * @returns how many words are used now
 */
export function multiplyAdd(out: Int32Array, slot: number, used: number, factor: number, addend: number): number {
  let carry = addend;
  for (let i = slot; i < slot + used; i++) {
    const product = (out[i]! >>> 0) * factor + carry;
    carry = Math.floor(product / 0x1_0000_0000);
    out[i] = product;
  }
  if (carry === 0) return used;
  out[slot + used] = carry;
  return used + 1;
}

/** Two's complement. */
export function negate(out: Int32Array, slot: number, words: number): void {
  let carry = 1;
  for (let i = slot; i < slot + words; i++) {
    const sum = (~out[i]! >>> 0) + carry;
    out[i] = sum;
    carry = sum > 0xffff_ffff ? 1 : 0;
  }
}
