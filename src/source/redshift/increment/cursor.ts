import {
  aheadOf,
  type CursorKind,
  dateKind,
  decimalKind,
  extremeOf,
  momentKind,
  orderedKind,
  wholeKind,
} from '../../../core/cursor-kind.js';
import type { WindowEnds } from '../../../core/cursor-window.js';
import { invalidRequest } from '../../../core/errors.js';
import { missingColumn } from '../../../core/missing-column.js';
import type { ColumnFacts } from '../../postgres-protocol/describe.js';
import { quoteIdentifier } from '../../postgres-protocol/quote.js';
import type { OrderedColumn } from '../../sql-cursor.js';
import { ruleOf } from '../plan/type-rule.js';

type Ordered = Omit<OrderedColumn, 'quoted' | 'plain'>;

const format = "'YYYY-MM-DD HH24:MI:SS.US'";

const whole =
  (bits: bigint) =>
  (quoted: string): Ordered => ({
    kind: wholeKind(-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n),
    asText: `${quoted}::varchar`,
    literal: (value) => `(${value})`,
  });

const text = (quoted: string): Ordered => ({ kind: orderedKind('text', ''), asText: quoted, literal: textLiteral });

/** By the type's object id. */
const ordered: Readonly<Record<number, (quoted: string, facts: ColumnFacts) => Ordered>> = {
  21: whole(16n),
  23: whole(32n),
  20: whole(64n),
  1700: (quoted, facts) => ({
    kind: numericKind(facts),
    asText: `${quoted}::varchar`,
    literal: (value) => `(${value})`,
  }),
  1114: (quoted) => ({
    kind: momentKind(aheadOf.wallClocks),
    asText: `to_char(${quoted}, ${format})`,
    literal: (value) => `'${value}'::timestamp`,
  }),
  1184: (quoted) => ({
    kind: momentKind(aheadOf.instants),
    asText: `to_char(${quoted} AT TIME ZONE 'UTC', ${format})`,
    literal: (value) => `'${value}+00'::timestamptz`,
  }),
  1082: (quoted) => ({
    kind: dateKind,
    asText: `to_char(${quoted}, 'YYYY-MM-DD')`,
    literal: (value) => `'${value}'::date`,
  }),
  1043: text,
  25: text,
};

function numericKind(facts: ColumnFacts): CursorKind {
  const { type } = ruleOf(facts);
  return decimalKind(type.kind === 'decimal' ? type.precision - type.scale : 38);
}

/** Backslashes begin escapes there, and do not in other servers of the same kind: so none is written. */
export const textLiteral = (value: string): string =>
  value
    .split('\\')
    .map((part) => `'${part.replaceAll("'", "''")}'`)
    .join(' || chr(92) || ');

/** @throws request.invalid for a column that is not there, or whose values do not say in which order rows come */
export function cursorColumn(name: string, columns: readonly ColumnFacts[]): OrderedColumn {
  const facts = columns.find((one) => one.name === name);
  if (facts === undefined) throw missingColumn('cursor', name, [{ columns }]);
  const quoted = quoteIdentifier(name);
  const type = Object.hasOwn(ordered, facts.oid) ? ordered[facts.oid]!(quoted, facts) : undefined;
  if (type !== undefined) return { quoted, plain: (value) => value, ...type };
  throw invalidRequest(
    `cursor: "${name}" is of a type that does not say in which order rows come`,
    'A cursor is a timestamp, a date, a number or a text. Cast it in a query.',
  );
}

/** What is bound for an end of the window in a query; a window without one ends nowhere. @throws request.invalid */
export function windowEnd(
  { name, end }: { readonly name: string; readonly end: 'low' | 'high' },
  ends: WindowEnds,
  { column, columns }: { readonly column: string; readonly columns: readonly ColumnFacts[] },
): string {
  return ends[end] ?? extremeOf(cursorColumn(column, columns).kind, end, { column, marker: `:${name}` });
}
