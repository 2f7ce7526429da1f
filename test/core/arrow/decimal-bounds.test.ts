import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decimalBounds } from '../../../src/core/arrow/word-bounds.js';

/** Numbers in two's complement, the least significant word first. */
function wordsOf(values: readonly bigint[], stride: number): Int32Array {
  const words = new Int32Array(values.length * stride);
  for (const [index, value] of values.entries())
    for (let k = 0; k < stride; k++) words[index * stride + k] = Number(BigInt.asIntN(32, value >> BigInt(32 * k)));
  return words;
}

const edges = [31n, 32n, 63n, 64n, 126n].flatMap((bits) => [
  2n ** bits - 1n,
  2n ** bits,
  -(2n ** bits),
  -(2n ** bits) - 1n,
]);
const numbers = fc.oneof(
  fc.constantFrom(0n, -1n, ...edges),
  fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
  fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }),
);

it('the smallest and the largest of decimals are found, whatever they take', () => {
  fc.assert(
    fc.property(fc.array(numbers, { minLength: 1, maxLength: 40 }), fc.constantFrom(4, 8), (values, stride) => {
      const sorted = values.toSorted((a, b) => (a < b ? -1 : Number(a > b)));
      expect(decimalBounds(wordsOf(values, stride), stride)).toEqual({ min: sorted[0], max: sorted.at(-1) });
    }),
    { numRuns: 500 },
  );
});

it.each([2n ** 63n - 1n, 2n ** 63n, -(2n ** 100n)])('%s among thousands is found wherever it stands', (extreme) => {
  for (const at of [0, 4095, 4096, 9999]) {
    const values = Array.from({ length: 10_000 }, (_, index) => BigInt((index * 7919) % 10_007));
    values[at] = extreme;
    const sorted = values.toSorted((a, b) => (a < b ? -1 : Number(a > b)));
    expect(decimalBounds(wordsOf(values, 4), 4)).toEqual({ min: sorted[0], max: sorted.at(-1) });
  }
});
