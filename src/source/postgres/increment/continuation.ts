import { TidemarkError } from '../../../core/errors.js';
import type { IncrementEvidence, TableHorizon, TransactionHorizon } from '../../../core/horizon.js';
import { idsFrom } from '../../../core/id-ranges.js';
import type { SourceRequest } from '../../../core/source.js';
import type { PgConnection } from '../connection/connection.js';
import type { ServerFacts } from '../plan/server.js';
import type { HeldSnapshot } from '../snapshot/held-snapshot.js';
import { departuresFrom, leavesThatAreNew } from './departures.js';
import { historyIdentity } from './identity.js';
import { hashesOf } from './definitions.js';
import { hasWrapped, idUnlessOld, momentOf, unseenBy } from './row-test.js';
import { type CurrentTable, currentTables } from './tables.js';

/** How a run goes on from an earlier one, and what it tells the next. */
export interface Continuation {
  /** What the next run must know, but for the ids of rows that are seen; undefined: it cannot be told. */
  readonly horizon: TransactionHorizon | undefined;
  /** Expression of a hidden column that gives those ids; undefined: there can be none. */
  readonly ids: string | undefined;
  /** By table of the request, the condition for rows that are new; undefined: all rows are read. */
  readonly rowTests: readonly (string | undefined)[];
  readonly evidence: IncrementEvidence | undefined;
}

const nothingTold: Continuation = { horizon: undefined, ids: undefined, rowTests: [], evidence: undefined };

interface Around {
  readonly request: SourceRequest;
  readonly server: ServerFacts;
  readonly held: HeldSnapshot;
}

/**
 * Tells by the transaction that wrote a row whether an earlier moment could see it.
 * @throws data.parent where that is not sound, with what stands in the way
 */
export async function continuationOf(connection: PgConnection, around: Around): Promise<Continuation> {
  const { request } = around;
  const before = request.since?.transactions;
  if (request.tellsHorizon === undefined && request.since === undefined) return nothingTold;
  const { horizon, tables, unable } = await horizonNow(connection, around, before);
  if (horizon === undefined) {
    if (request.since === undefined && request.tellsHorizon === 'wanted') return nothingTold;
    throw cannotGoOn(unable);
  }
  const now = momentOf(around.held.certificate['snapshot'] as string);
  const ids = now.xmin < now.xmax ? idUnlessOld(now) : undefined;
  if (request.since === undefined) return { horizon, ids, rowTests: [], evidence: undefined };
  if (before === undefined) throw cannotGoOn(['it was read from what has no transactions: a query or a view']);
  const problems = await departuresFrom(before, { connection, horizon, tables, definitions: around.held.definitions! });
  if (hasWrapped(now)) problems.push(wrapped);
  if (problems.length > 0) throw cannotGoOn(problems);
  const test = unseenBy(before, now);
  const wholly = tables.map((table) => leavesThatAreNew(table, before));
  return {
    horizon: { ...horizon, seen: idsFrom(before.seen, now.xmin) },
    ids,
    rowTests: wholly.map((leaves) =>
      orOf(
        leaves.map(({ oid }) => oid),
        test,
      ),
    ),
    evidence: {
      road: 'transactions',
      from: momentText(before),
      to: momentText(horizon),
      assumed: [noSilentRestore, ...(tables.some(({ filteredFor }) => filteredFor !== undefined) ? [sameRows] : [])],
      wholly: wholly.flat().map(({ name }) => name),
    },
  };
}

const noSilentRestore = 'nobody put an earlier copy of the files under the server, which keeps its timeline';
const sameRows = 'row-level security shows this user the rows that it showed before';
const wrapped =
  'the cluster has used more than 2^32 transaction ids, so that rows that were frozen long ago may look new';

function orOf(whole: readonly string[], test: string): string {
  if (whole.length === 0) return test;
  return `(t.tableoid OPERATOR(pg_catalog.=) ANY ('{${whole.join(',')}}'::pg_catalog.oid[]) OR ${test})`;
}

const momentText = ({ xmin, xmax, lsn }: TransactionHorizon): string => `snapshot ${xmin}:${xmax}, log ${lsn}`;

interface HorizonNow {
  readonly horizon: TransactionHorizon | undefined;
  readonly tables: readonly CurrentTable[];
  /** Why there is none. */
  readonly unable: readonly string[];
}

async function horizonNow(
  connection: PgConnection,
  { request, server, held }: Around,
  before: TransactionHorizon | undefined,
): Promise<HorizonNow> {
  const { certificate, definitions, requested } = held;
  const { tables, unable } = await currentTables(connection, requested.subjects, before);
  const known = { tables, unable };
  if (certificate['snapshot'] === undefined) return without(known, 'nothing holds one moment (--consistency none)');
  if (request.tables.some(({ limit }) => limit !== undefined)) return without(known, 'not all rows are read (--limit)');
  if (definitions === undefined) return without(known, 'this user may not read the catalogs');
  const history = await historyIdentity(connection, certificate['inRecovery'] === true);
  if (server.systemIdentifier === undefined || history === undefined) {
    return without(known, 'this user may not ask which cluster it is: GRANT EXECUTE ON FUNCTION pg_control_system()');
  }
  if (unable.length > 0) return { ...known, horizon: undefined };
  const { xmin, xmax } = momentOf(certificate['snapshot'] as string);
  const horizon: TransactionHorizon = {
    xmin: String(xmin),
    xmax: String(xmax),
    seen: [],
    system: server.systemIdentifier,
    ...history,
    definitions: hashesOf(definitions),
    tables: tables.map((table) => tableHorizon(table, before)),
  };
  return { ...known, horizon };
}

function without(known: Omit<HorizonNow, 'horizon'>, why: string): HorizonNow {
  return { ...known, horizon: undefined, unable: [...known.unable, why] };
}

/** Parts that are no longer there are kept in mind: should they come back, their rows are in an earlier version. */
function tableHorizon({ name, oid, filteredFor, leaves }: CurrentTable, before?: TransactionHorizon): TableHorizon {
  const earlier = before?.tables.find((table) => table.name === name)?.leaves ?? [];
  const gone = earlier.filter((leaf) => leaves.every((one) => one.oid !== leaf.oid));
  return {
    name,
    oid,
    ...(filteredFor !== undefined && { filteredFor }),
    leaves: [
      ...leaves.map(({ isHeap: _, shapeBefore: __, ...leaf }) => leaf),
      ...gone.map((leaf) => ({ ...leaf, gone: true as const })),
    ],
  };
}

function cannotGoOn(problems: readonly string[]): TidemarkError {
  return new TidemarkError(
    'data.parent',
    `which rows are new since the parent cannot be told: ${problems.slice(0, 5).join('; ')}`,
    { hint: 'Read all rows once more, as the beginning of a new chain: --full instead of --parent.' },
  );
}
