import { makeData, RecordBatch, Struct } from 'apache-arrow';
import { plainData } from './plain-data.js';
import { take } from './take.js';

/** The rows at the given positions, in that order: a copy. */
export function takeRows({ schema, data }: RecordBatch, at: Int32Array): RecordBatch {
  const children = data.children.map((column) => take(plainData(column), at));
  const type = new Struct(schema.fields);
  return new RecordBatch(schema, makeData({ type, length: at.length, nullCount: 0, children }));
}
