import { extremeOf } from '../../../core/cursor-kind.js';
import type { WindowEnds } from '../../../core/cursor-window.js';
import { invalidRequest } from '../../../core/errors.js';
import { missingColumn } from '../../../core/missing-column.js';
import type { Parameter, TableRequest } from '../../../core/source-request.js';
import { checkCursorBy, type OrderedColumn } from '../../sql-cursor.js';
import type { TypedParameter } from '../connection/service.js';
import { type BigqueryField, hasPicoseconds, typeWord } from '../connection/field.js';
import { quotedName } from '../plan/literal.js';
import { type OrderedType, orderedType } from './cursor-kind.js';

/** @throws request.invalid for a column that is not there, or whose values do not say in which order rows come */
export function cursorColumn(name: string, fields: readonly BigqueryField[]): OrderedColumn & OrderedType {
  const field = fields.find((one) => one.name === name);
  if (field === undefined) throw missingColumn('cursor', name, [{ columns: fields }]);
  const type = field.mode === 'REPEATED' || hasPicoseconds(field) ? undefined : orderedType(typeWord(field));
  const quoted = quotedName(name);
  if (type !== undefined) return { quoted, asText: `CAST(${quoted} AS STRING)`, ...type };
  throw invalidRequest(
    `cursor: "${name}" is of a type that does not say in which order rows come`,
    'A cursor is a TIMESTAMP, DATETIME, DATE, INT64, NUMERIC, BIGNUMERIC or STRING. Cast it in a query.',
  );
}

/** Looks at an entry's cursor without asking for values. @throws request.invalid for columns that cannot be one, and for a lag that their values do not have */
export const checkCursor = ({
  request: { cursor },
  fields,
}: {
  readonly request: TableRequest;
  readonly fields: readonly BigqueryField[];
}): void => checkCursorBy(cursor, (name) => cursorColumn(name, fields));

/** The parameter that stands for an end of the window; a window without one ends nowhere. @throws request.invalid */
export function windowEnd(
  { name, windowEnd: end }: Parameter,
  ends: WindowEnds,
  { column, fields }: { readonly column: string; readonly fields: readonly BigqueryField[] },
): TypedParameter {
  const { kind, bound } = cursorColumn(column, fields);
  return { name, ...bound(ends[end!] ?? extremeOf(kind, end!, { column, marker: `@${name}` })) };
}
