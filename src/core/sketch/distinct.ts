/**
 * How many distinct values there are, about, from the hashes of all values: HyperLogLog (Flajolet and others, 2007) in 2^bits registers, each the longest run of
 * zeros that was seen. The standard error is 1.04 / √(2^bits). What is known of two sets together is
 * the larger one of each register.
 */
export function addHashes(words: Uint32Array, registers: Uint8Array): void {
  const shift = 1 + Math.clz32(registers.length);
  for (let at = 0; at < words.length; at += 4) {
    const [first, second] = [words[at]!, words[at + 1]!];
    // The hash of NULL, which is no value.
    if (first === 0 && second === 0) continue;
    const register = first >>> shift;
    const rank = Math.clz32(second) + 1;
    if (registers[register]! < rank) registers[register] = rank;
  }
}

/** What is known of both together. */
export function mergeRegisters(into: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < into.length; i++) if (into[i]! < other[i]!) into[i] = other[i]!;
}

/** The longest run of zeros in a word, and one more. */
const mostRank = 33;

/**
 * Without the bias that the first estimate has between few values and many: the improved raw estimate (Ertl, arXiv 1702.01284, algorithm 6).
 * @returns a whole number
 */
export function estimateDistinct(registers: Uint8Array): number {
  const size = registers.length;
  const withRank = new Float64Array(mostRank + 1);
  for (const rank of registers) withRank[rank]! += 1;
  let sum = size * fullShare(1 - withRank[mostRank]! / size);
  for (let rank = mostRank - 1; rank >= 1; rank--) sum = (sum + withRank[rank]!) / 2;
  sum += size * emptyShare(withRank[0]! / size);
  return Math.round(size ** 2 / (2 * Math.LN2 * sum));
}

/** Sigma of the paper: what empty registers add. Infinite where all are. */
function emptyShare(share: number): number {
  if (share === 1) return Infinity;
  let [power, weight, sum, before] = [share, 1, share, NaN];
  while (sum !== before) {
    power *= power;
    before = sum;
    sum += power * weight;
    weight *= 2;
  }
  return sum;
}

/** Tau of the paper: what registers add that cannot count further. */
function fullShare(share: number): number {
  if (share === 0 || share === 1) return 0;
  let [root, weight, sum, before] = [share, 1, 1 - share, NaN];
  while (sum !== before) {
    root = Math.sqrt(root);
    before = sum;
    weight /= 2;
    sum -= (1 - root) ** 2 * weight;
  }
  return sum / 3;
}
