import { quoteIdentifier } from '../../postgres-protocol/quote.js';
import type { ColumnFacts } from '../../postgres-protocol/describe.js';

/** How a table or query is read. Plain data; values of parameters may be secret. */
export interface ReadStatement {
  /** What is sent where all columns of all wanted rows are read; undefined: it is put together. */
  readonly whole: string | undefined;
  /** What stands after FROM. */
  readonly from: string;
  /** The same with values in it, for UNLOAD, which takes none; undefined: nothing is unloaded. */
  readonly unloadFrom?: string | undefined;
  readonly values: readonly string[];
  readonly columns: readonly {
    readonly facts: ColumnFacts;
    /** What stands in the list; undefined: the column's name. */
    readonly expression?: string;
  }[];
  /** What rows must be like; undefined: all are read. */
  readonly rowTest: string | undefined;
  readonly limit: number | undefined;
}

/** What a range is to this source. */
export interface RangeDetail {
  /** Index of the table in the request. */
  readonly table: number;
  /** Columns by their places; undefined: all. */
  readonly only?: readonly number[];
  /** Rows that are not wanted are read, too. */
  readonly everyRow?: true;
}

/** The statement of a range, with the columns that it must give. */
export function statementOf(
  { whole, from, values, columns, rowTest, limit }: ReadStatement,
  { only, everyRow }: RangeDetail,
): { readonly sql: string; readonly values: readonly string[]; readonly columns: readonly ColumnFacts[] } {
  const chosen = only === undefined ? columns : only.map((index) => columns[index]!);
  const facts = chosen.map((column) => column.facts);
  if (whole !== undefined && only === undefined && everyRow === undefined)
    return { sql: whole, values, columns: facts };
  const list = chosen.map(({ facts: { name }, expression }) => {
    const quoted = quoteIdentifier(name);
    return expression === undefined ? quoted : `${expression} AS ${quoted}`;
  });
  const where = rowTest === undefined || everyRow ? '' : ` WHERE ${rowTest}`;
  const most = limit === undefined || everyRow ? '' : ` LIMIT ${limit}`;
  return { sql: `SELECT ${list.join(', ')} FROM ${from}${where}${most}`, values, columns: facts };
}
