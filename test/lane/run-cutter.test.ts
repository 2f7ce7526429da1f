import { Field, type RecordBatch, Schema } from 'apache-arrow';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainData } from '../../src/core/arrow/plain-data.js';
import { Regrouper } from '../../src/core/arrow/regroup.js';
import { RowsCollector } from '../../src/core/arrow/rows-collector.js';
import { RowsWriter } from '../../src/core/arrow/rows-writer.js';
import { RunCutter } from '../../src/lane/run-cutter.js';
import { readData } from '../core/arrow/read-data.js';
import { dataOf } from '../shard/parquet/buffers.js';
import { kinds } from '../shard/parquet/kinds.js';

const count = 60;
const texts = (batches: readonly RecordBatch[]): unknown => batches.map(({ data }) => data.children.map(readData));

it('row groups end where batches of any source would: however rows come in runs', () => {
  const all = kinds.filter(({ kind }) => kind.kind !== 'struct' || kind.required !== true);
  const cases = fc.record({
    chosen: fc.subarray(all, { minLength: 1 }),
    ends: fc.uniqueArray(fc.integer({ min: 1, max: count - 1 }), { maxLength: 9 }),
    limits: fc.record({ rows: fc.integer({ min: 1, max: 80 }), bytes: fc.integer({ min: 1, max: 4000 }) }),
  });
  fc.assert(
    fc.property(cases, ({ chosen, ends, limits }) => {
      const columns = chosen.map(({ kind, values }) =>
        plainData(
          dataOf(
            kind,
            Array.from({ length: count }, (_, i) => (i % 7 === 0 ? null : values[i % values.length]!)),
          ),
        ),
      );
      const schema = new Schema(columns.map(({ type }, i) => new Field(`c${i}`, type, true)));
      const writer = new RowsWriter();
      const rowsFrom = (from: number, to: number): Int32Array =>
        Int32Array.from({ length: to - from }, (_, i) => from + i);
      const whole = new RowsCollector(schema);
      whole.add(writer.write(columns, rowsFrom(0, count)));
      const regrouper = new Regrouper(schema, limits);
      const expected = [...regrouper.add(whole.finish()), regrouper.finish()!];
      const cutter = new RunCutter(() => schema, limits);
      const collector = new RowsCollector(schema);
      const found: unknown[] = [];
      const edges = [0, ...ends.toSorted((a, b) => a - b), count];
      for (const [i, to] of edges.slice(1).entries()) {
        const bytes = new Uint8Array(writer.write(columns, rowsFrom(edges[i]!, to)));
        for (const piece of cutter.pieces({ rows: to - edges[i]!, bytes, size: writer.size })) {
          if (piece.startsNew) found.push(texts([collector.finish()]));
          collector.add(piece.bytes);
        }
      }
      found.push(texts([collector.finish()]));
      expect(found).toEqual(expected.map((batch) => texts([batch])));
    }),
    { numRuns: 60 },
  );
});
