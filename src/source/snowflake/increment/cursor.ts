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
import type { TableRequest } from '../../../core/source-request.js';
import { checkCursorBy, type OrderedColumn } from '../../sql-cursor.js';
import type { SnowflakeField } from '../connection/field.js';
import { quotedName, textLiteral } from '../connection/table-name.js';

type Ordered = Omit<OrderedColumn, 'quoted' | 'plain'>;

const format = "'YYYY-MM-DD HH24:MI:SS.FF9'";

/** Moments have nine digits of a second; distances are in microseconds, and rounded down. */
const moments = (ahead: number): CursorKind => ({
  ...momentKind(ahead),
  extremes: ['0001-01-01 00:00:00', '9999-12-31 23:59:59.999999999'],
});

const instants = (type: string, quoted: string): Ordered => ({
  kind: moments(aheadOf.instants),
  asText: `TO_VARCHAR(CONVERT_TIMEZONE('UTC', ${quoted}), ${format})`,
  literal: (value) => `'${value} +0000'::${type}(9)`,
});

/** By the service's name of a type. */
const ordered: Readonly<Record<string, (quoted: string, field: SnowflakeField) => Ordered>> = {
  fixed: (quoted, { precision, scale }) => ({
    kind: numberKind(precision ?? 38, scale ?? 0),
    asText: `TO_VARCHAR(${quoted})`,
    literal: (value) => value,
  }),
  timestamp_ntz: (quoted) => ({
    kind: moments(aheadOf.wallClocks),
    asText: `TO_VARCHAR(${quoted}, ${format})`,
    literal: (value) => `'${value}'::TIMESTAMP_NTZ(9)`,
  }),
  timestamp_ltz: (quoted) => instants('TIMESTAMP_LTZ', quoted),
  timestamp_tz: (quoted) => instants('TIMESTAMP_TZ', quoted),
  date: (quoted) => ({
    kind: dateKind,
    asText: `TO_VARCHAR(${quoted}, 'YYYY-MM-DD')`,
    literal: (value) => `'${value}'::DATE`,
  }),
  text: (quoted) => ({ kind: orderedKind('text', ''), asText: quoted, literal: textLiteral }),
};

function numberKind(precision: number, scale: number): CursorKind {
  if (scale > 0) return decimalKind(precision - scale);
  const most = 10n ** BigInt(precision) - 1n;
  return wholeKind(-most, most);
}

/** @throws request.invalid for a column that is not there, or whose values do not say in which order rows come */
export function cursorColumn(name: string, fields: readonly SnowflakeField[]): OrderedColumn {
  const field = fields.find((one) => one.name === name);
  if (field === undefined) throw missingColumn('cursor', name, [{ columns: fields }]);
  const quoted = quotedName(name);
  const type = Object.hasOwn(ordered, field.type) ? ordered[field.type]!(quoted, field) : undefined;
  if (type !== undefined) return { quoted, plain: (text) => text, ...type };
  throw invalidRequest(
    `cursor: "${name}" is of a type that does not say in which order rows come`,
    'A cursor is a timestamp, DATE, NUMBER or VARCHAR. Cast it in a query.',
  );
}

/** Looks at an entry's cursor without asking for values. @throws request.invalid for columns that cannot be one, and for a lag that their values do not have */
export const checkCursor = ({
  request: { cursor },
  fields,
}: {
  readonly request: TableRequest;
  readonly fields: readonly SnowflakeField[];
}): void => checkCursorBy(cursor, (name) => cursorColumn(name, fields));

/** What stands in a query for an end of the window; a window without one ends nowhere. @throws request.invalid */
export function windowEnd(
  { name, end }: { readonly name: string; readonly end: 'low' | 'high' },
  ends: WindowEnds,
  { column, fields }: { readonly column: string; readonly fields: readonly SnowflakeField[] },
): string {
  const { kind, literal } = cursorColumn(column, fields);
  return literal(ends[end] ?? extremeOf(kind, end, { column, marker: `:${name}` }));
}
