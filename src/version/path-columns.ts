import { Bool, type Data, type DataType, type Field, makeData, RecordBatch, Schema, Struct, Utf8 } from 'apache-arrow';
import { daysOfText } from '../core/arrow/calendar.js';
import { take } from '../core/arrow/take.js';
import type { PartitionValues } from '../core/target-place.js';
import { arrowSchema } from '../core/types.js';
import type { LedgerLine } from '../manifest/shape.js';
import { columnOf } from './ledger-column.js';

/**
 * Gives batches of a target's files the columns that stand in the names of its folders alone, in the order of the ledger.
 * @param ledger of the columns that are asked for
 */
export function withPathColumns(
  ledger: readonly LedgerLine[],
  partition: PartitionValues = {},
): (batch: RecordBatch) => RecordBatch {
  const constants = new Map(
    ledger
      .filter(({ inPath }) => inPath)
      .map((line) => [line.name, constantColumn(line, partition[line.name] ?? null)]),
  );
  if (constants.size === 0) return (batch) => batch;
  return (batch) => {
    const rows = batch.numRows;
    const columns = ledger.map(({ name }): readonly [Field, Data] => {
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

function constantColumn(line: LedgerLine, text: string | null): Constant {
  const [field] = arrowSchema([columnOf(line)]).fields;
  return { field: field!, value: oneValue(field!.type as DataType, text ?? '0'), at: text === null ? -1 : 0 };
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
