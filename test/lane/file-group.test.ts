import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fileGroups } from '../../src/lane/file-group.js';

const mebibyte = 2 ** 20;
const tableOf = (count: number, bytes: number) => ({
  ranges: Array.from({ length: count }, (_, i) => ({ label: `range ${i}`, detail: i, bytes })),
  sample: { ranges: [], bytes: 2 * mebibyte },
});

it('groups cover all ranges, in order, and no more than are expected to fit', () => {
  const sizes = fc.integer({ min: 1, max: 256 }).map((mebibytes) => mebibytes * mebibyte);
  const sampled = fc.integer({ min: 1, max: 4 * mebibyte });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), sizes, sampled, sizes, (count, bytes, sample, shardSize) => {
      const groups = fileGroups(tableOf(count, bytes), sample, shardSize);
      expect(groups[0]!.first).toBe(0);
      expect(groups.at(-1)!.end).toBe(count);
      const size = groups[0]!.end;
      const expected = (bytes * sample) / (2 * mebibyte);
      for (const [i, { first, end }] of groups.entries()) {
        expect(first).toBe(i * size);
        if (i < groups.length - 1) expect(end).toBe(first + size);
        if (end - first > 1) expect((end - first) * expected).toBeLessThanOrEqual(0.8 * shardSize);
      }
      // As full as powers of two let it be.
      if (groups.length > 1) expect(2 * size * expected).toBeGreaterThan(0.8 * shardSize);
      if (groups.length > 1) expect(Math.log2(size) % 1).toBe(0);
    }),
  );
});

it('ranges share no files where nothing is known of their rows', () => {
  const { ranges, sample } = tableOf(5, mebibyte);
  expect(fileGroups({ ranges }, undefined, 2 ** 30)).toHaveLength(5);
  expect(fileGroups({ ranges, sample }, 0, 2 ** 30)).toHaveLength(5);
});
