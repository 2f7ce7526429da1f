import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noFacts } from '../../src/core/facts.js';
import type { ShardReceipt } from '../../src/core/shard.js';
import { assertEveryRange, type ReadRange } from '../../src/lane/receipts.js';

const tables = [2, 1, 3].map((count, table) => ({
  name: `t${table}`,
  ranges: Array.from({ length: count }, (_, range) => ({ label: `range ${range}`, detail: undefined })),
}));

function shard(table: number, range: number, part: number, rows: number): ShardReceipt {
  const path = `t${table}-r${range}-p${part}`;
  return { table, range, part, path, rows, bytes: 1, sha256: '', rowGroups: 1, facts: noFacts(0) };
}

/** A range as it should be read; one in three has no rows, and so no files. */
function wholeRange(table: number, range: number): ReadRange {
  const parts = (table + range) % 3;
  const shards = Array.from({ length: parts }, (_, part) => shard(table, range, part, 10 + part));
  const received = shards.reduce((sum, { rows }) => sum + rows, 0);
  return { receipt: { table, range, shards, evidence: undefined }, received };
}

const whole = tables.flatMap(({ ranges }, table) => ranges.map((_, range) => wholeRange(table, range)));

function changed(at: number, receipt: Partial<ReadRange['receipt']>, received = whole[at]!.received): ReadRange[] {
  return whole.map((read, index) => (index === at ? { receipt: { ...read.receipt, ...receipt }, received } : read));
}

describe('receipts of all ranges', () => {
  it('are taken in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(whole, { minLength: whole.length }), (read) => assertEveryRange(tables, read)),
    );
  });

  it('are refused when any are missing, or there twice', () => {
    fc.assert(
      fc.property(fc.subarray(whole, { maxLength: whole.length - 1 }), fc.constantFrom(...whole), (some, one) => {
        expect(() => assertEveryRange(tables, some)).toThrow(/range \d of t\d was read by no lane/);
        expect(() => assertEveryRange(tables, [...whole, one])).toThrow(/range \d of t\d was read 2 times/);
      }),
    );
  });

  const at = whole.findIndex(({ receipt }) => receipt.shards.length === 2);
  const { table, range } = whole[at]!.receipt;
  const shards = whole[at]!.receipt.shards;

  it.each<[string, ReadRange[], RegExp]>([
    ['of a range that was not planned', changed(at, { range: 9 }), /range 9 of table \d .*does not have/],
    ['of a table that was not planned', changed(at, { table: 3 }), /of table 3 .*does not have/],
    ['without the last part', changed(at, { shards: shards.slice(0, 1) }), /21 rows were received, and 10 rows/],
    ['without the first part', changed(at, { shards: shards.slice(1) }), /part 1 in the place of part 0/],
    ['with a part twice', changed(at, { shards: [shards[0]!, shards[0]!] }), /part 0 in the place of part 1/],
    ['with parts in another order', changed(at, { shards: [...shards].reverse() }), /part 1 in the place of part 0/],
    ['with rows that were not received', changed(at, {}, 20), /20 rows were received, and 21 rows/],
    ['with a part of another range', changed(at, { shards: [shard(table, range + 1, 0, 21)] }), /of another range/],
  ])('are refused %s', (_, read, message) => {
    expect(() => assertEveryRange(tables, read)).toThrow(expect.objectContaining({ code: 'internal.bug' }));
    expect(() => assertEveryRange(tables, read)).toThrow(message);
  });

  it('are refused when two of them name one file', () => {
    const named = changed(at, { shards: shards.map((one) => ({ ...one, path: 'x' })) });
    expect(() => assertEveryRange(tables, named)).toThrow(/x was written twice/);
  });
});
