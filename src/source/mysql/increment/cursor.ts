import { type CursorKind, extremeOf, isAhead, microsecondsOf, valuesBelow } from '../../../core/cursor-kind.js';
import { aheadInCursor, type CursorColumns, nullsInCursor } from '../../../core/cursor-window.js';
import { invalidRequest, TidemarkError } from '../../../core/errors.js';
import { missingColumn } from '../../../core/missing-column.js';
import type { MysqlConnection } from '../connection/connection.js';
import { keyColumn } from '../plan/key.js';
import { asTexts, both, compared, type BoundSql, type KeyColumn } from '../sql/condition.js';
import { quoteIdentifier } from '../sql/quote.js';
import { cursorKindOf } from './cursor-kind.js';

/** A column, by its type as SQL names it: `bigint unsigned`. */
export interface TypedColumn {
  readonly name: string;
  readonly columnType: string;
}

/** What a cursor belongs to: what stands after FROM, with its values, and its columns. */
export interface CursorSubject {
  readonly name: string;
  readonly from: string;
  readonly values: readonly string[];
  readonly columns: readonly TypedColumn[];
}

type CursorRequest = Pick<CursorColumns<BoundSql>, 'columns' | 'lag' | 'floor' | 'nulls'>;

interface CursorColumn extends KeyColumn {
  readonly kind: CursorKind;
}

const dataTypeOf = (columnType: string): string => /^[a-z]+/i.exec(columnType)?.[0].toLowerCase() ?? '';

/** @throws request.invalid for a column that is not there, or whose values do not say in which order rows come */
function cursorColumn(name: string, columns: readonly TypedColumn[]): CursorColumn {
  const column = columns.find((one) => one.name === name);
  if (column === undefined) throw missingColumn('cursor', name, [{ columns }]);
  const { columnType } = column;
  const dataType = dataTypeOf(columnType);
  const kind = cursorKindOf(dataType, columnType.includes('unsigned'));
  const key = keyColumn({ name, dataType, columnType });
  if (kind !== undefined && key !== undefined) return { ...key, kind };
  throw invalidRequest(
    `cursor: "${name}" is of a type that does not say in which order rows come`,
    'A cursor is a timestamp, datetime, date, whole number, decimal, text or uuid. Cast it in a query.',
  );
}

/** The values that stand for `:low` and `:high` where the window has no such end. */
export function endlessValue(end: 'low' | 'high', first: string, columns: readonly TypedColumn[]): string {
  return extremeOf(cursorColumn(first, columns).kind, end, { column: first, marker: `:${end}` });
}

/** What can be asked of the columns of a cursor. @throws request.invalid for columns that cannot be one */
export function cursorOf(
  connection: MysqlConnection,
  subject: CursorSubject,
  request: CursorRequest,
): CursorColumns<BoundSql> {
  const columns = request.columns.map((name) => cursorColumn(name, subject.columns));
  const [first] = columns as [CursorColumn];
  const cursor = { ...request, name: subject.name };
  const noNull: BoundSql = {
    sql: columns.map(({ name }) => `${quoteIdentifier(name)} IS NOT NULL`).join(' AND '),
    values: [],
  };
  return {
    ...cursor,
    after: (values) => compared(columns, '>', values),
    notBefore: (values) => compared(columns, '>=', values),
    upTo: (values) => compared(columns, '<=', values),
    hasNoNull: () => noNull,
    both,
    marks: (parts) => ({
      sql: `0e0 + ${parts.map(([{ sql }, mark]) => `(CASE WHEN ${sql} THEN ${mark} ELSE 0 END)`).join(' + ')}`,
      values: parts.flatMap(([{ values }]) => values),
    }),
    below: (values, distance) => Promise.resolve(valuesBelow(first.kind, values, distance)),
    highest: (after) =>
      highest(connection, subject, columns, after ? both(noNull, compared(columns, '>', after)) : noNull),
    countNulls: async () => {
      const count = await countNulls(connection, subject, columns);
      if (count > 0 && request.nulls === 'fail') throw nullsInCursor(cursor, count);
      return count;
    },
    assertNotAhead: async (values) => {
      if (first.kind.ahead === undefined || values[0] === undefined) return;
      const [row] = await connection.query<{ now: string }>('SELECT UTC_TIMESTAMP(6) AS now');
      if (isAhead(first.kind, values[0], microsecondsOf(row!.now))) throw aheadInCursor(cursor, `--lag ${request.lag}`);
    },
  };
}

/** The largest values, in full precision; empty: there are no rows. */
async function highest(
  connection: MysqlConnection,
  { from, values }: CursorSubject,
  columns: readonly CursorColumn[],
  condition: BoundSql,
): Promise<readonly string[]> {
  const order = columns.map(({ name }) => `${quoteIdentifier(name)} DESC`);
  const rows = await connection.execute<Record<string, string>>(
    `SELECT ${asTexts(columns)} FROM ${from} WHERE ${condition.sql} ORDER BY ${order.join(', ')} LIMIT 1`,
    [...values, ...condition.values],
    { doing: 'looking for the largest value of the cursor' },
  );
  if (rows[0] === undefined) return [];
  const found = columns.map((_, index) => rows[0]![`k${index}`]!);
  const odd = columns.findIndex(({ kind }, i) => kind.ahead !== undefined && Number.isNaN(Date.parse(found[i]!)));
  if (odd < 0) return found;
  throw new TidemarkError(
    'data.cursor',
    `the largest value of the cursor "${columns[odd]!.name}" is ${found[odd]}, which is on no calendar`,
    { hint: 'Mend that row, leave it out by a query, or give another cursor.' },
  );
}

async function countNulls(
  connection: MysqlConnection,
  { from, values }: CursorSubject,
  columns: readonly CursorColumn[],
): Promise<number> {
  const condition = columns.map(({ name }) => `${quoteIdentifier(name)} IS NULL`).join(' OR ');
  const [row] = await connection.execute<{ count: string | number }>(
    `SELECT COUNT(*) AS count FROM ${from} WHERE ${condition}`,
    values,
    { doing: 'counting rows without a value in their cursor' },
  );
  return Number(row!.count);
}
