import type { RecordBatch } from 'apache-arrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { BatchHasher } from '../../../src/core/digest/batch-hasher.js';
import { createRowGroupEncoder, loadCodec } from '../../../src/shard/parquet/index.js';
import { batchOf, type TestColumn } from './columns.js';
import { kinds } from './kinds.js';
import { shapes } from './shapes.js';

const rows = 6_000;

beforeAll(() => loadCodec('snappy'));

/** All types whose rows can be hashed, with few values each, and all shapes. */
const columns: readonly TestColumn[] = [...kinds, ...shapes.filter(({ name }) => !name.includes('too long'))].map(
  (of) => ({
    name: of.name,
    kind: of.kind,
    nullable: true,
    values: Array.from({ length: rows }, (_, row) =>
      'value' in of ? of.value(row) : of.values[row % of.values.length]!,
    ),
  }),
);

function isHashable(column: TestColumn): boolean {
  try {
    void new BatchHasher(batchOf([column]).schema);
    return true;
  } catch {
    return false;
  }
}

const withNulls = (column: TestColumn): TestColumn => ({
  ...column,
  values: column.values.map((value, row) => (row % 13 === 4 || row < 3 ? null : value)),
});

const hashable = columns.filter(isHashable);

describe.each([
  { name: 'without NULLs', batch: () => batchOf(hashable) },
  { name: 'with NULLs', batch: () => batchOf(hashable.map(withNulls)) },
  { name: 'of a slice', batch: () => batchOf(hashable.map(withNulls)).slice(11, rows - 5) },
])('the distinct values that an encoder finds, $name', ({ batch: make }) => {
  it('give rows the same hashes as the values themselves', () => {
    const batch = make();
    const { distinct } = createRowGroupEncoder(batch.schema).encode(batch);
    expect(distinct!.filter((found) => found !== undefined).length).toBeGreaterThan(20);
    expect(sums(batch, distinct)).toEqual(sums(batch));
  });

  it('are each as often as they are told', () => {
    const batch = make();
    const { distinct } = createRowGroupEncoder(batch.schema).encode(batch);
    for (const [i, found] of distinct!.entries()) {
      if (found === undefined) continue;
      const { data } = batch.getChildAt(i)!;
      const nulls = data.reduce((sum, { nullCount }) => sum + nullCount, 0);
      expect(found.codes.filter((code) => code === -1).length).toBe(nulls);
      expect(Math.max(...found.codes)).toBe(found.rows.length - 1);
    }
  });
});

it('an encoder tells of the row group that it encoded last', () => {
  const encoder = createRowGroupEncoder(batchOf(hashable).schema);
  for (const batch of [batchOf(hashable.map(withNulls)), batchOf(hashable), batchOf(hashable).slice(0, 40)]) {
    expect(sums(batch, encoder.encode(batch).distinct)).toEqual(sums(batch));
  }
});

function sums(batch: RecordBatch, distinct?: Parameters<BatchHasher['sumsOf']>[2]) {
  return new BatchHasher(batch.schema).sumsOf(batch, undefined, distinct);
}
