import { TidemarkError } from '../../../core/errors.js';
import type { CursorHorizon, Horizon, IncrementEvidence, TransactionHorizon } from '../../../core/horizon.js';
import type { WantedRows } from '../plan/table.js';
import { hasWrapped } from './row-test.js';
import { windowOf } from './by-cursor.js';
import { isUnchanged } from './unchanged.js';
import {
  type Around,
  type NewByTransactions,
  newByTransactions,
  type Transactions,
  transactionsNow,
  type Unable,
  wrapped,
} from './by-transactions.js';
import {
  below,
  countNulls,
  type Cursor,
  cursorHorizon,
  cursorOf,
  hasNull,
  highest,
  isNothing,
  notBefore,
} from './cursor.js';

/** How a run goes on from an earlier one, and what it tells the next. */
export interface Continuation {
  /** What the next run must know, but for what rows tell; undefined: it cannot be told. */
  readonly horizon: Horizon | undefined;
  /** By table of the request. */
  readonly rows: readonly WantedRows[];
  /** Undefined: all rows are read. */
  readonly evidence: IncrementEvidence | undefined;
  readonly isSame?: true | undefined;
}

/** Nothing of them is asked for a later run. */
export const allRows: WantedRows = { ids: undefined, rowTest: undefined };

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
  for (const subject of held.requested.subjects) cursors.push(await cursorOf(connection, subject));
  if (since !== undefined) return goingOn(around, since, { transactions, cursors });
  const isSame = 'unable' in transactions ? undefined : await isUnchanged(around, transactions);
  return { ...(await beginning(around, transactions, cursors)), isSame };
}

interface Means {
  readonly transactions: Transactions | Unable;
  /** By table. */
  readonly cursors: readonly (Cursor | undefined)[];
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
  if (!byTransactions && request.tellsHorizon === 'needed' && !ready) throw cannotGoOn(transactions.unable, cursors);
  const rows: WantedRows[] = [];
  const told: CursorHorizon[] = [];
  for (const [index, cursor] of cursors.entries()) {
    const ids = byTransactions && 'relation' in held.requested.subjects[index]! ? transactions.ids : undefined;
    if (cursor === undefined) {
      rows.push({ ...allRows, ids });
      continue;
    }
    const window = windowed && cursor.lag !== undefined ? await windowOf(connection, cursor, undefined) : undefined;
    const high = window?.high ?? (await highest(connection, cursor, undefined));
    told.push(cursorHorizon(cursor, high, window && cursor.lag));
    rows.push({ ids, rowTest: window?.rowTest, overlap: window?.overlap, ...(window && { ends: window.ends }) });
  }
  const horizon: Horizon = {
    ...(byTransactions && { transactions: transactions.horizon }),
    ...(told.length > 0 && { cursors: told }),
  };
  return { horizon: byTransactions || ready ? horizon : undefined, rows, evidence: undefined };
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
    else return exactly(around, since, { transactions, cursors, found, before: since.transactions! });
  }
  const windows: Window[] = [];
  for (const cursor of cursors) {
    const before = since.cursors?.find(({ name }) => name === cursor?.name);
    if (cursor?.lag === undefined || before?.lag === undefined) throw cannotGoOn(unable, cursors);
    windows.push({ cursor, before, ...(await windowOf(around.connection, cursor, before)) });
  }
  const told = windows.map(({ cursor, high }) => cursorHorizon(cursor, high, cursor.lag));
  return {
    horizon: { ...('unable' in transactions ? {} : { transactions: transactions.horizon }), cursors: told },
    rows: windows.map(({ rowTest, overlap, before, ends }) => ({
      ends,
      ids: 'unable' in transactions ? undefined : transactions.ids,
      rowTest,
      overlap,
      inOneStatement: true,
      seenRows: before.rows,
    })),
    evidence: {
      road: 'window',
      from: windows.map(({ cursor, before }) => cursorText(cursor, before.high)).join('; '),
      to: windows.map(({ cursor, high }) => cursorText(cursor, high)).join('; '),
      assumed: windows.flatMap(({ cursor }) => assumedOf(cursor)),
      wholly: [],
      nullCursors: windows.reduce((sum, { nulls }) => sum + nulls, 0),
    },
  };
}

type Window = Awaited<ReturnType<typeof windowOf>> & { readonly cursor: Cursor; readonly before: CursorHorizon };

const cursorText = ({ columns }: Cursor, high: readonly string[]): string =>
  high.length === 0 ? `no rows by ${columns.join(', ')}` : `${columns.join(', ')} up to ${high.join(', ')}`;

function assumedOf({ name, columns, lag }: Cursor): string[] {
  const [column] = columns as [string];
  const later = isNothing(lag!)
    ? 'after one with a larger value can be seen'
    : `more than ${lag} below the largest value that can be seen`;
  return [
    `${name}: no row comes to be seen with its ${column} ${later}`,
    `${name}: whoever changes a row moves its ${column} on`,
  ];
}

/** By transactions; where there is a floor, only rows above it are looked at. */
async function exactly(
  { connection }: Around,
  since: Horizon,
  {
    transactions: { horizon, ids, tables },
    cursors,
    found,
    before,
  }: {
    readonly transactions: Transactions;
    readonly cursors: Means['cursors'];
    readonly found: NewByTransactions;
    readonly before: TransactionHorizon;
  },
): Promise<Continuation> {
  const { unseen, wholly } = found;
  const rows: WantedRows[] = [];
  const told: CursorHorizon[] = [];
  const assumed = [noSilentRestore, ...(tables.some(({ filteredFor }) => filteredFor !== undefined) ? [sameRows] : [])];
  let nullCursors: number | undefined;
  for (const [index, cursor] of cursors.entries()) {
    const leaves = wholly[index]!.map(({ oid }) => oid);
    if (cursor === undefined) {
      rows.push({ ids, rowTest: orWhole(leaves, unseen) });
      continue;
    }
    const earlier = since.cursors?.find(({ name }) => name === cursor.name);
    const floor = await floorOf(connection, cursor, earlier);
    const high = await highest(connection, cursor, earlier?.high.length ? earlier.high : undefined);
    told.push(cursorHorizon(cursor, high.length > 0 ? high : (earlier?.high ?? []), undefined));
    if (floor === undefined) {
      rows.push({ ids, rowTest: orWhole(leaves, unseen) });
      continue;
    }
    const nulls = await countNulls(connection, cursor, unseen);
    const known = cursor.nulls === 'include' ? `(${floor.condition} OR ${hasNull(cursor)})` : floor.condition;
    if (cursor.nulls !== 'include') nullCursors = (nullCursors ?? 0) + nulls;
    assumed.push(`${cursor.name}: no row is new whose ${cursor.columns[0]} is below ${floor.text}`);
    rows.push({ ids, rowTest: orWhole(leaves, `(${unseen}) AND ${known}`), inOneStatement: true });
  }
  return {
    horizon: { transactions: horizon, ...(told.length > 0 && { cursors: told }) },
    rows,
    evidence: {
      road: 'transactions',
      from: momentText(before),
      to: momentText(horizon),
      assumed,
      wholly: wholly.flat().map(({ name }) => name),
      ...(nullCursors !== undefined && { nullCursors }),
    },
  };
}

/** Where nothing is known of the parent's largest value, all rows are looked at. */
async function floorOf(
  connection: Around['connection'],
  cursor: Cursor,
  before: CursorHorizon | undefined,
): Promise<{ readonly condition: string; readonly text: string } | undefined> {
  if (cursor.floor === undefined || before === undefined || before.high.length === 0) return undefined;
  const low = await below(connection, cursor, before.high, cursor.floor);
  return { condition: notBefore(cursor, low), text: low.join(', ') };
}

function orWhole(whole: readonly string[], test: string): string {
  if (whole.length === 0) return test;
  return `(t.tableoid OPERATOR(pg_catalog.=) ANY ('{${whole.join(',')}}'::pg_catalog.oid[]) OR (${test}))`;
}

const noSilentRestore = 'nobody put an earlier copy of the files under the server, which keeps its timeline';
const sameRows = 'row-level security shows this user the rows that it showed before';

const momentText = ({ xmin, xmax, lsn }: TransactionHorizon): string => `snapshot ${xmin}:${xmax}, log ${lsn}`;

function cannotGoOn(problems: readonly string[], cursors: Means['cursors']): TidemarkError {
  const windowed = cursors.length > 0 && cursors.every((cursor) => cursor?.lag !== undefined);
  return new TidemarkError(
    'data.parent',
    `which rows are new since the parent cannot be told: ${problems.slice(0, 5).join('; ')}`,
    {
      hint: windowed
        ? 'The parent does not tell how far it was read by its --cursor and --lag. Begin a new chain, which does: --full.'
        : 'Read all rows once more, as the beginning of a new chain: --full. Or say by which column rows come, and how late they may: --cursor and --lag, from the first run on.',
    },
  );
}
