import { cursorHorizon } from '../../../core/cursor-window.js';
import type { CursorHorizon, Horizon, TransactionHorizon } from '../../../core/horizon.js';
import { formatCount } from '../../../core/units.js';
import type { WantedRows } from '../plan/wanted-rows.js';
import type { Around, NewByTransactions, Transactions } from './by-transactions.js';
import { assertNotAhead, below, countNulls, type Cursor, hasNoNull, hasNull, highest, notBefore } from './cursor.js';
import type { Continuation } from './outcome.js';

/** What is new by transactions, and how far down it is looked for. */
interface Exact {
  readonly since: Horizon;
  readonly before: TransactionHorizon;
  readonly transactions: Transactions;
  readonly found: NewByTransactions;
  /** By table. */
  readonly cursors: readonly (Cursor | undefined)[];
}

/** A table's part of it. */
interface ExactTable {
  readonly rows: WantedRows;
  readonly horizon?: CursorHorizon;
  readonly assumed?: string;
  /** Rows without a value in their cursor that were left out. */
  readonly nulls?: number;
}

/** Reads exactly the rows that an earlier moment could not see; where there is a floor, those above it. @throws data.cursor */
export async function exactly({ connection }: Around, exact: Exact): Promise<Continuation> {
  const { before, transactions, found, cursors } = exact;
  const { horizon, tables: now } = transactions;
  const tables: ExactTable[] = [];
  for (const index of cursors.keys()) tables.push(await exactTable(connection, exact, index));
  const told = tables.flatMap((table) => table.horizon ?? []);
  const nulls = tables.flatMap((table) => table.nulls ?? []);
  const isFiltered = now.some(({ filteredFor }) => filteredFor !== undefined);
  const left = nulls.reduce((sum, count) => sum + count, 0);
  return {
    ...(left > 0 && { warnings: [`${formatCount(left)} new rows have no value in their cursor, and are left out`] }),
    horizon: { transactions: horizon, ...(told.length > 0 && { cursors: told }) },
    rows: tables.map(({ rows }) => rows),
    evidence: {
      road: 'transactions',
      from: momentText(before),
      to: momentText(horizon),
      assumed: [noSilentRestore, ...(isFiltered ? [sameRows] : []), ...tables.flatMap(({ assumed }) => assumed ?? [])],
      wholly: found.wholly.flat().map(({ name }) => name),
      ...(nulls.length > 0 && { nullCursors: left }),
    },
  };
}

async function exactTable(
  connection: Around['connection'],
  { since, transactions: { ids }, found: { unseen, wholly }, cursors }: Exact,
  index: number,
): Promise<ExactTable> {
  const cursor = cursors[index];
  const leaves = wholly[index]!.map(({ oid }) => oid);
  const all: WantedRows = { ids, rowTest: orWhole(leaves, unseen) };
  if (cursor === undefined) return { rows: all };
  const earlier = since.cursors?.find(({ name }) => name === cursor.name)?.high ?? [];
  const found = await highest(connection, cursor, earlier.length > 0 ? earlier : undefined, false);
  const horizon = cursorHorizon(cursor, found.length > 0 ? found : earlier, undefined);
  if (cursor.floor === undefined) return { rows: all, horizon };
  const nulls = await countNulls(connection, cursor, unseen);
  // Where it is not known how far the earlier run read, all rows are looked at.
  if (earlier.length === 0) {
    if (cursor.nulls !== 'skip') return { rows: all, horizon };
    return { rows: { ids, rowTest: orWhole(leaves, `(${unseen}) AND ${hasNoNull(cursor)}`) }, horizon, nulls };
  }
  const floor = await below(connection, cursor, earlier, cursor.floor);
  await assertNotAhead(connection, cursor, floor, 'cursor-floor');
  const above = notBefore(cursor, floor);
  const isLookedAt = cursor.nulls === 'include' ? `(${above} OR ${hasNull(cursor)})` : above;
  return {
    rows: { ids, rowTest: orWhole(leaves, `(${unseen}) AND ${isLookedAt}`), inOneStatement: true },
    horizon,
    assumed: `${cursor.name}: no row is new whose ${cursor.columns[0]} is below ${floor.join(', ')}`,
    ...(cursor.nulls !== 'include' && { nulls }),
  };
}

function orWhole(whole: readonly string[], test: string): string {
  if (whole.length === 0) return test;
  return `(t.tableoid OPERATOR(pg_catalog.=) ANY ('{${whole.join(',')}}'::pg_catalog.oid[]) OR (${test}))`;
}

const noSilentRestore = 'nobody put an earlier copy of the files under the server, which keeps its timeline';
const sameRows = 'row-level security shows this user the rows that it showed before';

const momentText = ({ xmin, xmax, lsn }: TransactionHorizon): string => `snapshot ${xmin}:${xmax}, log ${lsn}`;
