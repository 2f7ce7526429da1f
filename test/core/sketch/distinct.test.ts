import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { addHashes, estimateDistinct, mergeRegisters } from '../../../src/core/sketch/distinct.js';

/** Four words for each of some values; the same for the same. */
function hashes(from: number, count: number, seed: number): Uint32Array {
  const words = new Uint32Array(count * 4);
  for (let i = 0; i < count; i++) {
    const digest = createHash('md5')
      .update(`${seed} ${from + i}`)
      .digest();
    for (let word = 0; word < 4; word++) words[4 * i + word] = digest.readUInt32LE(4 * word);
  }
  return words;
}

describe('How many distinct values there are, about,', () => {
  it.each([
    [4096, 1],
    [4096, 100],
    [4096, 3000],
    [4096, 11_000],
    [4096, 40_000],
    [1024, 2700],
  ])('is on average as many as there are: %i registers, %i values', (size, count) => {
    const seeds = 40;
    let sum = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const registers = new Uint8Array(size);
      addHashes(hashes(0, count, seed), registers);
      const found = estimateDistinct(registers);
      expect(Math.abs(found / count - 1)).toBeLessThan(5 * (1.04 / Math.sqrt(size)));
      sum += found / count;
    }
    // Four standard errors of a mean of so many.
    expect(Math.abs(sum / seeds - 1)).toBeLessThan(4 * (1.04 / Math.sqrt(size * seeds)));
  });

  it('is 0 of none, and of two sets together counts what both have once', () => {
    expect(estimateDistinct(new Uint8Array(4096))).toBe(0);
    const [a, b, all] = [new Uint8Array(4096), new Uint8Array(4096), new Uint8Array(4096)];
    addHashes(hashes(0, 2000, 1), a);
    addHashes(hashes(1000, 2000, 1), b);
    addHashes(hashes(0, 3000, 1), all);
    mergeRegisters(a, b);
    expect(a).toEqual(all);
  });
});
