import { makeData, RecordBatch, type Schema, Struct } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { factsCounter } from '../../../../src/core/arrow/batch-facts.js';
import { plainData } from '../../../../src/core/arrow/plain-data.js';
import { plainSchema } from '../../../../src/core/arrow/plain-schema.js';
import { createRowGroupEncoder } from '../../../../src/shard/parquet/index.js';
import { batchOf } from '../columns.js';
import type { Value } from '../kind.js';
import { kinds } from '../kinds.js';

/** The batch with the types in which it is written. */
function plain({ data, schema, numRows: length }: RecordBatch): { batch: RecordBatch; schema: Schema } {
  const written = plainSchema(schema);
  const type = new Struct(written.fields);
  const children = data.children.map((child) => plainData(child));
  return { schema: written, batch: new RecordBatch(written, makeData({ type, length, nullCount: 0, children })) };
}

/** The format tells what it has found anyway; it must be what is found by looking. */
describe.each(kinds)('bounds of $name', ({ kind, values }) => {
  const own: readonly (readonly [string, readonly Value[]])[] = [
    ['of all values', values],
    ['among NULLs', values.flatMap((value, i) => (i % 3 === 1 ? [null, value] : [value]))],
    ['of many values', Array.from({ length: 300 }, (_, i) => values[(i * 7) % values.length]!)],
    ['of each alone', values.slice(0, 1)],
    ['of nothing but NULL', [null, null]],
    ['of no rows', []],
  ];
  it.each(own)('%s', (_, column) => {
    const { schema, batch } = plain(batchOf([{ name: 'c', kind, nullable: true, values: column }]));
    for (const redacted of [[], ['c']]) {
      const factsOf = factsCounter(schema, new Set(redacted));
      const { bounds } = createRowGroupEncoder(schema, { compression: 'none', pageRows: 50, redacted }).encode(batch);
      expect(factsOf(batch, { bounds: bounds! })).toEqual(factsOf(batch));
    }
  });
});
