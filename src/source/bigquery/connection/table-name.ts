/** A table, in full. */
export interface TableName {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
}

/** A table's name for people. */
export const textOf = ({ project, dataset, table }: TableName): string => `${project}.${dataset}.${table}`;
