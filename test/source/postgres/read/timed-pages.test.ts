import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { timedPages } from '../../../../src/source/postgres/read/timed-pages.js';

afterEach(() => void vi.restoreAllMocks());

/** Consumes the pieces on a clock on which every page takes `perPage` milliseconds. */
function consume(pages: { from: number; to?: number }, known: number, budget: number, perPage: () => number) {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const pieces: { from: number; to?: number; took: number }[] = [];
  for (const piece of timedPages(pages, known, budget)) {
    const took = ((piece.to ?? Math.max(known, piece.from)) - piece.from) * perPage();
    now += took;
    pieces.push({ ...piece, took });
  }
  return pieces;
}

describe('timedPages', () => {
  it('covers every page once, in order, and keeps an open end open', () => {
    fc.assert(
      fc.property(
        fc.nat(100_000),
        fc.option(fc.nat(200_000), { nil: undefined }),
        fc.nat(300_000),
        fc.integer({ min: 1, max: 60_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (from, length, known, budget, perPage) => {
          const pages = length === undefined ? { from } : { from, to: from + 1 + length };
          const pieces = consume(pages, known, budget, () => perPage);
          expect(pieces[0]!.from).toBe(from);
          pieces.slice(1).forEach((piece, i) => expect(piece.from).toBe(pieces[i]!.to));
          expect(pieces.at(-1)!.to).toBe(pages.to);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('keeps statements within their time once it knows the speed', () => {
    const pieces = consume({ from: 0, to: 1_000_000 }, 1_000_000, 2000, () => 0.05);
    expect(pieces.length).toBeGreaterThan(20);
    expect(Math.max(...pieces.map((piece) => piece.took))).toBeLessThan(2000);
  });

  it('asks for less when pages become slower', () => {
    let page = 0;
    const pieces = consume({ from: 0, to: 100_000 }, 100_000, 1000, () => ((page += 1) < 5 ? 0.01 : 0.4));
    expect(pieces.slice(6).every((piece) => piece.took <= 1000)).toBe(true);
  });
});
