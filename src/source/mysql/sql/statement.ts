import type { ColumnPlan } from '../plan/types.js';
import { asTexts, both, compared, type BoundSql, type KeyColumn } from './condition.js';
import { quoteIdentifier } from './quote.js';

/** A column of the select list; its expression may have values of its own. */
export interface SelectedColumn {
  readonly expression: BoundSql;
  readonly alias: string | undefined;
}

/** What is read of a table or query, from which the statements of all ranges are made. */
export interface ReadStatement {
  /** What stands after FROM, with `?` for its values. */
  readonly from: string;
  readonly values: readonly string[];
  readonly columns: readonly SelectedColumn[];
  /** The query itself, where all of its columns are read as they are. */
  readonly whole: string | undefined;
  /** Columns by which rows are ordered and cut; empty: they come as they like. */
  readonly key: readonly KeyColumn[];
  /** An index that has that order. */
  readonly index: string | undefined;
  readonly limit: number | undefined;
  /** Which rows are wanted; undefined: all are. */
  readonly rowTest: BoundSql | undefined;
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
  /** Rows are read whether they are wanted or not. */
  readonly everyRow?: true;
}

export function columnsOf(columns: readonly ColumnPlan[]): readonly SelectedColumn[] {
  return columns.map(({ column, reading, expression }) => {
    const name = quoteIdentifier(column.name);
    if (expression !== undefined) return { expression, alias: name };
    if (reading === 'asIs') return { expression: { sql: name, values: [] }, alias: undefined };
    const isFloat = column.sourceType.startsWith('float');
    // The text of a FLOAT has six digits; that of the double it is has all.
    const value = isFloat ? `CAST(${name} AS DOUBLE)` : name;
    return { expression: { sql: `CAST(${value} AS CHAR CHARACTER SET utf8mb4)`, values: [] }, alias: name };
  });
}

/** The statement of a range, with the values to bind. */
export function statementOf(
  statement: ReadStatement,
  { only, everyRow, ...range }: KeyRange & Pick<RangeDetail, 'only' | 'everyRow'>,
): BoundSql {
  const { from, values, key, limit, index, whole } = statement;
  const rowTest = everyRow ? undefined : statement.rowTest;
  const isWhole = only === undefined && limit === undefined && rowTest === undefined;
  if (whole !== undefined && isWhole) return { sql: whole, values };
  const columns = only === undefined ? statement.columns : only.map((at) => statement.columns[at]!);
  const list = columns.map(({ expression: { sql }, alias }) => (alias === undefined ? sql : `${sql} AS ${alias}`));
  const conditions = [
    ...(range.after ? [compared(key, '>', range.after)] : []),
    ...(range.upTo ? [compared(key, '<=', range.upTo)] : []),
    ...(rowTest ? [rowTest] : []),
  ];
  const condition = conditions.length === 0 ? undefined : conditions.reduce(both);
  const where = condition === undefined ? '' : ` WHERE ${condition.sql}`;
  const order = key.length === 0 ? '' : ` ORDER BY ${key.map(({ name }) => quoteIdentifier(name)).join(', ')}`;
  // Rows that are wanted may be few, which another index finds.
  const hint = rowTest === undefined ? byIndex(index) : '';
  const limited = limit === undefined ? '' : ` LIMIT ${limit}`;
  return {
    sql: `SELECT ${list.join(', ')} FROM ${from}${hint}${where}${order}${limited}`,
    values: [...columns.flatMap(({ expression }) => expression.values), ...values, ...(condition?.values ?? [])],
  };
}

const byIndex = (index: string | undefined): string =>
  index === undefined ? '' : ` FORCE INDEX (${quoteIdentifier(index)})`;

/** The key of the row that comes so many rows after another one. */
export function keyAfter(
  { from, key, index, values }: ReadStatement,
  after: readonly string[] | undefined,
  rows: number,
): BoundSql {
  const names = key.map(({ name }) => quoteIdentifier(name));
  const condition = after && compared(key, '>', after);
  const where = condition === undefined ? '' : ` WHERE ${condition.sql}`;
  return {
    sql: `SELECT ${asTexts(key)} FROM ${from}${byIndex(index)}${where} ORDER BY ${names.join(', ')} LIMIT 1 OFFSET ${rows - 1}`,
    values: [...values, ...(condition?.values ?? [])],
  };
}
