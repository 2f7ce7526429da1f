import { invalidRequest, TidemarkError } from './errors.js';
import type { CursorHorizon, IncrementEvidence } from './horizon.js';
import type { CursorRequest } from './source-request.js';
import { formatCount, parseDuration } from './units.js';

/**
 * Columns that say in which order a table's or query's rows come, and what its source can be asked of them. Values are texts of full
 * precision.
 * @typeParam Condition on rows, in the source's own form
 */
export interface CursorColumns<Condition> extends CursorRequest {
  /** The table's name in the version. */
  readonly name: string;
  /** Rows whose cursor compares so with values: as many columns as there are values. */
  after(values: readonly string[]): Condition;
  notBefore(values: readonly string[]): Condition;
  upTo(values: readonly string[]): Condition;
  hasNoNull(): Condition;
  both(one: Condition, other: Condition): Condition;
  /** An expression that adds up the numbers of the conditions that hold. */
  marks(parts: readonly (readonly [condition: Condition, mark: number])[]): Condition;
  /** The values so far below others, by the first column where there are several. @throws request.invalid */
  below(values: readonly string[], distance: string): Promise<readonly string[]>;
  /** The largest values that rows have, after others where these are given; empty: there are none. @throws data.cursor */
  highest(after: readonly string[] | undefined): Promise<readonly string[]>;
  /** Rows without a value. @throws data.cursor where there must be none */
  countNulls(): Promise<number>;
  /** @param values so far below the largest ones as the lag says @throws data.cursor where they lie in the future */
  assertNotAhead(values: readonly string[]): Promise<void>;
}

/** The rows that are read by a cursor: those after an earlier run's, and those around its end that may have come late. */
export interface CursorWindow<Condition> {
  /** Where it begins and ends, by the cursor's first column. */
  readonly ends: WindowEnds;
  /** How far it is read; empty: there are no rows. */
  readonly high: readonly string[];
  /** Undefined: all rows. */
  readonly rowTest: Condition | undefined;
  /** Marks rows where versions overlap; undefined: none do. */
  readonly overlap: Condition | undefined;
  /** Rows without a value in their cursor. */
  readonly nulls: number;
}

/** Where a window begins and ends, by the first column of the cursor; undefined: nowhere. */
export interface WindowEnds {
  readonly low: string | undefined;
  readonly high: string | undefined;
}

/** Whether a distance is none. */
export function isNothing(distance: string): boolean {
  return parseDuration(distance, 'lag') === 0;
}

/**
 * @param before how far an earlier run read; undefined: none did
 * @throws data.cursor, request.invalid
 */
export async function windowOf<Condition>(
  cursor: CursorColumns<Condition>,
  before: CursorHorizon | undefined,
): Promise<CursorWindow<Condition>> {
  const { lag } = cursor;
  if (before !== undefined) assertSameCursor(cursor, before);
  const nulls = lag === undefined ? 0 : await cursor.countNulls();
  const earlier = before?.high.length ? before.high : undefined;
  const low = earlier && (await cursor.below(earlier, lag!));
  // Where the rows with the largest values are gone, it ends where it did: what lies below is known only as far as it was remembered.
  const found = await cursor.highest(earlier);
  const high = found.length > 0 ? found : (earlier ?? []);
  const again = lag === undefined || high.length === 0 ? undefined : await cursor.below(high, lag);
  if (again !== undefined) await cursor.assertNotAhead(again);
  const onlyWithCursor = cursor.nulls === 'skip' || before !== undefined;
  return {
    high,
    ends: { low: low?.[0], high: high[0] },
    rowTest: low === undefined ? (onlyWithCursor ? cursor.hasNoNull() : undefined) : rowsBetween(cursor, low, high),
    overlap: again === undefined || isNothing(lag!) ? undefined : marksOf(cursor, again, earlier),
    nulls,
  };
}

function rowsBetween<Condition>(
  cursor: CursorColumns<Condition>,
  low: readonly string[],
  high: readonly string[],
): Condition {
  return cursor.both(isNothing(cursor.lag!) ? cursor.after(low) : cursor.notBefore(low), cursor.upTo(high));
}

/** `overlap` of a column: 1 may come again, 2 may be known, 3 both, 0 neither. */
function marksOf<Condition>(
  cursor: CursorColumns<Condition>,
  again: readonly string[],
  earlier: readonly string[] | undefined,
): Condition {
  return cursor.marks([[cursor.notBefore(again), 1], ...(earlier ? ([[cursor.upTo(earlier), 2]] as const) : [])]);
}

function assertSameCursor({ columns, lag, name }: CursorColumns<unknown>, before: CursorHorizon): void {
  if (columns.join() !== before.columns.join()) {
    throw invalidRequest(
      `cursor: ${name} was read by ${before.columns.join(', ')}, and is to be gone on from by ${columns.join(', ')}`,
      'Give the same --cursor, or begin a new chain: --full.',
    );
  }
  if (parseDuration(lag!, 'lag') <= parseDuration(before.lag!, 'lag')) return;
  throw invalidRequest(
    `lag: ${lag} is more than the ${before.lag} for which the parent remembers rows: some would come twice`,
    `Give --lag ${before.lag} or less; for more, begin a new chain: --full.`,
  );
}

/** A table's window, and how far an earlier run read it. */
export interface WindowSince {
  readonly cursor: Pick<CursorColumns<unknown>, 'name' | 'columns' | 'lag'>;
  readonly before: CursorHorizon;
  readonly high: readonly string[];
  readonly nulls: number;
}

/** How it was told which rows are new, by windows. */
export function windowEvidence(windows: readonly WindowSince[]): IncrementEvidence {
  return {
    road: 'window',
    from: windows.map(({ cursor, before }) => cursorText(cursor, before.high)).join('; '),
    to: windows.map(({ cursor, high }) => cursorText(cursor, high)).join('; '),
    assumed: windows.flatMap(({ cursor }) => assumedOf(cursor)),
    wholly: [],
    nullCursors: windows.reduce((sum, { nulls }) => sum + nulls, 0),
  };
}

/** For people: rows that are left out. */
export function leftOut({ name, columns }: Pick<CursorColumns<unknown>, 'name' | 'columns'>, nulls: number): string {
  const rows = nulls === 1 ? '1 row has' : `${formatCount(nulls)} rows have`;
  return `${name}: ${rows} no value in the cursor ${columns.join(', ')}, and are left out`;
}

const cursorText = ({ columns }: WindowSince['cursor'], high: readonly string[]): string =>
  high.length === 0 ? `no rows by ${columns.join(', ')}` : `${columns.join(', ')} up to ${high.join(', ')}`;

function assumedOf({ name, columns, lag }: WindowSince['cursor']): string[] {
  const [column] = columns as [string];
  const later = isNothing(lag!)
    ? 'after one with a larger value can be seen'
    : `more than ${lag} below the largest value that can be seen`;
  return [
    `${name}: no row comes to be seen with its ${column} ${later}`,
    `${name}: whoever changes a row moves its ${column} on`,
  ];
}

/** What a later run must know, but for the rows that it may read again. @param lag absent: it may not go on by the cursor */
export function cursorHorizon(
  { name, columns }: Pick<CursorColumns<unknown>, 'name' | 'columns'>,
  high: readonly string[],
  lag: string | undefined,
): CursorHorizon {
  return { name, columns: [...columns], high: [...high], ...(lag !== undefined && { lag }), rows: '' };
}

/** @param problems what stands in the way */
export function cannotGoOn(problems: readonly string[], isWindowed: boolean): TidemarkError {
  return new TidemarkError(
    'data.parent',
    `which rows are new since the parent cannot be told: ${problems.slice(0, 5).join('; ')}`,
    {
      hint: isWindowed
        ? 'The parent does not tell how far it was read by its --cursor and --lag. Begin a new chain, which does: --full.'
        : 'Read all rows once more, as the beginning of a new chain: --full. Or say by which column rows come, and how late they may: --cursor and --lag, from the first run on.',
    },
  );
}

/** The error for rows without a value in their cursor, where there must be none. */
export function nullsInCursor(
  { name, columns }: Pick<CursorColumns<unknown>, 'name' | 'columns'>,
  count: number,
): TidemarkError {
  return new TidemarkError(
    'data.cursor',
    `${name}: ${count} ${count === 1 ? 'row has' : 'rows have'} no value in the cursor ${columns.join(', ')}`,
    {
      hint: 'When such a row came is not known. With --null-cursor include they are read in the first run alone, with skip never; both count them.',
    },
  );
}

/** The error for values that lie in the future. @param distance by which they are ahead at least */
export function aheadInCursor(
  { name, columns }: Pick<CursorColumns<unknown>, 'name' | 'columns'>,
  distance: string,
): TidemarkError {
  return new TidemarkError('data.cursor', `${name}: rows have a ${columns[0]} in the future, beyond ${distance}`, {
    hint: 'What comes later has smaller values and would be lost. Mend those rows, leave them out by a query, or give another cursor.',
  });
}
