import type { TablePlan } from '../core/source.js';

/** What a range says of the columns that are wanted of it. */
interface ColumnsOfRange {
  /** Columns by their places in what is read; undefined: all. */
  readonly only?: readonly number[];
  /** Rows that are not new are wanted, too. */
  readonly everyRow?: true;
}

/** The same rows of a table with some of their columns alone, of ranges that say which columns are wanted. @param indices of the columns @param rows `all`: those too that are not new */
export function narrowedTable(table: TablePlan, indices: readonly number[], rows?: 'all'): TablePlan {
  return {
    ...table,
    columns: indices.map((index) => table.columns[index]!),
    ranges: table.ranges.map((range) => {
      const detail = range.detail as ColumnsOfRange;
      const only = indices.map((index) => detail.only?.[index] ?? index);
      return { ...range, detail: { ...detail, only, ...(rows === 'all' && { everyRow: true }) } };
    }),
  };
}
