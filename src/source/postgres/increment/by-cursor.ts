import { TidemarkError } from '../../../core/errors.js';
import type { CursorHorizon } from '../../../core/horizon.js';
import { parseDuration } from '../../../core/units.js';
import type { WindowEnds } from '../plan/wanted-rows.js';
import type { PgConnection } from '../connection/connection.js';
import {
  after,
  assertNotAhead,
  below,
  countNulls,
  type Cursor,
  hasNoNull,
  highest,
  isNothing,
  notBefore,
  upTo,
} from './cursor.js';

/** The rows that are read by a cursor: those after an earlier run's, and those around its end that may have come late. */
export interface CursorWindow {
  /** Where it begins and ends, by the cursor's first column. */
  readonly ends: WindowEnds;
  /** How far it is read; empty: there are no rows. */
  readonly high: readonly string[];
  /** Condition; undefined: all rows. */
  readonly rowTest: string | undefined;
  /** Marks rows where versions overlap; undefined: none do. */
  readonly overlap: string | undefined;
  /** Rows without a value in their cursor. */
  readonly nulls: number;
}

/**
 * @param before how far an earlier run read; undefined: none did
 * @throws data.cursor, request.invalid
 */
export async function windowOf(
  connection: PgConnection,
  cursor: Cursor,
  before: CursorHorizon | undefined,
): Promise<CursorWindow> {
  const { lag } = cursor;
  if (before !== undefined) assertSameCursor(cursor, before);
  const nulls = lag === undefined ? 0 : await countNulls(connection, cursor);
  const earlier = before?.high.length ? before.high : undefined;
  const low = earlier && (await below(connection, cursor, earlier, lag!));
  // Where the rows with the largest values are gone, it ends where it did: what lies below is known only as far as it was remembered.
  const found = await highest(connection, cursor, earlier);
  const high = found.length > 0 ? found : (earlier ?? []);
  const again = lag === undefined || high.length === 0 ? undefined : await below(connection, cursor, high, lag);
  if (again !== undefined) await assertNotAhead(connection, cursor, again, 'lag');
  const onlyWithCursor = cursor.nulls === 'skip' || before !== undefined;
  return {
    high,
    ends: { low: low?.[0], high: high[0] },
    rowTest: low === undefined ? (onlyWithCursor ? hasNoNull(cursor) : undefined) : rowsBetween(cursor, low, high),
    overlap: again === undefined || isNothing(lag!) ? undefined : marksOf(cursor, again, earlier),
    nulls,
  };
}

function rowsBetween(cursor: Cursor, low: readonly string[], high: readonly string[]): string {
  return `${isNothing(cursor.lag!) ? after(cursor, low) : notBefore(cursor, low)} AND ${upTo(cursor, high)}`;
}

/** `overlap` of a column: 1 may come again, 2 may be known, 3 both, 0 neither. */
function marksOf(cursor: Cursor, again: readonly string[], earlier: readonly string[] | undefined): string {
  const mark = (condition: string, value: number): string => `CASE WHEN ${condition} THEN ${value} ELSE 0 END`;
  const marks = [mark(notBefore(cursor, again), 1), ...(earlier ? [mark(upTo(cursor, earlier), 2)] : [])];
  return `(${marks.join(' OPERATOR(pg_catalog.+) ')})::pg_catalog.int2`;
}

function assertSameCursor({ columns, lag, name }: Cursor, before: CursorHorizon): void {
  if (columns.join() !== before.columns.join()) {
    throw new TidemarkError(
      'request.invalid',
      `cursor: ${name} was read by ${before.columns.join(', ')}, and is to be gone on from by ${columns.join(', ')}`,
      { hint: 'Give the same --cursor, or begin a new chain: --full.' },
    );
  }
  if (parseDuration(lag!, 'lag') <= parseDuration(before.lag!, 'lag')) return;
  throw new TidemarkError(
    'request.invalid',
    `lag: ${lag} is more than the ${before.lag} for which the parent remembers rows: some would come twice`,
    { hint: `Give --lag ${before.lag} or less; for more, begin a new chain: --full.` },
  );
}
