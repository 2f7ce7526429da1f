import type { LeafHorizon, TableHorizon, TransactionHorizon } from '../../../core/horizon.js';
import { idsFrom } from '../../../core/id-ranges.js';
import type { SourceRequest } from '../../../core/source-request.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import type { ServerFacts } from '../plan/server.js';
import type { HeldSnapshot } from '../snapshot/held-snapshot.js';
import { hashesOf } from './definitions.js';
import { departuresFrom, leavesThatAreNew } from './departures.js';
import { historyIdentity } from './identity.js';
import type { CurrentLeaf } from './leaves.js';
import { idUnlessOld, type Moment, momentOf, unseenBy } from './row-test.js';
import { type CurrentTable, currentTables } from './tables.js';

/** What is asked, of whom, at which moment. */
export interface Around {
  readonly connection: PgConnection;
  readonly request: SourceRequest;
  readonly server: ServerFacts;
  readonly held: HeldSnapshot;
}

/** What the transactions of rows tell at this moment. */
export interface Transactions {
  readonly now: Moment;
  /** But for the ids of rows that are read now. */
  readonly horizon: TransactionHorizon;
  readonly tables: readonly CurrentTable[];
  /** Expression of the ids that a later run must know; undefined: there can be none. */
  readonly ids: string | undefined;
}

/** Why transactions say nothing. */
export interface Unable {
  readonly unable: readonly string[];
}

/** @param before what an earlier run told, which is gone on from or compared with */
export async function transactionsNow(
  { connection, request, server, held }: Around,
  before: TransactionHorizon | undefined,
): Promise<Transactions | Unable> {
  const { certificate, definitions, requested } = held;
  if (certificate['snapshot'] === undefined) return { unable: ['nothing holds one moment (--consistency none)'] };
  if (request.tables.some(({ limit }) => limit !== undefined)) return { unable: ['not all rows are read (--limit)'] };
  if (definitions === undefined) return { unable: ['this user may not read the catalogs'] };
  const { tables, unable } = await currentTables(connection, requested.subjects, before);
  if (unable.length > 0) return { unable };
  const history = await historyIdentity(connection, certificate['inRecovery'] === true);
  if (server.systemIdentifier === undefined || history === undefined) {
    return { unable: ['this user may not ask which cluster it is: GRANT EXECUTE ON FUNCTION pg_control_system()'] };
  }
  const now = momentOf(certificate['snapshot'] as string);
  // Only who goes on from an earlier run takes over what that one knew.
  const since = request.since?.transactions;
  const horizon: TransactionHorizon = {
    xmin: String(now.xmin),
    xmax: String(now.xmax),
    seen: since === undefined ? [] : idsFrom(since.seen, now.xmin),
    system: server.systemIdentifier,
    ...history,
    definitions: hashesOf(definitions),
    tables: tables.map((table) => tableHorizon(table, since)),
  };
  return { now, horizon, tables, ids: now.xmin < now.xmax ? idUnlessOld(now) : undefined };
}

/** Parts that are no longer there are kept in mind: should they come back, their rows are in an earlier version. */
function tableHorizon({ name, oid, filteredFor, leaves }: CurrentTable, since?: TransactionHorizon): TableHorizon {
  const earlier = since?.tables.find((table) => table.name === name)?.leaves ?? [];
  const gone = earlier.filter((leaf) => leaves.every((one) => one.oid !== leaf.oid));
  return {
    name,
    oid,
    ...(filteredFor !== undefined && { filteredFor }),
    leaves: [
      ...leaves.map(({ oid: leaf, name: of, file, columns, shape, empty }): LeafHorizon => ({
        ...{ oid: leaf, name: of, file, columns, shape },
        ...(empty && { empty }),
      })),
      ...gone.map((leaf) => ({ ...leaf, gone: true as const })),
    ],
  };
}

/** Which rows are new, by their transactions. */
export interface NewByTransactions {
  /** The condition for rows that an earlier moment could not see. */
  readonly unseen: string;
  /** By table, its parts that are new: all their rows are. */
  readonly wholly: readonly (readonly CurrentLeaf[])[];
}

/** @returns what is new, or what stands in the way of telling it */
export async function newByTransactions(
  { connection, held }: Around,
  { now, horizon, tables }: Transactions,
  before: TransactionHorizon | undefined,
): Promise<NewByTransactions | Unable> {
  if (before === undefined) return { unable: ['it was read from what has no transactions: a query or a view'] };
  const unseen = unseenBy(before, now);
  const definitions = held.definitions!;
  const problems = await departuresFrom(before, { connection, horizon, tables, definitions, unseen });
  if (problems.length > 0) return { unable: problems };
  return { unseen, wholly: tables.map((table) => leavesThatAreNew(table, before)) };
}

export const wrapped =
  'the cluster has used more than 2^32 transaction ids, so that rows that were frozen long ago may look new (--cursor-floor leaves those out)';
