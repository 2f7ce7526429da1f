/** What a partition is of: a column's values, or the days, months or years (in UTC) that they are in. */
export interface PartitionColumn {
  readonly column: string;
  readonly unit?: PartitionUnit;
}

export const partitionUnits = ['day', 'month', 'year'] as const;
export type PartitionUnit = (typeof partitionUnits)[number];

/** How rows are put into folders: plain data. docs/partitions.md. */
export interface Partitioning {
  /** From the outermost folder to the innermost. */
  readonly by: readonly PartitionColumn[];
  /** Whether the files have the partition's columns, too, or folders' names alone. */
  readonly columns: 'files' | 'path';
}

/** So many folders has a table at most: more are a mistake more often than not, and slow wherever they are read. */
export const mostPartitions = 10_000;

/** The columns that stand in folders' names alone. */
export function columnsInPath({ by, columns }: Partitioning): readonly string[] {
  return columns === 'files' ? [] : by.flatMap(({ column, unit }) => (unit === undefined ? column : []));
}
