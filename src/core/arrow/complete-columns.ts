import { Bool, type Data, type DataType, type Field, makeData, RecordBatch, Schema, Struct, Utf8 } from 'apache-arrow';
import { ownValue } from '../own-value.js';
import type { PartitionValues } from '../target-place.js';
import { arrowSchema, type Column } from '../types.js';
import { daysOfText } from './calendar.js';
import { emptyData } from './empty-data.js';
import { take } from './take.js';

/** A column that is wanted, and may be in no file. */
export type WantedColumn = Pick<Column, 'name' | 'type' | 'inPath'>;

/** What files lack. */
export interface Lacking {
  /** What the names of their folders say. */
  readonly partition?: PartitionValues | undefined;
  /** Names of columns that were added after the files were written: NULL. */
  readonly added?: ReadonlySet<string>;
}

/** Gives batches of a target's files the columns that they lack, in the order that is wanted. */
export function withAllColumns(
  wanted: readonly WantedColumn[],
  { partition = {}, added = new Set() }: Lacking,
): (batch: RecordBatch) => RecordBatch {
  const constants = new Map(
    wanted.flatMap((column) => {
      const { name, inPath } = column;
      if (inPath) return [[name, constantColumn(column, ownValue(partition, name) ?? null)] as const];
      return added.has(name) ? [[name, nullColumn(column)] as const] : [];
    }),
  );
  if (constants.size === 0) return (batch) => batch;
  return (batch) => {
    const rows = batch.numRows;
    const columns = wanted.map(({ name }): readonly [Field, Data] => {
      const constant = constants.get(name);
      if (constant !== undefined) return [constant.field, take(constant.value, new Int32Array(rows).fill(constant.at))];
      const index = batch.schema.fields.findIndex((field) => field.name === name);
      return [batch.schema.fields[index]!, batch.data.children[index]!];
    });
    const schema = new Schema(columns.map(([field]) => field));
    const children = columns.map(([, data]) => data);
    return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children }));
  };
}

/** A column of one value, and where the value is in it: −1 for NULL. */
interface Constant {
  readonly field: Field;
  readonly value: Data;
  readonly at: number;
}

function nullColumn(column: WantedColumn): Constant {
  const field = fieldOf(column);
  return { field, value: emptyData(field.type as DataType), at: -1 };
}

function constantColumn(column: WantedColumn, text: string | null): Constant {
  const field = fieldOf(column);
  return { field, value: oneValue(field.type as DataType, text ?? '0'), at: text === null ? -1 : 0 };
}

function fieldOf(column: WantedColumn): Field {
  return arrowSchema([column]).fields[0]!;
}

function oneValue(type: DataType, text: string): Data {
  if (type instanceof Bool)
    return makeData({ type, length: 1, nullCount: 0, data: Uint8Array.of(text === 'true' ? 1 : 0) });
  if (type instanceof Utf8) {
    const bytes = new TextEncoder().encode(text);
    return makeData({ type, length: 1, nullCount: 0, valueOffsets: Int32Array.of(0, bytes.length), data: bytes });
  }
  return makeData({ type, length: 1, nullCount: 0, data: wholeNumber(type, text) } as never);
}

function wholeNumber(type: DataType, text: string): Int16Array | Int32Array | BigInt64Array {
  const array = type.ArrayType as unknown;
  if (array === BigInt64Array) return BigInt64Array.of(BigInt(text));
  if (array === Int16Array) return Int16Array.of(Number(text));
  return Int32Array.of(text.includes('-', 1) ? daysOfText(text) : Number(text));
}
