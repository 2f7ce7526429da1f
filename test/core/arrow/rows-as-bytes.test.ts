import { Field, Schema } from 'apache-arrow';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainData } from '../../../src/core/arrow/plain-data.js';
import { RowsCollector } from '../../../src/core/arrow/rows-collector.js';
import { RowsWriter } from '../../../src/core/arrow/rows-writer.js';
import { rowSizes } from '../../../src/core/arrow/row-sizes.js';
import { take } from '../../../src/core/arrow/take.js';
import { dataOf } from '../../shard/parquet/buffers.js';
import { kinds } from '../../shard/parquet/kinds.js';
import { readData } from './read-data.js';

const writer = new RowsWriter();

it('rows of all types, any of them and in any portions, come back as they were', () => {
  const all = kinds.filter(({ kind }) => kind.kind !== 'struct' || kind.required !== true);
  const nulls = fc.array(fc.boolean(), { minLength: 50, maxLength: 50 });
  const part = fc.record({
    chosen: fc.subarray(all, { minLength: 1 }),
    skipped: fc.nat(9),
    portions: fc.array(fc.array(fc.nat(40), { maxLength: 30 }), { maxLength: 4 }),
    nulls: fc.option(nulls),
    once: fc.boolean(),
  });
  fc.assert(
    fc.property(part, ({ chosen, skipped, portions, nulls, once }) => {
      const columns = chosen.map(({ kind, values }) => {
        const column = Array.from({ length: 50 }, (_, i) => (nulls?.[i] ? null : values[i % values.length]!));
        return plainData(dataOf(kind, column)).slice(skipped, 50 - skipped);
      });
      const collector = new RowsCollector(new Schema(columns.map(({ type }, i) => new Field(`c${i}`, type, true))));
      const together = once ? [portions] : portions.map((portion) => [portion]);
      for (const group of together) {
        let size = 0;
        for (const rows of group) {
          collector.add(writer.write(columns, Int32Array.from(rows)));
          size += writer.size;
        }
        const batch = collector.finish();
        const sizes = rowSizes(batch.data.children, batch.numRows);
        expect(size, 'sizes add up').toBe(sizes.reduce((sum, one) => sum + one, 0));
        const expected = columns.map((column) => readData(take(column, Int32Array.from(group.flat()))));
        expect(batch.numRows).toBe(group.flat().length);
        expect(batch.data.children.map(readData)).toEqual(expected);
      }
    }),
    { numRuns: 300 },
  );
});
