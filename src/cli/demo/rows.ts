import { type DataType, Type, type Vector } from 'apache-arrow';
import { boundText } from '../../core/arrow/value-text.js';
import { readTable } from '../../version/read.js';
import { alignColumns } from '../columns.js';

const shownColumns = ['customer_id', 'full_name', 'plan', 'signup_date', 'total_purchases', 'churn_label'];

/** The first rows of the demo's table in a version, as aligned lines under the names of some columns. */
export async function firstRows(folder: string, count: number): Promise<string[]> {
  for await (const batch of readTable(folder, 'customer_data', { columns: shownColumns })) {
    const vectors = shownColumns.map((name) => batch.getChild(name)!);
    const rows = Array.from({ length: Math.min(count, batch.numRows) }, (_, row) =>
      vectors.map((vector) => cellText(vector, row)),
    );
    return alignColumns([shownColumns, ...rows]);
  }
  return ['(no rows)'];
}

function cellText(vector: Vector<DataType>, row: number): string {
  const value: unknown = vector.get(row);
  if (value === null) return '';
  if (vector.type.typeId === Type.Decimal) {
    const [low, high] = value as Uint32Array;
    return boundText((BigInt(high! | 0) << 32n) | BigInt(low!), fieldOf(vector));
  }
  return vector.type.typeId === Type.Date ? new Date(value as number).toISOString().slice(0, 10) : String(value);
}

const fieldOf = (vector: Vector<DataType>): Parameters<typeof boundText>[1] =>
  ({ type: vector.type }) as Parameters<typeof boundText>[1];
