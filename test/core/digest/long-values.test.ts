import { makeData, RecordBatch, Schema, Field, Struct, Utf8 } from 'apache-arrow';
import { expect, it } from 'vitest';
import { BatchHasher } from '../../../src/core/digest/batch-hasher.js';
import { seedsOf } from '../../../src/core/digest/seeds.js';
import { byteForm, xxh64 } from './reference.js';

const schema = new Schema([new Field('t', new Utf8(), true)]);
const seeds = new BigUint64Array(new Uint8Array(seedsOf({ place: 'column', kind: 'text', name: 't' })).buffer);

/** Values of a column one after another, their bytes given. */
function batchOf(values: readonly Uint8Array[]): RecordBatch {
  const valueOffsets = new Int32Array(values.length + 1);
  for (const [i, value] of values.entries()) valueOffsets[i + 1] = valueOffsets[i]! + value.length;
  const child = makeData({ type: new Utf8(), length: values.length, valueOffsets, data: Buffer.concat(values) });
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: values.length, children: [child] }),
  );
}

const ofLength = (length: number): Uint8Array => new Uint8Array(length).map((_, i) => 97 + ((i * 7 + length) % 26));
const mebibyte = 2 ** 20;

it.each([
  ['every length up to 100', Array.from({ length: 100 }, (_, length) => ofLength(length))],
  ['just as many as are copied at once', [ofLength(mebibyte)]],
  ['a byte more', [ofLength(mebibyte + 1)]],
  ['all numbers of bytes that are left', Array.from({ length: 33 }, (_, i) => ofLength(mebibyte + i))],
  [
    'long ones among short ones',
    [ofLength(3), ofLength(2 * mebibyte + 31), ofLength(0), ofLength(mebibyte - 5), ofLength(9)],
  ],
])('texts of %s have the hashes of the specification', (_, values) => {
  const expected = [0, 1].map((half) =>
    values.reduce((sum, value) => BigInt.asUintN(64, sum + quick(value, half)), 0n),
  );
  expect(new BatchHasher(schema).sumsOf(batchOf(values)).columns[0]).toEqual(expected);
});

const known = new Map<string, bigint>();

/** BigInts are slow: each length once. */
function quick(value: Uint8Array, half: number): bigint {
  const key = `${value.length}/${half}`;
  const hash = known.get(key) ?? xxh64(byteForm(value), seeds[half]!);
  known.set(key, hash);
  return hash;
}
