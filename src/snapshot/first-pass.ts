import type { RunListener } from '../core/progress.js';
import type { TablePlan } from '../core/source.js';
import type { LaneStart } from '../lane/messages.js';

type Start = Omit<LaneStart, 'encoders'>;

/** A run's start for lanes that look at rows of some columns, and write none: nothing is masked, no keys are kept beside, and no files. */
export const lookingAt = (tables: readonly TablePlan[], start: Start): Start => ({
  ...start,
  tables: tables.map(unwritten),
  checks: undefined,
  keepsFiles: undefined,
  maskKey: undefined,
  rowKeys: [],
});

/** A table whose rows are looked at, and not written. */
function unwritten(table: TablePlan): TablePlan {
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
