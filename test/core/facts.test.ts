import { makeData, RecordBatch, Struct } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsCounter } from '../../src/core/arrow/batch-facts.js';
import { addFacts, type Facts, noFacts, sumFacts } from '../../src/core/facts.js';
import { arrowSchema, type Column } from '../../src/core/types.js';
import { loadSource } from '../../src/source/registry.js';
import { randomColumns, rowFrame } from '../source/postgres/decode/random-columns.js';

const createDecoder = (await loadSource('postgres')).createDecoder!;

const policy = { misfit: 'fail', infinity: 'misfit' } as const;
const columns: readonly Column[] = randomColumns.map(({ wire, type }, index) => {
  const name = `c${index}`;
  return { name, sourceType: wire, type, wire, exactness: 'exact', redacted: index === 0 };
});
const schema = arrowSchema(columns);
const counter = factsCounter(schema, new Set(['c0']));

/** Batches of random rows in every type, with NULLs. */
const batches = fc
  .array(fc.tuple(...randomColumns.map(({ field }) => fc.option(field, { freq: 4 }))), { maxLength: 12 })
  .map((rows) => {
    const decoder = createDecoder(columns, policy);
    for (const row of rows) {
      const frame = rowFrame(row);
      decoder.add(frame, 0, frame.length);
    }
    return decoder.finish();
  });

function slice(batch: RecordBatch, from: number, to: number): RecordBatch {
  const children = batch.data.children.map((child) => child.slice(from, to - from));
  const type = new Struct(schema.fields);
  return new RecordBatch(schema, makeData({ type, length: to - from, nullCount: 0, children }));
}

/** Byte strings may be Buffers or not. */
const plain = (facts: Facts) =>
  JSON.parse(
    JSON.stringify(facts, (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? '-0' : value,
    ),
  ) as unknown;

describe('facts', () => {
  it('of all rows are the sum of the facts of any pieces, however they are put together', () => {
    fc.assert(
      fc.property(batches, fc.nat(), fc.nat(), (batch, x, y) => {
        const [from, to] = [x % (batch.numRows + 1), y % (batch.numRows + 1)].sort((a, b) => a - b);
        const parts = [slice(batch, 0, from!), slice(batch, from!, to!), slice(batch, to!, batch.numRows)].map((part) =>
          counter(part),
        );
        const whole = plain(counter(batch));
        expect(plain(sumFacts(columns.length, parts))).toEqual(whole);
        expect(plain(addFacts(parts[0]!, addFacts(parts[1]!, parts[2]!)))).toEqual(whole);
        expect(plain(addFacts(parts[2]!, addFacts(parts[0]!, parts[1]!)))).toEqual(whole);
      }),
    );
  });

  it('of a redacted column tell its NULLs alone', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        expect(counter(batch).columns[0]!.bounds).toBeUndefined();
      }),
    );
  });

  it('unknown bounds stay unknown, and no rows change nothing', () => {
    const [column] = noFacts(1).columns;
    const unknown: Facts = { rows: 1, columns: [{ ...column!, bounds: 'unknown' }] };
    const known: Facts = { rows: 1, columns: [{ ...column!, nulls: 3, bounds: { min: 1, max: 2 } }] };
    expect(addFacts(known, unknown)).toEqual({ rows: 2, columns: [{ ...column, nulls: 3, bounds: 'unknown' }] });
    expect(addFacts(noFacts(1), known)).toEqual(known);
  });
});
