import type { TableName } from './table-name.js';
import type { BigqueryField } from './field.js';

/** What the service says of a table. */
export interface TableFacts {
  /** `TABLE`, `VIEW`, `EXTERNAL`, … */
  readonly type: string;
  /** When it was made, in milliseconds since 1970. */
  readonly created: string;
  readonly fields: readonly BigqueryField[];
  readonly rows: number | undefined;
  readonly bytes: number | undefined;
  /** The column by which the table is cut, and whether it must be filtered by it. */
  readonly partitionedBy: string | undefined;
  readonly requiresFilter: boolean;
}

/** What trying a query tells: it runs nothing, and costs nothing. */
export interface DryRun {
  readonly fields: readonly BigqueryField[];
  readonly bytes: number;
  /** `SELECT`, … */
  readonly statement: string;
  /** Microseconds since 1970, by the service's clock. */
  readonly moment: bigint;
  /** That the query reads. */
  readonly relations: readonly TableName[];
}

/** What a job was that has ended. */
export interface JobFacts {
  /** Its name. */
  readonly id: string;
  readonly bytesBilled: number;
  /** Rows that it gave or wrote; undefined: the service does not say. */
  readonly rows: number | undefined;
  readonly startedAt: bigint;
}

/** The result of a query: a table that stays for a day. */
export interface QueryResult extends JobFacts {
  readonly table: TableName;
  readonly rows: number;
  readonly fields: readonly BigqueryField[];
}

/** A job, as the API describes it (REST reference, Job). */
export interface RawJob {
  readonly status?: {
    readonly state?: string;
    readonly errorResult?: { readonly reason?: string; readonly message?: string };
  };
  readonly statistics?: {
    readonly creationTime?: string;
    readonly startTime?: string;
    readonly query?: {
      readonly schema?: { readonly fields?: readonly BigqueryField[] };
      readonly totalBytesProcessed?: string;
      readonly totalBytesBilled?: string;
      readonly statementType?: string;
      readonly referencedTables?: readonly RawTableName[];
      readonly exportDataStatistics?: { readonly rowCount?: string };
    };
  };
  readonly configuration?: { readonly query?: { readonly destinationTable?: RawTableName } };
}

interface RawTableName {
  readonly projectId: string;
  readonly datasetId: string;
  readonly tableId: string;
}

/** A table, as the API describes it (REST reference, Table). */
export interface RawTable {
  readonly type?: string;
  readonly creationTime?: string;
  readonly numRows?: string;
  readonly numBytes?: string;
  readonly schema?: { readonly fields?: readonly BigqueryField[] };
  readonly timePartitioning?: { readonly field?: string; readonly requirePartitionFilter?: boolean };
  readonly rangePartitioning?: { readonly field?: string };
  readonly requirePartitionFilter?: boolean;
}

export function tableFactsOf(table: RawTable): TableFacts {
  const { timePartitioning: byTime, rangePartitioning: byRange } = table;
  return {
    type: table.type ?? 'TABLE',
    created: table.creationTime ?? '',
    fields: table.schema?.fields ?? [],
    rows: numberOf(table.numRows),
    bytes: numberOf(table.numBytes),
    partitionedBy: byTime === undefined ? byRange?.field : (byTime.field ?? '_PARTITIONTIME'),
    requiresFilter: table.requirePartitionFilter ?? byTime?.requirePartitionFilter ?? false,
  };
}

export function dryRunOf({ statistics }: RawJob): DryRun {
  const { query, creationTime } = statistics ?? {};
  return {
    fields: query?.schema?.fields ?? [],
    bytes: numberOf(query?.totalBytesProcessed) ?? 0,
    statement: query?.statementType ?? 'SELECT',
    moment: BigInt(creationTime ?? Date.now()) * 1000n,
    relations: (query?.referencedTables ?? []).map(nameOf),
  };
}

/** What a job that has ended came to. */
export function jobFactsOf(id: string, { statistics }: RawJob): JobFacts {
  const { query, startTime, creationTime } = statistics ?? {};
  return {
    id,
    bytesBilled: numberOf(query?.totalBytesBilled) ?? 0,
    rows: numberOf(query?.exportDataStatistics?.rowCount),
    startedAt: BigInt(startTime ?? creationTime ?? Date.now()) * 1000n,
  };
}

/** The same of a query. @param result its table */
export function queryResultOf(
  id: string,
  raw: RawJob,
  { table, facts: { rows = 0, fields } }: { readonly table: TableName; readonly facts: TableFacts },
): QueryResult {
  return { ...jobFactsOf(id, raw), table, rows, fields };
}

/** The table of a query that has ended. */
export const resultTableOf = ({ configuration }: RawJob): TableName => nameOf(configuration!.query!.destinationTable!);

const numberOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

const nameOf = ({ projectId, datasetId, tableId }: RawTableName): TableName => ({
  project: projectId,
  dataset: datasetId,
  table: tableId,
});
