import { cannotGoOn, cursorHorizon, leftOut, windowEvidence } from '../../../core/cursor-window.js';
import type { CursorHorizon, Horizon } from '../../../core/horizon.js';
import type { WantedRows } from '../plan/wanted-rows.js';
import { allRows, type Continuation } from './outcome.js';
import { hasWrapped } from './row-test.js';
import { windowOf } from './by-cursor.js';
import { exactly } from './exactly.js';
import { isUnchanged } from './unchanged.js';
import {
  type Around,
  newByTransactions,
  type Transactions,
  transactionsNow,
  type Unable,
  wrapped,
} from './by-transactions.js';
import { unindexedWarning } from './cursor-index.js';
import { countNulls, type Cursor, cursorOf, hasNoNull, highest } from './cursor.js';

/**
 * Decides how it is told which rows are new: by the transactions that wrote them, where that is sound; otherwise by the
 * columns that say in which order they come.
 * @throws data.parent where neither is possible, with what stands in the way; data.cursor; request.invalid for a cursor that
 *   is none
 */
export async function continuationOf(around: Around): Promise<Continuation> {
  const { request, held, connection } = around;
  const { since, tellsHorizon } = request;
  if (tellsHorizon === undefined && since === undefined) return { horizon: undefined, rows: [], evidence: undefined };
  const transactions = await transactionsNow(around, (since ?? request.sameAs?.horizon)?.transactions);
  const cursors: (Cursor | undefined)[] = [];
  const warnings: string[] = [];
  for (const subject of held.requested.subjects) {
    cursors.push(await cursorOf(connection, subject));
    warnings.push(...(await unindexedWarning(connection, subject)));
  }
  const how =
    since === undefined
      ? await beginningWith(around, transactions, cursors)
      : await goingOn(around, since, { transactions, cursors });
  return { ...how, warnings: [...warnings, ...(how.warnings ?? [])] };
}

interface Means {
  readonly transactions: Transactions | Unable;
  /** By table. */
  readonly cursors: readonly (Cursor | undefined)[];
}

async function beginningWith(
  around: Around,
  transactions: Means['transactions'],
  cursors: Means['cursors'],
): Promise<Continuation> {
  const isSame = 'unable' in transactions ? undefined : await isUnchanged(around, transactions);
  return { ...(await beginning(around, transactions, cursors)), isSame };
}

/** All rows are read; what a later run needs is told where it can be. */
async function beginning(
  { connection, request, held }: Around,
  transactions: Means['transactions'],
  cursors: Means['cursors'],
): Promise<Continuation> {
  const byTransactions = !('unable' in transactions);
  const windowed = !byTransactions || hasWrapped(transactions.now);
  const ready = cursors.every((cursor) => cursor?.lag !== undefined);
  if (!byTransactions && request.tellsHorizon === 'needed' && !ready)
    throw cannotGoOn(transactions.unable, isWindowed(cursors));
  const tables: Beginning[] = [];
  for (const [index, cursor] of cursors.entries()) {
    const ids = byTransactions && 'relation' in held.requested.subjects[index]! ? transactions.ids : undefined;
    tables.push(
      cursor === undefined ? { rows: { ...allRows, ids } } : await beginningOf(connection, cursor, { ids, windowed }),
    );
  }
  const told = tables.flatMap((table) => table.horizon ?? []);
  const horizon: Horizon = {
    ...(byTransactions && { transactions: transactions.horizon }),
    ...(told.length > 0 && { cursors: told }),
  };
  return {
    horizon: byTransactions || ready ? horizon : undefined,
    rows: tables.map(({ rows }) => rows),
    evidence: undefined,
    warnings: tables.flatMap(({ warning }) => warning ?? []),
  };
}

/** A table that is read for the first time. */
interface Beginning {
  readonly rows: WantedRows;
  readonly horizon?: CursorHorizon;
  readonly warning?: string;
}

/** @throws data.cursor for rows without a value, where there must be none and they would matter later */
async function beginningOf(
  connection: Around['connection'],
  cursor: Cursor,
  { ids, windowed }: { readonly ids: string | undefined; readonly windowed: boolean },
): Promise<Beginning> {
  const { lag, floor, nulls: policy } = cursor;
  const window = windowed && lag !== undefined ? await windowOf(connection, cursor, undefined) : undefined;
  const high = window?.high ?? (await highest(connection, cursor, undefined, false));
  const nulls = window?.nulls ?? (floor === undefined ? 0 : await countNulls(connection, cursor));
  const leavesOut = policy === 'skip' && nulls > 0;
  return {
    rows: {
      ids,
      rowTest: window?.rowTest ?? (leavesOut ? hasNoNull(cursor) : undefined),
      overlap: window?.overlap,
      ...(window && { ends: window.ends }),
    },
    horizon: cursorHorizon(cursor, high, window && lag),
    ...(leavesOut && { warning: leftOut(cursor, nulls) }),
  };
}

/** Only rows that are new are read. */
async function goingOn(around: Around, since: Horizon, { transactions, cursors }: Means): Promise<Continuation> {
  const unable: string[] = [];
  if ('unable' in transactions) unable.push(...transactions.unable);
  else {
    const found = await newByTransactions(around, transactions, since.transactions);
    const floors = cursors.every((cursor) => cursor?.floor !== undefined);
    if ('unable' in found) unable.push(...found.unable);
    else if (hasWrapped(transactions.now) && !floors) unable.push(wrapped);
    else return exactly(around, { since, before: since.transactions!, transactions, found, cursors });
  }
  const windows: Window[] = [];
  for (const cursor of cursors) {
    const before = since.cursors?.find(({ name }) => name === cursor?.name);
    if (cursor?.lag === undefined || before?.lag === undefined) throw cannotGoOn(unable, isWindowed(cursors));
    windows.push({ cursor, before, ...(await windowOf(around.connection, cursor, before)) });
  }
  const told = windows.map(({ cursor, high }) => cursorHorizon(cursor, high, cursor.lag));
  return {
    // Of a history that is another one, or of which not all rows were read, ids would mean nothing to the next run.
    horizon: { cursors: told },
    rows: windows.map(({ rowTest, overlap, before, ends }) => ({
      ends,
      ids: undefined,
      rowTest,
      overlap,
      inOneStatement: true,
      seenRows: before.rows,
    })),
    evidence: windowEvidence(windows),
    warnings: windows.flatMap(({ cursor, nulls }) => (nulls > 0 ? [leftOut(cursor, nulls)] : [])),
  };
}

type Window = Awaited<ReturnType<typeof windowOf>> & { readonly cursor: Cursor; readonly before: CursorHorizon };

const isWindowed = (cursors: Means['cursors']): boolean =>
  cursors.length > 0 && cursors.every((cursor) => cursor?.lag !== undefined);
