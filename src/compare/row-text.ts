import { DataType, type Field, type RecordBatch } from 'apache-arrow';
import { plainValueText, valuesOf } from '../core/arrow/value-at.js';
import type { Column } from '../core/types.js';
import type { SampledRow } from './diff-shape.js';

/** A row's values, as they are shown to people. */
export function rowText(batch: RecordBatch, row: number, columns: readonly Column[]): SampledRow {
  return Object.fromEntries(
    columns.flatMap(({ name, redacted }, index) =>
      redacted ? [] : [[name, valueText(batch, { row, index, field: batch.schema.fields[index]! })]],
    ),
  );
}

function valueText(
  batch: RecordBatch,
  { row, index, field }: { readonly row: number; readonly index: number; readonly field: Field },
): string | null {
  const vector = batch.getChildAt(index)!;
  if (!vector.isValid(row)) return null;
  const type = field.type as DataType;
  if (DataType.isBinary(type)) return `\\x${Buffer.from(vector.get(row) as Uint8Array).toString('hex')}`;
  if (type.children?.length || DataType.isInterval(type)) return nestedText(vector.get(row));
  return plainValueText(valuesOf(batch.data.children[index]!)(row), field);
}

/** JSON, in which large numbers stand as text. */
function nestedText(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? String(item) : item)) ?? String(value);
}
