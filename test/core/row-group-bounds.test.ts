import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowGroupBounds } from '../../src/core/row-group-bounds.js';

function groups(rows: number, bytes: number, frames: readonly number[]): number[][] {
  const bounds = new RowGroupBounds({ rows, bytes });
  const result: number[][] = [];
  for (const frame of frames) {
    if (bounds.startsNew(frame) || result.length === 0) result.push([]);
    result.at(-1)?.push(frame);
  }
  return result;
}

describe('RowGroupBounds', () => {
  it('cuts after the given number of rows', () => {
    expect(groups(2, 1000, [1, 1, 1, 1, 1])).toEqual([[1, 1], [1, 1], [1]]);
  });

  it('cuts before the row that would make the group larger, and not before one that just fills it', () => {
    expect(groups(100, 10, [4, 6, 1, 9, 1])).toEqual([[4, 6], [1, 9], [1]]);
  });

  it('gives a row larger than the limit a group of its own', () => {
    expect(groups(100, 10, [50, 1, 50, 50, 3])).toEqual([[50], [1], [50], [50], [3]]);
  });

  it('never starts a group before the first row', () => {
    expect(new RowGroupBounds({ rows: 1, bytes: 1 }).startsNew(99)).toBe(false);
  });

  it('keeps every frame in order, every group within limits, and no group smaller than it must be', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.integer({ min: 1, max: 50 })),
        (rows, bytes, frames) => {
          const cut = groups(rows, bytes, frames);
          expect(cut.flat()).toEqual(frames);
          for (const [index, group] of cut.entries()) {
            const size = group.reduce((a, b) => a + b, 0);
            expect(group.length).toBeLessThanOrEqual(rows);
            if (group.length > 1) expect(size).toBeLessThanOrEqual(bytes);
            const next = cut[index + 1]?.[0];
            if (next !== undefined) expect(group.length === rows || size + next > bytes).toBe(true);
          }
        },
      ),
    );
  });
});
