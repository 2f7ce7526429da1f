import { DataType, type RecordBatch, type Timestamp, TimeUnit } from 'apache-arrow';
import { inLine } from '../core/in-line.js';
import { plainData } from '../core/arrow/plain-data.js';
import { MisfitError } from '../core/misfit-error.js';
import type { Column } from '../core/types.js';
import type { AssignRows } from './hash-split.js';
import { momentOf } from '../core/moment.js';
import type { ColumnSplit, TimeSplit } from './split.js';

/** Rows by time: into the first part whose cut is later. */
export function timeAssignment({ cuts }: TimeSplit, index: number): AssignRows {
  let sorted: readonly bigint[] | undefined;
  return (batch, of) => {
    const { values, type } = plainData(batch.data.children[index]!);
    sorted ??= cuts.map((cut) => momentOf(cut, unitOf(type as DataType)));
    const wide = values instanceof BigInt64Array;
    // Days, and all microseconds of some hundred years, are whole numbers in doubles, too; the others stay as they are.
    const limits = wide ? sorted : sorted.map(Number);
    for (let row = 0; row < of.length; row++) {
      const value = (values as Int32Array | BigInt64Array)[row]!;
      let part = 0;
      while (part < limits.length && value >= limits[part]!) part++;
      of[row] = part;
    }
  };
}

function unitOf(type: DataType): 'day' | 's' | 'ms' | 'us' | 'ns' {
  if (DataType.isDate(type)) return 'day';
  const { unit } = type as Timestamp;
  return (
    {
      [TimeUnit.SECOND]: 's',
      [TimeUnit.MILLISECOND]: 'ms',
      [TimeUnit.MICROSECOND]: 'us',
      [TimeUnit.NANOSECOND]: 'ns',
    } as const
  )[unit];
}

/** Rows by what a column says. @throws data.misfit for a value that no split is named for */
export function columnAssignment(
  split: ColumnSplit,
  column: Column,
  index: number,
  names: readonly string[],
): AssignRows {
  const parts = new Map(Object.entries(split.names).map(([value, name]) => [value, names.indexOf(name)]));
  return (batch: RecordBatch, of) => {
    const vector = batch.getChildAt(index)!;
    for (let row = 0; row < of.length; row++) {
      const value: unknown = vector.get(row);
      if (value === null) continue;
      const part = parts.get(String(value));
      if (part === undefined) throw unnamed(column, { column: index, row }, String(value), [...parts.keys()]);
      of[row] = part;
    }
  };
}

function unnamed(
  { name, sourceType, redacted }: Column,
  at: { readonly column: number; readonly row: number },
  value: string,
  known: readonly string[],
): MisfitError {
  const shown = redacted ? 'a value (hidden: the column is redacted)' : JSON.stringify(value);
  return new MisfitError(
    at,
    'data.misfit',
    `Column "${inLine(name)}" (${sourceType}): no split is named for ${shown}`,
    `--split names one for each value; now for ${known.join(', ')}.`,
  );
}
