import { makeData, RecordBatch, Struct, vectorFromArray } from 'apache-arrow';
import { expect, it } from 'vitest';
import { BatchHasher } from '../../src/core/digest/batch-hasher.js';
import { arrowSchema, type Column, writtenColumns } from '../../src/core/types.js';
import { tableStage } from '../../src/lane/stage.js';

const about = { wire: '', exactness: 'exact', redacted: false } as const;
const columns: readonly Column[] = [
  { name: 'xmin', sourceType: 'xid', type: { kind: 'int', bits: 64 }, hidden: true, ...about },
  { name: 'n', sourceType: 'int', type: { kind: 'int', bits: 32 }, ...about },
  { name: 'at', sourceType: 'bigint', type: { kind: 'int', bits: 64 }, hidden: true, ...about },
  { name: 'word', sourceType: 'text', type: { kind: 'text' }, ...about },
];

it('what is read and not written reaches neither the encoder nor the facts', () => {
  const schema = arrowSchema(columns);
  const values = [
    [7n, 8n, 9n],
    [1, null, 3],
    [null, null, 5n],
    ['b', 'a', null],
  ];
  const children = schema.fields.map(({ type }, index) => vectorFromArray(values[index]!, type).data[0]!);
  const batch = new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: 3, nullCount: 0, children }),
  );
  const seen: string[] = [];
  const encoder = {
    encode: (given: RecordBatch) => {
      seen.push(given.schema.fields.map(({ name }) => name).join());
      seen.push(JSON.stringify(given.toArray().map((row: { toJSON(): unknown }) => row.toJSON())));
      return { rows: given.numRows, bytes: new Uint8Array(1), meta: undefined };
    },
  };
  const misfits = { nulled: [10, 11, 12, 13], extreme: [0, 1, 2, 3] };
  const [portion, ...others] = tableStage(columns, encoder, { digest: true }).portions(batch, misfits);
  expect(others).toEqual([]);
  expect(seen).toEqual(['n,word', '[{"n":1,"word":"b"},{"n":null,"word":"a"},{"n":3,"word":null}]']);
  expect(portion).toMatchObject({ target: '', facts: { rows: 3 } });
  // Neither of the hidden columns has a sum.
  expect(portion!.facts.sums).toEqual(
    new BatchHasher(arrowSchema(writtenColumns(columns))).sumsOf(batch.selectAt([1, 3])),
  );
  expect(portion!.facts.columns).toEqual([
    { nulls: 1, nulled: 11, extreme: 1, bounds: { min: 1, max: 3 } },
    { nulls: 1, nulled: 13, extreme: 3, bounds: { min: Uint8Array.of(97), max: Uint8Array.of(98) } },
  ]);
});
