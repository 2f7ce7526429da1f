import {
  type Data,
  Dictionary,
  Field,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { factsCounter } from '../../../src/core/arrow/batch-facts.js';
import { dictionaryOf } from '../../../src/core/arrow/dictionary.js';
import { plainBatch } from '../../../src/core/arrow/plain-data.js';
import { BatchHasher } from '../../../src/core/digest/batch-hasher.js';

const schema = new Schema([new Field('word', new Utf8(), true)]);

/** A column of texts, by their numbers among `values`; whatever stands where a bit is 0 is NULL. */
function columnOf(values: readonly string[], codes: readonly number[], isThere: readonly boolean[]): Data {
  const bits = new Uint8Array((codes.length + 7) >> 3);
  for (const [row, there] of isThere.entries()) if (there) bits[row >> 3]! |= 1 << (row & 7);
  const missing = isThere.filter((there) => !there).length;
  return makeData({
    type: new Dictionary(new Utf8(), new Int32()),
    length: codes.length,
    nullCount: missing,
    ...(missing > 0 && { nullBitmap: bits }),
    data: Int32Array.from(codes),
    dictionary: vectorFromArray([...values], new Utf8()),
  } as never);
}

const batchOf = (child: Data): RecordBatch =>
  new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: child.length, nullCount: 0, children: [child] }),
  );

const columns = fc
  .record({
    values: fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 12 }), { minLength: 1, maxLength: 9 }),
    rows: fc.array(fc.record({ code: fc.nat(8), isThere: fc.boolean() }), { minLength: 9, maxLength: 60 }),
    from: fc.nat(8),
    allThere: fc.boolean(),
  })
  .map(({ values, rows, from, allThere }) => {
    const isThere = rows.map((row) => allThere || row.isThere);
    // What stands in the place of NULL refers to nothing.
    const codes = rows.map(({ code }, row) => (isThere[row] ? code % values.length : 1_000_000 - code));
    return columnOf(values, codes, isThere).slice(from, rows.length - from);
  });

it('texts that stand once each have the digest and facts of the same in every row', () => {
  const [hasher, factsOf] = [new BatchHasher(schema), factsCounter(schema, new Set())];
  let told = 0;
  fc.assert(
    fc.property(columns, (column) => {
      const [given, plain] = [batchOf(column), plainBatch(batchOf(column))];
      if (dictionaryOf(column) !== undefined) told += 1;
      expect(dictionaryOf(plain.data.children[0]!)).toBeUndefined();
      expect(hasher.sumsOf(given)).toEqual(hasher.sumsOf(plain));
      expect(factsOf(given)).toEqual(factsOf(plain));
    }),
    { numRuns: 500 },
  );
  expect(told).toBeGreaterThan(100);
});

it('a dictionary that has more values than there are rows is looked at row by row', () => {
  const column = columnOf(['a', 'b', 'c'], [2, 0], [true, true]);
  expect(dictionaryOf(column)).toBeUndefined();
  const hasher = new BatchHasher(schema);
  expect(hasher.sumsOf(batchOf(column))).toEqual(hasher.sumsOf(plainBatch(batchOf(column))));
});
