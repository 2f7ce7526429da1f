import { type CursorKind, isAhead, valuesBelow } from '../core/cursor-kind.js';
import type { CursorRequest } from '../core/source-request.js';
import { aheadInCursor, type CursorColumns, nullsInCursor } from '../core/cursor-window.js';

/** A column by whose values rows come in an order, in a warehouse's SQL. */
export interface OrderedColumn {
  readonly kind: CursorKind;
  readonly quoted: string;
  /** An expression: the column's value as a text of full precision. */
  readonly asText: string;
  /** A value of such a text. */
  plain(text: string): string;
  /** A value in SQL. */
  literal(value: string): string;
}

/** What a cursor belongs to: what stands after FROM, with its parameters, and its columns, of which there is at least one. */
export interface CursorSubject<Bound> {
  readonly name: string;
  readonly from: string;
  readonly parameters: readonly Bound[];
  readonly columns: readonly OrderedColumn[];
}

/** What finds out values: runs a query of one row. */
export interface CursorQueries<Bound> {
  /** @returns the row's texts, by column; undefined: there is none */
  row(sql: string, parameters: readonly Bound[], doing: string): Promise<readonly (string | null)[] | undefined>;
  /** An expression that is a number where a condition holds, and 0 elsewhere. */
  mark(condition: string, mark: number): string;
  /** Microseconds since 1970, by the service's clock. */
  readonly now: bigint;
}

/**
 * Looks at a cursor without asking for values.
 * @param columnOf the column of a name @throws request.invalid
 * @throws request.invalid for a lag that the values of the first column do not have; what `columnOf` throws
 */
export function checkCursorBy(cursor: CursorRequest | undefined, columnOf: (name: string) => OrderedColumn): void {
  if (cursor === undefined) return;
  const [{ kind }] = cursor.columns.map(columnOf) as [OrderedColumn];
  if (cursor.lag !== undefined) valuesBelow(kind, [kind.extremes[1] ?? ''], cursor.lag);
}

/** What can be asked of the columns of a cursor; conditions are SQL. */
export function sqlCursor<Bound>(
  queries: CursorQueries<Bound>,
  subject: CursorSubject<Bound>,
  request: Pick<CursorColumns<string>, 'columns' | 'lag' | 'floor' | 'nulls'>,
): CursorColumns<string> {
  const { columns } = subject;
  const [first] = columns as [OrderedColumn];
  const cursor = { ...request, name: subject.name };
  const noNull = columns.map(({ quoted }) => `${quoted} IS NOT NULL`).join(' AND ');
  return {
    ...cursor,
    after: (values) => compared(columns, '>', values),
    notBefore: (values) => compared(columns, '>=', values),
    upTo: (values) => compared(columns, '<=', values),
    hasNoNull: () => noNull,
    both: (one, other) => `(${one}) AND (${other})`,
    marks: (parts) => parts.map(([condition, mark]) => queries.mark(condition, mark)).join(' + '),
    below: (values, distance) => Promise.resolve(valuesBelow(first.kind, values, distance)),
    highest: (after) => highest(queries, subject, after ? `${noNull} AND ${compared(columns, '>', after)}` : noNull),
    async countNulls() {
      const count = await countNulls(queries, subject);
      if (count > 0 && request.nulls === 'fail') throw nullsInCursor(cursor, count);
      return count;
    },
    assertNotAhead([value]) {
      return value !== undefined && isAhead(first.kind, value, queries.now)
        ? Promise.reject(aheadInCursor(cursor, `--lag ${request.lag}`))
        : Promise.resolve();
    },
  };
}

/** Of several columns it is written out, with a first condition that says nothing new, but by which partitions are left out. */
function compared(columns: readonly OrderedColumn[], sign: '>' | '>=' | '<=', values: readonly string[]): string {
  const strict = sign === '<=' ? '<' : '>';
  const [{ quoted, literal }, ...rest] = columns as [OrderedColumn, ...OrderedColumn[]];
  const [value, ...others] = values as [string, ...string[]];
  const at = literal(value);
  if (others.length === 0) return `${quoted} ${sign} ${at}`;
  const inner = compared(rest, sign, others);
  return `${quoted} ${strict}= ${at} AND (${quoted} ${strict} ${at} OR (${quoted} = ${at} AND ${inner}))`;
}

/** The largest values, in full precision; empty: there are no rows. */
async function highest<Bound>(
  queries: CursorQueries<Bound>,
  { from, parameters, columns }: CursorSubject<Bound>,
  condition: string,
): Promise<readonly string[]> {
  const texts = columns.map(({ asText }, index) => `${asText} AS k${index}`);
  const order = columns.map(({ quoted }) => `${quoted} DESC`);
  const found = await queries.row(
    `SELECT ${texts.join(', ')} FROM ${from} WHERE ${condition} ORDER BY ${order.join(', ')} LIMIT 1`,
    parameters,
    'look for the largest value of the cursor',
  );
  return (found ?? []).map((text, index) => columns[index]!.plain(text!));
}

async function countNulls<Bound>(
  queries: CursorQueries<Bound>,
  { from, parameters, columns }: CursorSubject<Bound>,
): Promise<number> {
  const condition = columns.map(({ quoted }) => `${quoted} IS NULL`).join(' OR ');
  const found = await queries.row(
    `SELECT COUNT(*) AS rows_without FROM ${from} WHERE ${condition}`,
    parameters,
    'count rows without a value in their cursor',
  );
  return Number(found![0]);
}
