import { expect, it } from 'vitest';
import type { TablePlan } from '../../src/core/source.js';
import { tableLimits } from '../../src/lane/table-limits.js';

const mebibyte = 2 ** 20;
const tableOf = (written: number, hidden = 0): Pick<TablePlan, 'columns'> =>
  ({ columns: Array.from({ length: written + hidden }, (_, i) => (i < written ? {} : { hidden: true })) }) as never;
const bytesOf = (columns: readonly [number, number?], shardSize = 256 * mebibyte, bytes = 8 * mebibyte): number =>
  tableLimits({ limits: { rows: 131_072, bytes }, shardSize }, tableOf(...columns)).bytes;

it.each([
  { columns: [16], expected: 8 * mebibyte },
  { columns: [256], expected: 8 * mebibyte },
  { columns: [257], expected: 257 * 32 * 1024 },
  { columns: [500], expected: 500 * 32 * 1024 },
  { columns: [1_600], expected: 32 * mebibyte },
  { columns: [16, 1_584], expected: 8 * mebibyte },
] as const)('row groups of $columns columns, written and hidden, have $expected bytes', ({ columns, expected }) => {
  expect(bytesOf(columns)).toBe(expected);
});

it('two row groups have room in a shard, and no limit is made smaller', () => {
  expect(bytesOf([1_600], 20 * mebibyte)).toBe(10 * mebibyte);
  expect(bytesOf([1_600], 64 * 1024, 64 * 1024)).toBe(64 * 1024);
  expect(tableLimits({ limits: { rows: 7, bytes: 1 }, shardSize: 1 }, tableOf(500)).rows).toBe(7);
});
