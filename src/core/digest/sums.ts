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

/** The sum of sums that are given as texts; undefined where one is not told. */
export function sumOfTexts(texts: readonly (string | undefined)[]): HashSum | undefined {
  let sum = noHashes;
  for (const text of texts) {
    if (text === undefined) return undefined;
    sum = addHashSums(sum, hashSumOf(text));
  }
  return sum;
}

/**
 * The sum of hashes of which each of the four words was added up by itself, as a number: those hold the sums of two million words.
 * @param words the lower one of each half first
 */
export function hashSumOfWords([a, b, c, d]: readonly number[]): HashSum {
  const half = (low: number, high: number): bigint => BigInt.asUintN(64, BigInt(low) + (BigInt(high) << 32n));
  return [half(a!, b!), half(c!, d!)];
}
