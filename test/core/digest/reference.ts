const mask = (1n << 64n) - 1n;
const [p1, p2, p3, p4, p5] = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
] as const;

const times = (a: bigint, b: bigint): bigint => (a * b) & mask;
const plus = (...words: bigint[]): bigint => words.reduce((sum, word) => sum + word) & mask;
const rotl = (word: bigint, bits: bigint): bigint => ((word << bits) | (word >> (64n - bits))) & mask;
const round = (state: bigint, word: bigint): bigint => times(rotl(plus(state, times(word, p2)), 31n), p1);

/** XXH64 of words, as docs/digest.md writes it down, in plain BigInts. */
export function xxh64(words: readonly bigint[], seed: bigint): bigint {
  let rest = words;
  let state = plus(seed, p5);
  if (words.length >= 4) {
    const lanes = [plus(seed, p1, p2), plus(seed, p2), seed, (seed - p1) & mask];
    const whole = words.length - (words.length % 4);
    for (let i = 0; i < whole; i++) lanes[i % 4] = round(lanes[i % 4]!, words[i]!);
    rest = words.slice(whole);
    state = plus(...lanes.map((lane, i) => rotl(lane, [1n, 7n, 12n, 18n][i]!)));
    for (const lane of lanes) state = plus(times(state ^ round(0n, lane), p1), p4);
  }
  state = plus(state, BigInt(words.length) * 8n);
  for (const word of rest) state = plus(times(rotl(state ^ round(0n, word), 27n), p1), p4);
  state = times(state ^ (state >> 33n), p2);
  state = times(state ^ (state >> 29n), p3);
  return state ^ (state >> 32n);
}

/** The words of bytes: docs/digest.md, "Byte form". */
export function byteForm(bytes: Uint8Array): bigint[] {
  const padded = new Uint8Array((bytes.length >> 3) * 8 + 8);
  padded.set(bytes);
  padded[bytes.length] = 1;
  return [...new BigUint64Array(padded.buffer)];
}
