import { makeData, RecordBatch, Schema, Struct } from 'apache-arrow';
import { dataOf } from './buffers.js';
import { fieldOf, type Kind, type Value } from './kind.js';

/** A column made for tests. Its Arrow data is laid out by hand, by no builder of Arrow's or ours. */
export interface TestColumn {
  readonly name: string;
  readonly kind: Kind;
  readonly nullable: boolean;
  readonly values: readonly Value[];
}

export function schemaOf(columns: readonly TestColumn[]): Schema {
  return new Schema(columns.map(({ name, kind, nullable }) => fieldOf(name, kind, nullable)));
}

export function batchOf(columns: readonly TestColumn[]): RecordBatch {
  const schema = schemaOf(columns);
  const length = columns[0]!.values.length;
  const children = columns.map(({ kind, values }) => dataOf(kind, values));
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }));
}
