import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageRanges, pagesLabel } from '../../../src/source/postgres/ranges.js';

const MIB = 2 ** 20;
const PAGE = 8192;
const pagesOf = (mebibytes: number): number => (mebibytes * MIB) / PAGE;

describe('pageRanges', () => {
  it.each([
    [0, 1],
    [31, 1],
    [32, 2],
    [64, 4],
    [128, 8],
    [1024, 8],
    [2048, 8],
    [4096, 16],
    [100_000, 391],
  ])('cuts %i MiB into %i ranges, with shards of 128 MiB', (size, count) => {
    expect(pageRanges([pagesOf(size)], PAGE, 128 * MIB)).toHaveLength(count);
  });

  it('covers every page once, in order, the last range open-ended, and evenly', () => {
    const leaves = fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(leaves, fc.integer({ min: 1, max: 512 }), (leafPages, shardMebibytes) => {
        const ranges = pageRanges(leafPages, PAGE, shardMebibytes * MIB);
        expect(ranges[0]!.from).toBe(0);
        expect(ranges.at(-1)!.to).toBeUndefined();
        for (const [i, range] of ranges.slice(0, -1).entries()) {
          expect(range.to).toBe(ranges[i + 1]!.from);
          expect(range.to).toBeGreaterThan(range.from);
        }
        const pagesIn = ({ from, to = Infinity }: { from: number; to?: number }): number =>
          leafPages.reduce((sum, pages) => sum + Math.max(0, Math.min(pages, to) - from), 0);
        const total = leafPages.reduce((sum, pages) => sum + pages, 0);
        expect(ranges.map(pagesIn).reduce((sum, pages) => sum + pages, 0)).toBe(total);
        // A cut falls between pages of all leaves at once: a range may be off by one page of each leaf, at both ends.
        const even = total / ranges.length;
        for (const range of ranges)
          expect(Math.abs(pagesIn(range) - even)).toBeLessThanOrEqual(2 * leafPages.length + 1);
      }),
    );
  });

  it('has a label for people', () => {
    expect([{ from: 0 }, { from: 0, to: 10 }, { from: 10 }].map(pagesLabel)).toEqual([
      'all pages',
      'pages 0–9',
      'pages 10–',
    ]);
  });
});
