import {
  cannotGoOn,
  type CursorColumns,
  cursorHorizon,
  leftOut,
  type WindowEnds,
  windowEvidence,
  windowOf,
} from '../../../core/cursor-window.js';
import type { Horizon, IncrementEvidence } from '../../../core/horizon.js';
import type { SourceRequest } from '../../../core/source.js';
import type { BoundSql } from '../sql/condition.js';

/** Which rows of a table are wanted, and what besides is read of them. */
export interface WantedRows {
  /** Undefined: all. */
  readonly rowTest?: BoundSql | undefined;
  /** Expression that marks rows where versions overlap. */
  readonly overlap?: BoundSql | undefined;
  /** They are few: no ranges of keys are looked for. */
  readonly inOneStatement?: true;
  /** `seenRows` of the table's plan. */
  readonly seenRows?: string;
  /** For queries that say themselves where the ends of the window stand. */
  readonly ends?: WindowEnds;
}

/** How a run goes on from an earlier one, and what it tells the next. */
export interface Continuation {
  readonly horizon?: Horizon;
  /** By table of the request. */
  readonly rows: readonly WantedRows[];
  /** Undefined: all rows are read. */
  readonly evidence?: IncrementEvidence;
  readonly warnings: readonly string[];
}

type Cursors = readonly (CursorColumns<BoundSql> | undefined)[];

/** MySQL does not say which transaction wrote a row. */
const unable = ['MySQL does not tell which transaction wrote a row'];

/**
 * Decides by the columns that say in which order rows come which rows are new.
 * @throws data.parent where that is not possible; data.cursor; request.invalid
 */
export async function continuationOf({ since, tellsHorizon }: SourceRequest, cursors: Cursors): Promise<Continuation> {
  if (since !== undefined) return goingOn(since, cursors);
  const windowed = isWindowed(cursors);
  if (tellsHorizon === undefined) return { rows: [], warnings: [] };
  if (!windowed && tellsHorizon === 'needed') throw cannotGoOn(unable, false);
  return beginning(cursors, windowed);
}

const isWindowed = (cursors: Cursors): boolean =>
  cursors.length > 0 && cursors.every((cursor) => cursor?.lag !== undefined);

/** All rows are read; how far is told where a later run can go on from there. */
async function beginning(cursors: Cursors, windowed: boolean): Promise<Continuation> {
  const rows: WantedRows[] = [];
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
async function goingOn(since: Horizon, cursors: Cursors): Promise<Continuation> {
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
