import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageRanges, pagesIn, pagesLabel, samplePages } from '../../../../src/source/postgres/plan/ranges.js';

const mebibyte = 2 ** 20;
const pageBytes = 8192;
const pagesOf = (mebibytes: number): number => (mebibytes * mebibyte) / pageBytes;

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
  ])('cuts %i MiB into %i ranges', (size, count) => {
    expect(pageRanges([pagesOf(size)], pageBytes)).toHaveLength(count);
  });

  const leaves = fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 8 });

  it('covers every page once, in order, the last range open-ended, none too large and few small', () => {
    fc.assert(
      fc.property(leaves, (leafPages) => {
        const ranges = pageRanges(leafPages, pageBytes);
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
        if (ranges.length === 1) return;
        const aim = Math.max(2048, Math.min(total / 8, (256 * mebibyte) / pageBytes));
        for (const range of ranges) expect(pagesIn(range)).toBeLessThanOrEqual(Math.max(aim, leafPages.length));
        // Half is lost to powers of two, and at most half of the rest to cuts on multiples.
        expect(ranges.length - 1).toBeLessThanOrEqual((4 * total) / aim + leafPages.length);
      }),
    );
  });

  it('does not move a cut for pages at the end, unless the size passes a power of two', () => {
    const sizes = fc.integer({ min: pagesOf(32), max: pagesOf(4096) });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 4000 }), (pages, more) => {
        const cuts = (count: number): number[] => pageRanges([count], pageBytes).map(({ from }) => from);
        const [before, after] = [cuts(pages), cuts(pages + more)];
        if (Math.floor(Math.log2(pages)) !== Math.floor(Math.log2(pages + more))) return;
        expect(after.slice(0, before.length)).toEqual(before);
        for (const cut of after.slice(before.length)) expect(cut).toBeGreaterThanOrEqual(pages);
      }),
    );
  });

  it('hardly ever moves a cut for pages at the end of one of several leaves', () => {
    let moved = 0;
    const runs = 500;
    fc.assert(
      fc.property(leaves, fc.nat(7), fc.integer({ min: 1, max: 64 }), (leafPages, which, more) => {
        const cuts = (list: readonly number[]): number[] => pageRanges(list, pageBytes).map(({ from }) => from);
        const grown = leafPages.map((pages, i) => (i === which % leafPages.length ? pages + more : pages));
        const [before, after] = [cuts(leafPages), cuts(grown)];
        if (before.some((cut, i) => cut !== after[i])) moved += 1;
      }),
      { numRuns: runs },
    );
    expect(moved).toBeLessThan(runs / 50);
  });

  it('has a label for people', () => {
    expect([{ from: 0 }, { from: 0, to: 10 }, { from: 10 }].map(pagesLabel)).toEqual([
      'all pages',
      'pages 0–9',
      'pages 10–',
    ]);
  });

  it('samples the same pages of a table, whatever empty pages are at its end, and little of it', () => {
    const pages = fc.integer({ min: pagesOf(32), max: pagesOf(4096) });
    fc.assert(
      fc.property(pages, fc.integer({ min: 1, max: 4000 }), (count, more) => {
        const sample = samplePages([count], pageBytes);
        const read = sample.reduce((sum, one) => sum + pagesIn(one, [count]), 0);
        expect(read).toBeGreaterThan(0);
        expect(read).toBeLessThanOrEqual(pagesOf(2));
        if (Math.floor(Math.log2(count)) !== Math.floor(Math.log2(count + more))) return;
        expect(samplePages([count + more], pageBytes)).toEqual(sample);
      }),
    );
  });
});
