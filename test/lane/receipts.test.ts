import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noFacts } from '../../src/core/facts.js';
import type { ShardReceipt } from '../../src/core/shard.js';
import type { GroupReceipt } from '../../src/lane/messages.js';
import { assertEverything, type Planned, type ReadRange } from '../../src/lane/receipts.js';

/** Three tables; the last one has a group of two ranges. */
const planned: Planned = {
  tables: [2, 1, 3].map((count, table) => ({
    name: `t${table}`,
    ranges: Array.from({ length: count }, (_, range) => ({ label: `range ${range}`, detail: undefined })),
  })),
  groups: [
    [
      { first: 0, end: 1 },
      { first: 1, end: 2 },
    ],
    [{ first: 0, end: 1 }],
    [
      { first: 0, end: 2 },
      { first: 2, end: 3 },
    ],
  ],
};

function shard(table: number, group: number, part: number, rows: number): ShardReceipt {
  const path = `t${table}-g${group}-p${part}`;
  return { table, group, part, path, rows, bytes: 1, sha256: '', rowGroups: 1, facts: noFacts(0) };
}

const read: readonly ReadRange[] = planned.tables.flatMap(({ ranges }, table) =>
  ranges.map((_, range) => ({ receipt: { table, range }, received: 21 })),
);

/** Every group with its rows, in two parts; a last one has no rows, and so no files. */
const written: readonly GroupReceipt[] = planned.groups.flatMap((groups, table) =>
  groups.map(({ first, end }, group) => {
    const rows = 21 * (end - first);
    return { table, group, shards: [shard(table, group, 0, 10), shard(table, group, 1, rows - 10)] };
  }),
);

function changed(at: number, change: Partial<GroupReceipt>): GroupReceipt[] {
  return written.map((receipt, index) => (index === at ? { ...receipt, ...change } : receipt));
}

describe('receipts of everything', () => {
  it('are taken in any order', () => {
    const shuffled = <T>(all: readonly T[]): fc.Arbitrary<T[]> =>
      fc.shuffledSubarray([...all], { minLength: all.length });
    fc.assert(
      fc.property(shuffled(read), shuffled(written), (ranges, groups) => assertEverything(planned, ranges, groups)),
    );
  });

  it('are taken of groups without rows', () => {
    const none = read.map(({ receipt }) => ({ receipt, received: 0 }));
    assertEverything(
      planned,
      none,
      written.map((receipt) => ({ ...receipt, shards: [] })),
    );
  });

  it('are refused when ranges are missing, or there twice', () => {
    fc.assert(
      fc.property(fc.subarray([...read], { maxLength: read.length - 1 }), fc.constantFrom(...read), (some, one) => {
        expect(() => assertEverything(planned, some, written)).toThrow(/range \d of t\d was read by no lane/);
        expect(() => assertEverything(planned, [...read, one], written)).toThrow(/range \d of t\d was read 2 times/);
      }),
    );
  });

  it('are refused when groups are missing, or there twice', () => {
    fc.assert(
      fc.property(
        fc.subarray([...written], { maxLength: written.length - 1 }),
        fc.constantFrom(...written),
        (some, one) => {
          expect(() => assertEverything(planned, read, some)).toThrow(/of t\d was written by no lane/);
          expect(() => assertEverything(planned, read, [...written, one])).toThrow(/of t\d was written 2 times/);
        },
      ),
    );
  });

  const at = 3;
  const { table, group, shards } = written[at]!;
  const other = { receipt: { table: 0, range: 9 }, received: 0 };

  it.each<[string, readonly ReadRange[], readonly GroupReceipt[], RegExp]>([
    ['of a range that was not planned', [...read, other], written, /range 9 of table 0 .*does not have/],
    ['of a group that was not planned', read, [...written, { table: 3, group: 0, shards: [] }], /group 0 of table 3/],
    ['without the last part', read, changed(at, { shards: shards.slice(0, 1) }), /42 rows were received, and 10 rows/],
    ['without the first part', read, changed(at, { shards: shards.slice(1) }), /part 1 in the place of part 0/],
    ['with a part twice', read, changed(at, { shards: [shards[0]!, shards[0]!] }), /part 0 in the place of part 1/],
    [
      'with parts in another order',
      read,
      changed(at, { shards: [...shards].reverse() }),
      /part 1 in the place of part 0/,
    ],
    [
      'with rows that were not received',
      read.map((one) => (one.receipt.table === table && one.receipt.range === 1 ? { ...one, received: 20 } : one)),
      written,
      /of 2 ranges from range 0 of t2 41 rows were received, and 42 rows were written/,
    ],
    ['with a part of another group', read, changed(at, { shards: [shard(table, group + 1, 0, 42)] }), /of others/],
  ])('are refused %s', (_, ranges, groups, message) => {
    expect(() => assertEverything(planned, ranges, groups)).toThrow(expect.objectContaining({ code: 'internal.bug' }));
    expect(() => assertEverything(planned, ranges, groups)).toThrow(message);
  });

  it('are refused when two of them name one file', () => {
    const named = changed(at, { shards: shards.map((one) => ({ ...one, path: 'x' })) });
    expect(() => assertEverything(planned, read, named)).toThrow(/x was written twice/);
  });
});
