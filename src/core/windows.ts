import {
  cannotGoOn,
  type CursorColumns,
  cursorHorizon,
  leftOut,
  type WindowEnds,
  windowEvidence,
  windowOf,
} from './cursor-window.js';
import type { Horizon, IncrementEvidence } from './horizon.js';
import type { SourceRequest, TableRequest } from './source-request.js';

/** Which rows of a table are wanted, and what besides is read of them. @typeParam Condition on rows, in the source's own form */
export interface WantedRows<Condition> {
  /** Undefined: all. */
  readonly rowTest?: Condition | undefined;
  /** Expression that marks rows where versions overlap. */
  readonly overlap?: Condition | undefined;
  /** They are few: no ranges of keys are looked for. */
  readonly inOneStatement?: true;
  /** `seenRows` of the table's plan. */
  readonly seenRows?: string;
  /** For queries that say themselves where the ends of the window stand. */
  readonly ends?: WindowEnds;
}

/** Whether the rows that are wanted are simply all, as they are. */
export const areAll = (
  { rowTest, overlap, ends }: WantedRows<unknown>,
  { cursor }: Pick<TableRequest, 'cursor'>,
): boolean => rowTest === undefined && overlap === undefined && (cursor === undefined || ends === undefined);

/** How a run goes on from an earlier one, and what it tells the next. */
export interface Continuation<Condition> {
  readonly horizon?: Horizon;
  /** By table of the request. */
  readonly rows: readonly WantedRows<Condition>[];
  /** Undefined: all rows are read. */
  readonly evidence?: IncrementEvidence;
  readonly warnings: readonly string[];
}

type Cursors<Condition> = readonly (CursorColumns<Condition> | undefined)[];

/**
 * Decides by the columns that say in which order rows come which rows are new, for sources that have no other way to tell.
 * @param unable why they have none
 * @throws data.parent where that is not possible; data.cursor; request.invalid
 */
export async function continuationByWindows<Condition>(
  { since, tellsHorizon }: SourceRequest,
  cursors: Cursors<Condition>,
  unable: readonly string[],
): Promise<Continuation<Condition>> {
  if (since !== undefined) return goingOn(since, cursors, unable);
  const windowed = isWindowed(cursors);
  if (tellsHorizon === undefined) return { rows: [], warnings: [] };
  if (!windowed && tellsHorizon === 'needed') throw cannotGoOn(unable, false);
  return beginning(cursors, windowed);
}

const isWindowed = (cursors: Cursors<unknown>): boolean =>
  cursors.length > 0 && cursors.every((cursor) => cursor?.lag !== undefined);

/** All rows are read; how far is told where a later run can go on from there. */
async function beginning<Condition>(cursors: Cursors<Condition>, windowed: boolean): Promise<Continuation<Condition>> {
  const rows: WantedRows<Condition>[] = [];
  const told: NonNullable<Horizon['cursors']>[number][] = [];
  const warnings: string[] = [];
  for (const cursor of cursors) {
    if (cursor?.lag === undefined) {
      rows.push({});
      continue;
    }
    const { high, rowTest, overlap, ends, nulls } = await windowOf(cursor, undefined);
    rows.push({ rowTest, overlap, ends });
    told.push(cursorHorizon(cursor, high, cursor.lag));
    if (cursor.nulls === 'skip' && nulls > 0) warnings.push(leftOut(cursor, nulls));
  }
  return { rows, warnings, ...(windowed && { horizon: { cursors: told } }) };
}

/** Only rows that are new are read. */
async function goingOn<Condition>(
  since: Horizon,
  cursors: Cursors<Condition>,
  unable: readonly string[],
): Promise<Continuation<Condition>> {
  const windows = [];
  for (const cursor of cursors) {
    const before = since.cursors?.find(({ name }) => name === cursor?.name);
    if (cursor?.lag === undefined || before?.lag === undefined) throw cannotGoOn(unable, isWindowed(cursors));
    windows.push({ cursor, before, ...(await windowOf(cursor, before)) });
  }
  return {
    horizon: { cursors: windows.map(({ cursor, high }) => cursorHorizon(cursor, high, cursor.lag)) },
    rows: windows.map(({ rowTest, overlap, before, ends }) => ({
      ...{ rowTest, overlap, ends, seenRows: before.rows },
      inOneStatement: true,
    })),
    evidence: windowEvidence(windows),
    warnings: windows.flatMap(({ cursor, nulls }) => (nulls > 0 ? [leftOut(cursor, nulls)] : [])),
  };
}
