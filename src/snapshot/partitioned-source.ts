import type { OpenSource } from '../core/source.js';
import { writtenColumns } from '../core/types.js';
import { checkPartitioning } from '../partition/check-partitioning.js';
import { columnsInPath } from '../partition/partitioning.js';
import type { Plan } from './plan.js';
import { withTables } from './with-tables.js';

/**
 * The source, whose columns say whether folders' names are all that is written of them.
 * @throws request.invalid for columns by which there can be no folders
 */
export function partitionedSource(source: OpenSource, { partitioning }: Pick<Plan, 'partitioning'>): OpenSource {
  if (partitioning === undefined) return source;
  for (const { name, columns } of source.tables) {
    checkPartitioning(partitioning, { name, columns: writtenColumns(columns) });
  }
  const inPath = columnsInPath(partitioning);
  if (inPath.length === 0) return source;
  return withTables(
    source,
    source.tables.map((table) => ({
      ...table,
      columns: table.columns.map((column) =>
        inPath.includes(column.name) && !column.hidden ? { ...column, inPath: true as const } : column,
      ),
    })),
  );
}
