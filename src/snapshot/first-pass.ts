import type { RunListener } from '../core/progress.js';
import type { TablePlan } from '../core/source.js';

/** A table whose rows are looked at, and not written. */
export function unwritten(table: TablePlan): TablePlan {
  return {
    ...table,
    columns: table.columns.map(({ transaction: _, overlap: __, ...column }) => ({ ...column, hidden: true })),
  };
}

/** Rows that are looked at are counted, and are no rows of the version. */
export const counting =
  (listener: RunListener): RunListener =>
  (event) =>
    listener(event.type === 'progress' ? { type: 'counting', rows: event.rows } : event);
