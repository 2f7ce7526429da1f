import { TidemarkError } from '../../../core/errors.js';
import { aheadInCursor, isNothing, nullsInCursor } from '../../../core/cursor-window.js';
import type { CursorRequest } from '../../../core/source-request.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import { describeTable } from '../../postgres-protocol/describe.js';
import type { Subject } from '../plan/table.js';
import { quoteConstant, quoteIdentifier } from '../../postgres-protocol/quote.js';
import { type CursorType, cursorTypeOf } from './cursor-types.js';

/** A table or query with columns that say in which order its rows come. */
export interface Cursor extends CursorRequest {
  /** Its name in the version. */
  readonly name: string;
  readonly types: readonly CursorType[];
  /** What stands after FROM, and how its columns are named. */
  readonly from: string;
  readonly alias: string;
}

/** @throws request.invalid for columns that cannot be a cursor */
export async function cursorOf(connection: PgConnection, subject: Subject): Promise<Cursor | undefined> {
  const { name, cursor } = subject.request;
  if (cursor === undefined) return undefined;
  const isTable = 'relation' in subject;
  const columns = isTable ? await describeTable(connection, subject.relation.oid) : subject.query.columns;
  return {
    ...cursor,
    name,
    types: cursor.columns.map((column) => cursorTypeOf(column, columns)),
    from: isTable ? `${subject.relation.sql} AS t` : `(\n${subject.query.literal}\n) AS q`,
    alias: isTable ? 't' : 'q',
  };
}

const columnsOf = ({ columns, alias }: Cursor): string[] =>
  columns.map((column) => `${alias}.${quoteIdentifier(column)}`);

const valuesOf = ({ types }: Pick<Cursor, 'types'>, values: readonly string[]): string[] =>
  values.map((value, index) => `${quoteConstant(value)}::${types[index]!.sql}`);

/** Rows whose cursor compares so with values: as many columns as there are values. */
function compared(cursor: Cursor, operator: string, values: readonly string[]): string {
  const [columns, others] = [columnsOf(cursor).slice(0, values.length), valuesOf(cursor, values)];
  if (values.length === 1) return `${columns[0]} OPERATOR(pg_catalog.${operator}) ${others[0]}`;
  return `ROW(${columns.join(', ')}) OPERATOR(pg_catalog.${operator}) ROW(${others.join(', ')})`;
}

export const after = (cursor: Cursor, values: readonly string[]): string => compared(cursor, '>', values);
export const notBefore = (cursor: Cursor, values: readonly string[]): string => compared(cursor, '>=', values);
export const upTo = (cursor: Cursor, values: readonly string[]): string => compared(cursor, '<=', values);

export const hasNull = (cursor: Cursor): string =>
  `(${columnsOf(cursor)
    .map((one) => `${one} IS NULL`)
    .join(' OR ')})`;
export const hasNoNull = (cursor: Cursor): string =>
  columnsOf(cursor)
    .map((one) => `${one} IS NOT NULL`)
    .join(' AND ');

/**
 * The values so far below others, by the first column where there are several; the same where the distance is none.
 * @throws request.invalid for a distance that the type does not have
 */
export async function below(
  connection: PgConnection,
  cursor: Cursor,
  values: readonly string[],
  distance: string,
): Promise<readonly string[]> {
  if (isNothing(distance)) return values;
  assertDistance(cursor, values);
  const [type] = cursor.types as [CursorType];
  const [value] = valuesOf(cursor, values.slice(0, 1)) as [string];
  const [row] = await connection.query<{ low: string }>(
    `SELECT ${type.below(value, distance)}::pg_catalog.text AS low`,
    [],
    { doing: 'reckoning where the window begins' },
  );
  return [row!.low];
}

/** Only of version 7 a UUID tells its time: the digit after the second hyphen. */
function assertDistance({ types, columns }: Cursor, [value]: readonly string[]): void {
  if (types[0]!.sql !== 'pg_catalog.uuid' || value?.[14] === '7') return;
  throw new TidemarkError(
    'request.invalid',
    `lag: values of "${columns[0]}" are no UUIDs of version 7, and tell no time`,
    {
      hint: 'Give --lag 0, or another cursor.',
    },
  );
}

/**
 * The largest values that rows have in their cursor, in full precision; empty: there are none.
 * @param low only rows after these
 * @param needed whether rows are looked for by it; otherwise a value that no row comes after is as good as none
 * @throws data.cursor where it is needed, and rows that come later would not be found after it
 */
export async function highest(
  connection: PgConnection,
  cursor: Cursor,
  low: readonly string[] | undefined,
  needed = true,
): Promise<readonly string[]> {
  const columns = columnsOf(cursor);
  const conditions = [hasNoNull(cursor), ...(low === undefined ? [] : [after(cursor, low)])];
  const rows = await connection.query<Record<string, string>>(
    `SELECT ${columns.map((one, index) => `${one}::pg_catalog.text AS c${index}`).join(', ')} FROM ${cursor.from}
      WHERE ${conditions.join(' AND ')} ORDER BY ${columns.map((one) => `${one} DESC`).join(', ')} LIMIT 1`,
    [],
    { doing: 'looking for the largest value of the cursor' },
  );
  const high = rows[0] === undefined ? [] : columns.map((_, index) => rows[0]![`c${index}`]!);
  const endless = high.findIndex((value) => /^-?infinity$|^nan$/i.test(value));
  if (endless < 0) return high;
  if (needed) throw unending(cursor.columns[endless]!, high[endless]!);
  return [];
}

function unending(column: string, value: string): TidemarkError {
  return new TidemarkError(
    'data.cursor',
    `the largest value of the cursor "${column}" is ${value}: no row comes after it`,
    {
      hint: 'Mend that row, leave it out by a query, or give another cursor.',
    },
  );
}

/**
 * Rows that come now have smaller values than one that lies in the future, and would never be looked for.
 * @param values so far below the largest ones as `distance` says
 * @throws data.cursor
 */
export async function assertNotAhead(
  connection: PgConnection,
  { name, columns, types, ...distances }: Cursor,
  values: readonly string[],
  distance: 'lag' | 'cursor-floor',
): Promise<void> {
  const [type] = types;
  const [value] = valuesOf({ types }, values.slice(0, 1));
  if (type?.isAhead === undefined || value === undefined) return;
  const [row] = await connection.query<{ ahead: boolean }>(`SELECT ${type.isAhead(value)} AS ahead`);
  if (!row!.ahead) return;
  const given = distance === 'lag' ? distances.lag : distances.floor;
  throw aheadInCursor({ name, columns }, `--${distance} ${given}`);
}

/** Rows without a value in their cursor. @throws data.cursor where there must be none */
export async function countNulls(connection: PgConnection, cursor: Cursor, among = 'true'): Promise<number> {
  const [row] = await connection.query<{ count: string }>(
    `SELECT pg_catalog.count(*)::pg_catalog.text AS count FROM ${cursor.from} WHERE ${hasNull(cursor)} AND ${among}`,
    [],
    { doing: 'counting rows without a value in their cursor' },
  );
  const count = Number(row!.count);
  if (count === 0 || cursor.nulls !== 'fail') return count;
  throw nullsInCursor(cursor, count);
}
