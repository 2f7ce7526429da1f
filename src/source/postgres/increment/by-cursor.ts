import { type CursorColumns, type CursorWindow, windowOf as windowOfColumns } from '../../../core/cursor-window.js';
import type { CursorHorizon } from '../../../core/horizon.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import {
  after,
  assertNotAhead,
  below,
  countNulls,
  type Cursor,
  hasNoNull,
  highest,
  notBefore,
  upTo,
} from './cursor.js';

/**
 * @param before how far an earlier run read; undefined: none did
 * @throws data.cursor, request.invalid
 */
export function windowOf(
  connection: PgConnection,
  cursor: Cursor,
  before: CursorHorizon | undefined,
): Promise<CursorWindow<string>> {
  return windowOfColumns(columnsOf(connection, cursor), before);
}

/** Conditions are SQL. */
function columnsOf(connection: PgConnection, cursor: Cursor): CursorColumns<string> {
  return {
    ...cursor,
    after: (values) => after(cursor, values),
    notBefore: (values) => notBefore(cursor, values),
    upTo: (values) => upTo(cursor, values),
    hasNoNull: () => hasNoNull(cursor),
    both: (one, other) => `${one} AND ${other}`,
    marks: (parts) => {
      const terms = parts.map(([condition, mark]) => `CASE WHEN ${condition} THEN ${mark} ELSE 0 END`);
      return `(${terms.join(' OPERATOR(pg_catalog.+) ')})::pg_catalog.int2`;
    },
    below: (values, distance) => below(connection, cursor, values, distance),
    highest: (low) => highest(connection, cursor, low),
    countNulls: () => countNulls(connection, cursor),
    assertNotAhead: (values) => assertNotAhead(connection, cursor, values, 'lag'),
  };
}
