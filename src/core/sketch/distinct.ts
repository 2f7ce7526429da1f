/**
 * How many distinct values there are, about, from the hashes of all values: HyperLogLog (Flajolet and others, 2007) in 2^bits registers, each the longest run of
 * zeros that was seen, with linear counting where few are filled. The standard error is 1.04 / √(2^bits). What is known of two sets together is
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

/** @returns a whole number */
export function estimateDistinct(registers: Uint8Array): number {
  const count = registers.length;
  let [sum, empty] = [0, 0];
  for (const rank of registers) {
    sum += 2 ** -rank;
    if (rank === 0) empty += 1;
  }
  const alpha = count === 16 ? 0.673 : count === 32 ? 0.697 : count === 64 ? 0.709 : 0.7213 / (1 + 1.079 / count);
  const estimate = (alpha * count * count) / sum;
  const isSmall = estimate <= 2.5 * count && empty > 0;
  return Math.round(isSmall ? count * Math.log(count / empty) : estimate);
}
