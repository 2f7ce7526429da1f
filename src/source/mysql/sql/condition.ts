import { quoteIdentifier } from './quote.js';

/** The column of a key, as its values are compared, and how they are read and bound again. */
export interface KeyColumn {
  readonly name: string;
  /** A value as text, from the column `c`: `HEX(c)`. */
  readonly read: string;
  /** The value again, from its text: `UNHEX(?)`. */
  readonly bind: string;
}

/** SQL with `?`, and the values for them. */
export interface BoundSql {
  readonly sql: string;
  readonly values: readonly string[];
}

/**
 * Rows whose columns compare so with values. Of several columns it is written out, `a > x OR (a = x AND b > y)`: in that form
 * servers use the index.
 */
export function compared(
  columns: readonly KeyColumn[],
  operator: '>' | '>=' | '<=',
  values: readonly string[],
): BoundSql {
  const strict = operator === '<=' ? '<' : '>';
  const [{ name, bind }, ...rest] = columns as [KeyColumn, ...KeyColumn[]];
  const [value, ...others] = values as [string, ...string[]];
  const column = quoteIdentifier(name);
  if (others.length === 0) return { sql: `${column} ${operator} ${bind}`, values: [value] };
  const inner = compared(rest, operator, others);
  // The first condition says nothing new, but all servers read it as a range.
  return {
    sql: `${column} ${strict}= ${bind} AND (${column} ${strict} ${bind} OR (${column} = ${bind} AND ${inner.sql}))`,
    values: [value, value, value, ...inner.values],
  };
}

/** Values of the columns as texts, for a select list: `k0`, `k1`, … */
export function asTexts(columns: readonly KeyColumn[]): string {
  return columns.map(({ read, name }, i) => `${read.replace('c', () => quoteIdentifier(name))} AS k${i}`).join(', ');
}

export function both(one: BoundSql, other: BoundSql): BoundSql {
  return { sql: `(${one.sql}) AND (${other.sql})`, values: [...one.values, ...other.values] };
}
