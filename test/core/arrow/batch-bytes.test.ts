import { Field, Schema } from 'apache-arrow';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BatchBytesReader, BatchBytesWriter } from '../../../src/core/arrow/batch-bytes.js';
import { plainData } from '../../../src/core/arrow/plain-data.js';
import { dataOf } from '../../shard/parquet/buffers.js';
import { kinds } from '../../shard/parquet/kinds.js';
import { readData } from './read-data.js';

const writer = new BatchBytesWriter();

it('rows of all types, any part of them, come back as they were', () => {
  const all = kinds.filter(({ kind }) => kind.kind !== 'struct' || kind.required !== true);
  const part = fc.record({
    chosen: fc.subarray(all, { minLength: 1 }),
    skipped: fc.nat(9),
    from: fc.nat(10),
    rows: fc.nat(30),
    nulls: fc.array(fc.boolean(), { minLength: 50, maxLength: 50 }),
    withNulls: fc.boolean(),
  });
  fc.assert(
    fc.property(part, ({ chosen, skipped, from, rows, nulls, withNulls }) => {
      const columns = chosen.map(({ kind, values }) => {
        const column = nulls.map((isNull, i) => (withNulls && isNull ? null : values[i % values.length]!));
        return plainData(dataOf(kind, column)).slice(skipped, 50 - skipped);
      });
      const bytes = Uint8Array.from(writer.write(columns, from, rows));
      const schema = new Schema(columns.map(({ type }, i) => new Field(`c${i}`, type, true)));
      const batch = new BatchBytesReader(schema).read(bytes, rows);
      expect(batch.numRows).toBe(rows);
      expect(batch.data.children.map(readData)).toEqual(columns.map((column) => readData(column.slice(from, rows))));
    }),
    { numRuns: 150 },
  );
});
