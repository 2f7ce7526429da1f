import { extremeOf, isAhead, valuesBelow } from '../../../core/cursor-kind.js';
import { aheadInCursor, type CursorColumns, nullsInCursor, type WindowEnds } from '../../../core/cursor-window.js';
import { invalidRequest } from '../../../core/errors.js';
import { missingColumn } from '../../../core/missing-column.js';
import type { Parameter, TableRequest } from '../../../core/source.js';
import type { TypedParameter } from '../connection/service.js';
import { type BigqueryField, hasPicoseconds, typeWord } from '../connection/field.js';
import { quotedName } from '../plan/literal.js';
import { type OrderedType, orderedType } from './cursor-kind.js';

/** What a cursor belongs to: what stands after FROM, with its parameters, and its columns. */
export interface CursorSubject {
  readonly name: string;
  readonly from: string;
  readonly parameters: readonly TypedParameter[];
  readonly fields: readonly BigqueryField[];
}

/** What finds out values: runs a query of one row. */
export interface CursorQueries {
  /** @returns the row's texts, by column; undefined: there is none */
  row(
    sql: string,
    parameters: readonly TypedParameter[],
    doing: string,
  ): Promise<readonly (string | null)[] | undefined>;
  /** Microseconds since 1970, by the service's clock. */
  readonly now: bigint;
}

interface CursorColumn extends OrderedType {
  readonly quoted: string;
}

/** @throws request.invalid for a column that is not there, or whose values do not say in which order rows come */
function cursorColumn(name: string, fields: readonly BigqueryField[]): CursorColumn {
  const field = fields.find((one) => one.name === name);
  if (field === undefined) throw missingColumn('cursor', name, [{ columns: fields }]);
  const type = field.mode === 'REPEATED' || hasPicoseconds(field) ? undefined : orderedType(typeWord(field));
  if (type !== undefined) return { quoted: quotedName(name), ...type };
  throw invalidRequest(
    `cursor: "${name}" is of a type that does not say in which order rows come`,
    'A cursor is a TIMESTAMP, DATETIME, DATE, INT64, NUMERIC, BIGNUMERIC or STRING. Cast it in a query.',
  );
}

/** Looks at an entry's cursor without asking for values. @throws request.invalid for columns that cannot be one, and for a lag that their values do not have */
export function checkCursor({
  request: { cursor },
  fields,
}: {
  readonly request: TableRequest;
  readonly fields: readonly BigqueryField[];
}): void {
  if (cursor === undefined) return;
  const [{ kind }] = cursor.columns.map((name) => cursorColumn(name, fields)) as [CursorColumn];
  if (cursor.lag !== undefined) valuesBelow(kind, [kind.extremes[1] ?? ''], cursor.lag);
}

/** The parameter that stands for an end of the window; a window without one ends nowhere. @throws request.invalid */
export function windowEnd(
  { name, windowEnd: end }: Parameter,
  ends: WindowEnds,
  { column, fields }: { readonly column: string; readonly fields: readonly BigqueryField[] },
): TypedParameter {
  const { kind, bound } = cursorColumn(column, fields);
  return { name, ...bound(ends[end!] ?? extremeOf(kind, end!, { column, marker: `@${name}` })) };
}

/** What can be asked of the columns of a cursor; conditions are GoogleSQL. @throws request.invalid for columns that cannot be one */
export function cursorOf(
  queries: CursorQueries,
  subject: CursorSubject,
  request: Pick<CursorColumns<string>, 'columns' | 'lag' | 'floor' | 'nulls'>,
): CursorColumns<string> {
  const columns = request.columns.map((name) => cursorColumn(name, subject.fields));
  const [first] = columns as [CursorColumn];
  const cursor = { ...request, name: subject.name };
  const noNull = columns.map(({ quoted }) => `${quoted} IS NOT NULL`).join(' AND ');
  return {
    ...cursor,
    after: (values) => compared(columns, '>', values),
    notBefore: (values) => compared(columns, '>=', values),
    upTo: (values) => compared(columns, '<=', values),
    hasNoNull: () => noNull,
    both: (one, other) => `(${one}) AND (${other})`,
    marks: (parts) => parts.map(([condition, mark]) => `IF(${condition}, ${mark}, 0)`).join(' + '),
    below: (values, distance) => Promise.resolve(valuesBelow(first.kind, values, distance)),
    highest: (after) =>
      highest(queries, subject, columns, after ? `${noNull} AND ${compared(columns, '>', after)}` : noNull),
    async countNulls() {
      const count = await countNulls(queries, subject, columns);
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
function compared(columns: readonly CursorColumn[], sign: '>' | '>=' | '<=', values: readonly string[]): string {
  const strict = sign === '<=' ? '<' : '>';
  const [{ quoted, literal }, ...rest] = columns as [CursorColumn, ...CursorColumn[]];
  const [value, ...others] = values as [string, ...string[]];
  const at = literal(value);
  if (others.length === 0) return `${quoted} ${sign} ${at}`;
  const inner = compared(rest, sign, others);
  return `${quoted} ${strict}= ${at} AND (${quoted} ${strict} ${at} OR (${quoted} = ${at} AND ${inner}))`;
}

/** The largest values, in full precision; empty: there are no rows. */
async function highest(
  queries: CursorQueries,
  { from, parameters }: CursorSubject,
  columns: readonly CursorColumn[],
  condition: string,
): Promise<readonly string[]> {
  const texts = columns.map(({ quoted }, index) => `CAST(${quoted} AS STRING) AS k${index}`);
  const order = columns.map(({ quoted }) => `${quoted} DESC`);
  const found = await queries.row(
    `SELECT ${texts.join(', ')} FROM ${from} WHERE ${condition} ORDER BY ${order.join(', ')} LIMIT 1`,
    parameters,
    'look for the largest value of the cursor',
  );
  return (found ?? []).map((text, index) => columns[index]!.plain(text!));
}

async function countNulls(
  queries: CursorQueries,
  { from, parameters }: CursorSubject,
  columns: readonly CursorColumn[],
): Promise<number> {
  const condition = columns.map(({ quoted }) => `${quoted} IS NULL`).join(' OR ');
  const found = await queries.row(
    `SELECT COUNT(*) AS rows_without FROM ${from} WHERE ${condition}`,
    parameters,
    'count rows without a value in their cursor',
  );
  return Number(found![0]);
}
