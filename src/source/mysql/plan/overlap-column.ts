import type { Column } from '../../../core/types.js';
import type { BoundSql } from '../sql/condition.js';
import { binaryCharacterSet, fieldType } from './field-types.js';
import type { ColumnPlan } from './types.js';

/** The column's value is a double, and never NULL. */
const valueBytes = 8;

/**
 * A column that is read for a later run, and not written.
 * @param others names of the table's columns
 */
export function overlapColumn(expression: BoundSql, others: readonly string[]): ColumnPlan {
  let name = 'overlap of versions';
  while (others.includes(name)) name += ' ';
  return {
    column: {
      ...{ name, sourceType: 'double', type: { kind: 'int', bits: 16 }, wire: 'float8', exactness: 'exact' },
      ...{ redacted: true, hidden: true, overlap: true },
    },
    reading: 'asIs',
    expression,
    sent: { name, type: fieldType.double, flags: 0, characterSet: binaryCharacterSet, length: 23, decimals: 31 },
  };
}

/**
 * What that column takes of each row's frame. Whether a run reads it must move no cut between row groups.
 */
export function bytesForLaterRuns(columns: readonly Column[]): number {
  if (!columns.some(({ overlap }) => overlap)) return 0;
  const bitmapBytes = (count: number): number => (count + 9) >> 3;
  return valueBytes + bitmapBytes(columns.length) - bitmapBytes(columns.length - 1);
}
