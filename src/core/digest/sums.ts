/** The sum of hashes: two numbers of 64 bits, each modulo 2^64. docs/digest.md, "Sums". */
export type HashSum = readonly [a: bigint, b: bigint];

export const noHashes: HashSum = [0n, 0n];

export function addHashSums([a, b]: HashSum, [c, d]: HashSum): HashSum {
  return [BigInt.asUintN(64, a + c), BigInt.asUintN(64, b + d)];
}

/** 32 hexadecimal digits. */
export function hashSumText(sum: HashSum): string {
  return sum.map((half) => half.toString(16).padStart(16, '0')).join('');
}

/** The sum that {@link hashSumText} wrote. */
export function hashSumOf(text: string): HashSum {
  return [BigInt(`0x${text.slice(0, 16)}`), BigInt(`0x${text.slice(16)}`)];
}
