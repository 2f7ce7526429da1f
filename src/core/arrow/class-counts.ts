import type { RecordBatch } from 'apache-arrow';
import { inLine } from '../in-line.js';
import { TidemarkError } from '../errors.js';

/** More values than that are no classes. */
export const mostClasses = 1000;

/** How many rows have which value, as text; rows with NULL are not counted. */
export type ClassCounts = Readonly<Record<string, number>>;

/** Kinds of columns whose values can be classes. */
export const classKinds: readonly string[] = ['bool', 'int', 'text'];

/**
 * Counts the values of a column of a batch.
 * @throws request.invalid for more than {@link mostClasses} values
 */
export function classCounts(batch: RecordBatch, column: string): ClassCounts {
  const counts = new Map<unknown, number>();
  for (const value of batch.getChild(column)!) counts.set(value, (counts.get(value) ?? 0) + 1);
  counts.delete(null);
  assertFew(counts.size, column);
  return Object.fromEntries([...counts].map(([value, rows]) => [String(value), rows]));
}

/** @throws request.invalid */
export function assertFew(classes: number, column: string): void {
  if (classes <= mostClasses) return;
  throw new TidemarkError(
    'request.invalid',
    `split-label: column "${inLine(column)}" has more than ${mostClasses} values`,
    {
      hint: 'Classes are few: choose a column that says which of some kinds a row is.',
    },
  );
}

/** The counts of the rows of both. */
export function addClassCounts(a: ClassCounts, b: ClassCounts): ClassCounts {
  const sum = new Map(Object.entries(a));
  for (const [value, rows] of Object.entries(b)) sum.set(value, (sum.get(value) ?? 0) + rows);
  return Object.fromEntries(sum);
}
