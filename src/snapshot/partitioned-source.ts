import type { OpenSource, TablePlan } from '../core/source.js';
import { writtenColumns } from '../core/types.js';
import { checkPartitioning } from '../partition/check-partitioning.js';
import { columnsInPath } from '../partition/partitioning.js';
import type { Plan, TableWork } from './plan.js';
import { withTables } from './with-tables.js';

/**
 * The source, whose columns say whether folders' names are all that is written of them.
 * @throws request.invalid for columns by which there can be no folders
 */
export function partitionedSource(source: OpenSource, { tables }: Pick<Plan, 'tables'>): OpenSource {
  if (tables.every(({ partitioning }) => partitioning === undefined)) return source;
  return withTables(
    source,
    source.tables.map((table, index) => partitionedTable(table, tables[index]!.partitioning)),
  );
}

function partitionedTable(table: TablePlan, partitioning: TableWork['partitioning']): TablePlan {
  if (partitioning === undefined) return table;
  const { name, columns } = table;
  checkPartitioning(partitioning, { name, columns: writtenColumns(columns) });
  const inPath = columnsInPath(partitioning);
  if (inPath.length === 0) return table;
  return {
    ...table,
    columns: columns.map((column) =>
      inPath.includes(column.name) && !column.hidden ? { ...column, inPath: true as const } : column,
    ),
  };
}
