import type { SourceRequest } from '../../../core/source-request.js';
import { quoteIdentifier } from '../../postgres-protocol/quote.js';
import type { Pages } from '../plan/ranges.js';
import { type ColumnPlan, selectExpression } from '../plan/types.js';

/** How one table or query of the request is read. Plain data; may hold secret parameters, so it travels in the ticket only. */
export interface ReadStatement {
  /** With `$1`, `$2`, …: for the extended protocol. */
  readonly bound: string;
  readonly values: readonly string[];
  /** With the literals that the server made of the values: for COPY, which takes no binds. */
  readonly literal: string;
  readonly limit: number | undefined;
  /** Whether it reads a relation whose pages may be picked by `ctid`. */
  readonly pages: boolean;
  /** Whether several statements, each for some pages of a range, give the range's rows in the same order as one. */
  readonly divisible: boolean;
  /** Quoted and qualified; undefined for a query. */
  readonly relation?: string;
  /** The columns that it must give: looked at before every read. */
  readonly sent: readonly ColumnPlan['sent'][];
  /** Condition for the rows `t` that are wanted; undefined: all are. */
  readonly rowTest?: string | undefined;
}

/** `detail` of a range. */
export interface RangeDetail {
  /** Index of the table in the request. */
  readonly table: number;
  /** Absent: the whole of it in one statement. */
  readonly pages?: Pages;
  /** Numbers of the columns that are read; absent: all. */
  readonly only?: readonly number[];
  /** Rows are read whether they are new or not. */
  readonly everyRow?: true;
}

/** @param relation quoted and qualified */
export function tableStatement(
  relation: string,
  columns: readonly ColumnPlan[],
  options: Pick<ReadStatement, 'limit' | 'pages' | 'divisible' | 'rowTest'>,
): ReadStatement {
  const sql = `SELECT ${selectList('t', columns)} FROM ${relation} AS t`;
  return { bound: sql, values: [], literal: sql, relation, sent: columns.map((column) => column.sent), ...options };
}

/**
 * A query whose columns all come in binary is sent as it is. Otherwise it becomes a sub-select, whose order PostgreSQL
 * keeps: an outer select without sorting, joining or parallel workers passes rows on as they come.
 */
export function queryStatement(
  query: { readonly bound: string; readonly values: readonly string[]; readonly literal: string },
  columns: readonly ColumnPlan[],
  { limit, rowTest }: Pick<ReadStatement, 'limit' | 'rowTest'>,
): ReadStatement {
  const plain = columns.every(({ reading, expression }) => reading === 'binary' && expression === undefined);
  const asItIs = limit === undefined && rowTest === undefined && plain;
  // Line breaks, since a query may end with a comment.
  const wrap = (sql: string): string => (asItIs ? sql : `SELECT ${selectList('q', columns)} FROM (\n${sql}\n) AS q`);
  return {
    bound: wrap(query.bound),
    values: query.values,
    literal: wrap(query.literal),
    limit,
    rowTest,
    pages: false,
    divisible: false,
    sent: columns.map((column) => column.sent),
  };
}

function selectList(alias: string, columns: readonly ColumnPlan[]): string {
  return columns
    .map((plan) => {
      const { column, reading, expression: own } = plan;
      const expression = own ?? selectExpression(`${alias}.${quoteIdentifier(column.name)}`, plan);
      return own === undefined && reading === 'binary'
        ? expression
        : `${expression} AS ${quoteIdentifier(column.name)}`;
    })
    .join(', ');
}

/** What a road sends. */
interface SentSelect {
  readonly text: string;
  readonly values: readonly string[];
  /** The columns that it must give. */
  readonly sent: ReadStatement['sent'];
}

/** The select that a road sends for a range, or for some of its pages: COPY with literals, the cursor with values to bind. */
export function sentSelect(
  statement: ReadStatement,
  range: RangeDetail,
  via: SourceRequest['via'],
  pages?: Pages,
): SentSelect {
  const { text, values } =
    via === 'cursor'
      ? selectStatement(statement, range, pages)
      : { text: literalSelect(statement, range, pages), values: [] };
  const { only } = range;
  if (only === undefined) return { text, values, sent: statement.sent };
  const sent = only.map((index) => statement.sent[index]!);
  const names = sent.map(({ name }) => `o.${quoteIdentifier(name)}`);
  return { text: `SELECT ${names.join(', ')} FROM (\n${text}\n) AS o`, values, sent };
}

/**
 * The select that COPY runs for a range, or for some of its pages.
 * @param pages narrower than those of the range, where a range is read in several statements
 */
export function literalSelect(statement: ReadStatement, range: RangeDetail, pages?: Pages): string {
  return restricted(statement.literal, wantedBy(statement, range), pages ?? range.pages);
}

/** The statement that sends in binary what a select of {@link literalSelect} gives. */
export function copyStatement(select: string): string {
  return `COPY (\n${select}\n) TO STDOUT (FORMAT binary)`;
}

/** The same select for the extended protocol, with the values to bind. */
export function selectStatement(
  statement: ReadStatement,
  range: RangeDetail,
  pages?: Pages,
): { readonly text: string; readonly values: readonly string[] } {
  return {
    text: restricted(statement.bound, wantedBy(statement, range), pages ?? range.pages),
    values: statement.values,
  };
}

/** The statement, without its condition where every row is wanted. */
function wantedBy(statement: ReadStatement, { everyRow }: RangeDetail): ReadStatement {
  return everyRow ? { ...statement, rowTest: undefined } : statement;
}

/** Finds a row's place on disk by its ordinal in the range, from 0; undefined where rows have no such place. */
export function placeStatement(statement: ReadStatement, range: RangeDetail, ordinal: number): string | undefined {
  if (!statement.pages || statement.relation === undefined) return undefined;
  const sql = `SELECT t.tableoid::pg_catalog.regclass::pg_catalog.text AS leaf, t.ctid::pg_catalog.text AS ctid FROM ${statement.relation} AS t`;
  return `${restricted(sql, { ...statement, limit: undefined }, range.pages)} OFFSET ${ordinal} LIMIT 1`;
}

/**
 * The lower bound stands there even where it excludes nothing: an index that holds all columns cannot answer a condition on
 * `ctid`, so rows come in the order of the table, whatever the planner thinks is cheaper on the day.
 */
function restricted(sql: string, { limit, pages: paged, rowTest }: ReadStatement, pages: Pages | undefined): string {
  const conditions: string[] = [];
  if (paged) conditions.push(`t.ctid OPERATOR(pg_catalog.>=) '(${pages?.from ?? 0},0)'::pg_catalog.tid`);
  if (pages?.to !== undefined) conditions.push(`t.ctid OPERATOR(pg_catalog.<) '(${pages.to},0)'::pg_catalog.tid`);
  if (rowTest !== undefined) conditions.push(rowTest);
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return `${sql}${where}${limit === undefined ? '' : ` LIMIT ${limit}`}`;
}
