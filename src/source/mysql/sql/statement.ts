import type { ColumnPlan } from '../plan/types.js';
import { quoteIdentifier } from './quote.js';

/** The column of a key, as its values are compared, and how they are read and bound again. */
export interface KeyColumn {
  readonly name: string;
  /** A value as text, from the column `c`: `HEX(c)`. */
  readonly read: string;
  /** The value again, from its text: `UNHEX(?)`. */
  readonly bind: string;
}

/** What is read of a table or query, from which the statements of all ranges are made. */
export interface ReadStatement {
  /** What stands after FROM, with `?` for its values. */
  readonly from: string;
  readonly values: readonly string[];
  readonly columns: readonly { readonly expression: string; readonly alias: string | undefined }[];
  /** The query itself, where all of its columns are read as they are. */
  readonly whole: string | undefined;
  /** Columns by which rows are ordered and cut; empty: they come as they like. */
  readonly key: readonly KeyColumn[];
  /** An index that has that order. */
  readonly index: string | undefined;
  readonly limit: number | undefined;
}

/** Which rows: after the one key, up to and with the other; texts of the key's columns. Absent: from the first, to the last. */
export interface KeyRange {
  readonly after?: readonly string[];
  readonly upTo?: readonly string[];
}

/** What belongs to a range in a plan. */
export interface RangeDetail extends KeyRange {
  /** Index of the table in the request. */
  readonly table: number;
  /** Keys at which the range may be read in pieces, between its ends. */
  readonly steps?: readonly (readonly string[])[];
  /** Indices of the columns that are read alone. */
  readonly only?: readonly number[];
}

export function columnsOf(columns: readonly ColumnPlan[]): ReadStatement['columns'] {
  return columns.map(({ column, reading }) => {
    const name = quoteIdentifier(column.name);
    if (reading === 'asIs') return { expression: name, alias: undefined };
    const isFloat = column.sourceType.startsWith('float');
    // The text of a FLOAT has six digits; that of the double it is has all.
    const value = isFloat ? `CAST(${name} AS DOUBLE)` : name;
    return { expression: `CAST(${value} AS CHAR CHARACTER SET utf8mb4)`, alias: name };
  });
}

/** The statement of a range, with the values to bind. */
export function statementOf(
  statement: ReadStatement,
  { only, ...range }: KeyRange & { readonly only?: readonly number[] | undefined },
): { readonly sql: string; readonly values: readonly string[] } {
  const { from, values, key, limit, index, whole } = statement;
  const limited = limit === undefined ? '' : ` LIMIT ${limit}`;
  if (whole !== undefined && only === undefined && limit === undefined) return { sql: whole, values };
  const columns = only === undefined ? statement.columns : only.map((at) => statement.columns[at]!);
  const list = columns.map(({ expression, alias }) => (alias === undefined ? expression : `${expression} AS ${alias}`));
  const conditions = [
    ...(range.after ? [compared(key, '>', range.after)] : []),
    ...(range.upTo ? [compared(key, '<=', range.upTo)] : []),
  ];
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`;
  const order = key.length === 0 ? '' : ` ORDER BY ${key.map(({ name }) => quoteIdentifier(name)).join(', ')}`;
  const hint = index === undefined ? '' : ` FORCE INDEX (${quoteIdentifier(index)})`;
  return {
    sql: `SELECT ${list.join(', ')} FROM ${from}${hint}${where}${order}${limited}`,
    values: [...values, ...conditions.flatMap((condition) => condition.values)],
  };
}

/** The key of the row that comes so many rows after another one. */
export function keyAfter(
  { from, key, index, values }: ReadStatement,
  after: readonly string[] | undefined,
  rows: number,
): { readonly sql: string; readonly values: readonly string[] } {
  const names = key.map(({ name }) => quoteIdentifier(name));
  const list = key.map(({ read, name }, i) => `${read.replace('c', () => quoteIdentifier(name))} AS k${i}`);
  const condition = after && compared(key, '>', after);
  const hint = index === undefined ? '' : ` FORCE INDEX (${quoteIdentifier(index)})`;
  const where = condition === undefined ? '' : ` WHERE ${condition.sql}`;
  return {
    sql: `SELECT ${list.join(', ')} FROM ${from}${hint}${where} ORDER BY ${names.join(', ')} LIMIT 1 OFFSET ${rows - 1}`,
    values: [...values, ...(condition?.values ?? [])],
  };
}

interface Condition {
  readonly sql: string;
  readonly values: readonly string[];
}

/**
 * Rows whose key compares so with values. Of several columns it is written out, `a > x OR (a = x AND b > y)`: in that form
 * servers use the index.
 */
function compared(key: readonly KeyColumn[], operator: '>' | '<=', values: readonly string[]): Condition {
  const strict = operator === '>' ? '>' : '<';
  const [{ name, bind }, ...rest] = key as [KeyColumn, ...KeyColumn[]];
  const [value, ...others] = values as [string, ...string[]];
  const column = quoteIdentifier(name);
  if (rest.length === 0) return { sql: `${column} ${operator} ${bind}`, values: [value] };
  const inner = compared(rest, operator, others);
  // The first condition says nothing new, but all servers read it as a range.
  return {
    sql: `${column} ${strict}= ${bind} AND (${column} ${strict} ${bind} OR (${column} = ${bind} AND ${inner.sql}))`,
    values: [value, value, value, ...inner.values],
  };
}
