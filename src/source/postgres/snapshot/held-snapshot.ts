import { TidemarkError } from '../../../core/errors.js';
import type { ConsistencyCertificate } from '../../../core/source.js';
import type { SourceRequest } from '../../../core/source-request.js';
import { departureFrom, type PlannedRelations } from './as-planned.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import { type Definitions, type DefinitionScope, readBase } from '../definitions/watch.js';
import { sessionsByLocks } from './lock-table.js';
import { lockedRelations } from './locked-relations.js';
import { LockBudget } from './lock-budget.js';
import { tableOid } from '../plan/relations.js';
import type { ServerFacts } from '../plan/server.js';
import {
  beginSession,
  changedMeanwhile,
  changedRelations,
  liftTransactionTimeout,
  type WatchedRelation,
} from './session.js';
import { type RequestedRelations, findRequested } from '../plan/requested.js';
import { estimateRows } from '../plan/table.js';

const mostAttempts = 3;

/** A held snapshot: the connection's transaction is open and sees one moment, and nobody can change what is read. */
export interface HeldSnapshot {
  readonly requested: RequestedRelations;
  readonly snapshotId: string | undefined;
  /** Which transactions it sees. */
  readonly snapshot: string | undefined;
  /** For LOCK TABLE in the lanes. */
  readonly locks: readonly string[];
  readonly watched: readonly WatchedRelation[];
  /** Undefined where nothing is held. */
  readonly planned: PlannedRelations | undefined;
  readonly scope: DefinitionScope;
  /** How everything in the scope was defined at that moment; undefined where nothing is held, or catalogs are closed. */
  readonly definitions: Definitions | undefined;
  /** How many sessions may lock all that is read. */
  readonly maxSessions: number;
  readonly certificate: ConsistencyCertificate;
}

interface SnapshotRow {
  readonly snapshotId?: string;
  readonly snapshot: string;
  readonly inRecovery: boolean;
  readonly lsn: string | null;
  readonly at: string;
}

/**
 * Takes the run's snapshot: look what is read, lock it, take the snapshot, look again. When somebody changed in between
 * what is read (a view replaced, a table swapped, a materialized view refreshed), once more.
 * @throws source.locked, source.snapshot, source.not-found, source.permission, source.sql, request.invalid
 */
export async function holdSnapshot(
  connection: PgConnection,
  request: SourceRequest,
  server: ServerFacts,
): Promise<HeldSnapshot> {
  for (let attempt = 1; ; attempt += 1) {
    const budget = new LockBudget();
    const requested = await findRequested(connection, request, budget);
    const held = await takeSnapshot(connection, { request, server, requested, budget });
    const changed = await changedSince(connection, held);
    if (changed.length === 0) return held;
    await connection.query('ROLLBACK');
    if (attempt === mostAttempts) throw changedMeanwhile(changed);
  }
}

/** The plan's transaction with `consistency: none`: nothing is held, every statement sees a moment of its own. */
export async function withoutSnapshot(
  connection: PgConnection,
  request: SourceRequest,
  server: ServerFacts,
): Promise<HeldSnapshot> {
  const requested = await findRequested(connection, request, new LockBudget());
  await beginSession(connection, 'READ COMMITTED');
  const certificate = { level: 'none', isolation: 'read committed, read only' } as const;
  return {
    requested,
    snapshotId: undefined,
    snapshot: undefined,
    locks: [],
    watched: [],
    planned: undefined,
    scope: scopeOf(request, requested, server),
    definitions: undefined,
    maxSessions: Infinity,
    certificate,
  };
}

function scopeOf(
  request: SourceRequest,
  { subjects, relations }: RequestedRelations,
  server: ServerFacts,
): DefinitionScope {
  const queries = request.tables.flatMap((table) => table.query ?? []);
  const results = subjects.flatMap((subject) => ('query' in subject ? subject.query.columns : []));
  return {
    relations: relations.map((relation) => relation.oid),
    types: results.map((column) => column.oid),
    // A query that names no text search configuration means this one.
    queries: queries.length === 0 ? '' : [...queries, server.textSearchConfig].join('\n'),
  };
}

async function takeSnapshot(
  connection: PgConnection,
  {
    request,
    server,
    requested,
    budget,
  }: {
    readonly request: SourceRequest;
    readonly server: ServerFacts;
    readonly requested: RequestedRelations;
    readonly budget: LockBudget;
  },
): Promise<HeldSnapshot> {
  const lockable = requested.relations.filter((relation) => relation.lockable);
  const oids = requested.relations.map((relation) => relation.oid);
  const maxSessions = await sessionsByLocks(connection, oids);
  await beginHeld(connection, request.snapshotId);
  await liftTransactionTimeout(connection, server.versionNumber);
  const names = lockable.map((relation) => relation.sql);
  await budget.lock(connection, names, server.statementTimeout);
  const row = await readSnapshot(connection);
  const byName = await lockedOids(connection);
  // Planning locks what LOCK TABLE did not take: materialized views, and tables that may be read by column only.
  await budget.apply(connection);
  for (const subject of requested.subjects) {
    const relation = 'relation' in subject ? subject.relation : undefined;
    const read = 'query' in subject ? subject.query : { bound: `SELECT * FROM ${subject.relation.sql}`, values: [] };
    await estimateRows(connection, read, relation, request);
  }
  const locked = await lockedOids(connection);
  const watched = requested.relations.filter(({ oid, filenode }) => {
    return locked.has(oid) && !byName.has(oid) && filenode !== null;
  });
  const outside = requested.relations.some(({ kind }) => kind === 'f' || kind === 'S');
  const scope = scopeOf(request, requested, server);
  const base = await readBase(connection, scope);
  const planned = {
    relations: requested.relations.map(({ oid, sql }) => ({ oid, sql })),
    partitioned: requested.relations.filter((relation) => relation.kind === 'p').map((relation) => relation.oid),
  };
  return {
    requested,
    snapshotId: row.snapshotId,
    snapshot: row.snapshot,
    locks: names,
    watched: watched.map(({ oid, sql, filenode }) => ({ oid, name: sql, filenode })),
    planned,
    scope: base?.scope ?? scope,
    definitions: base?.definitions,
    maxSessions,
    certificate: {
      level: outside ? 'statement' : 'snapshot',
      isolation: 'repeatable read, read only',
      snapshotId: row.snapshotId,
      ...(request.snapshotId !== undefined && { importedSnapshotId: request.snapshotId }),
      snapshot: row.snapshot,
      ...(row.lsn !== null && { lsn: row.lsn }),
      ...(server.systemIdentifier !== undefined && { systemIdentifier: server.systemIdentifier }),
      inRecovery: row.inRecovery,
      at: row.at,
      lockMode: 'access share',
      locked: requested.relations.filter(({ oid }) => locked.has(oid)).map(({ sql }) => sql),
    },
  };
}

/** A moment of its own, or one that another session holds. @throws source.snapshot where nobody holds it */
async function beginHeld(connection: PgConnection, snapshotId: string | undefined): Promise<void> {
  try {
    await beginSession(connection, 'REPEATABLE READ', snapshotId);
  } catch (error) {
    const failure = TidemarkError.from(error);
    if (snapshotId === undefined || failure.retryable || failure.exitCode !== 3) throw failure;
    throw new TidemarkError('source.snapshot', `snapshot-id: ${snapshotId} cannot be read in: ${failure.message}`, {
      cause: failure,
      hint: 'Whoever called pg_export_snapshot() must hold that transaction open, in the same database of the same server.',
    });
  }
}

async function lockedOids(connection: PgConnection): Promise<ReadonlySet<number>> {
  return new Set((await lockedRelations(connection)).map((relation) => relation.oid));
}

async function readSnapshot(connection: PgConnection): Promise<SnapshotRow & { snapshotId: string }> {
  try {
    const [row] = await connection.query<SnapshotRow & { snapshotId: string }>(
      `SELECT pg_catalog.pg_export_snapshot() AS "snapshotId", pg_catalog.pg_current_snapshot()::pg_catalog.text AS snapshot,
              pg_catalog.pg_is_in_recovery() AS "inRecovery",
              (CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                    ELSE pg_catalog.pg_current_wal_lsn() END)::pg_catalog.text AS lsn,
              pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at`,
    );
    return row!;
  } catch (error) {
    const failure = TidemarkError.from(error);
    if (failure.retryable) throw failure;
    throw new TidemarkError('source.snapshot', `the server does not export a snapshot: ${failure.message}`, {
      cause: failure,
      hint: 'Connect to the PostgreSQL server itself, not to a pooler or a server that only speaks its protocol; or give up one common moment: --consistency none.',
    });
  }
}

/** What is not as the requested saw it, in words. From here on, locks keep rows and files as they are. */
async function changedSince(
  connection: PgConnection,
  { requested, planned, watched }: HeldSnapshot,
): Promise<string[]> {
  const moved: string[] = [];
  for (const subject of requested.subjects) {
    if (!('relation' in subject)) continue;
    const name = subject.request.table!;
    if ((await tableOid(connection, name)) !== subject.relation.oid) moved.push(`${name} is another table`);
  }
  const { changes, unplanned } = await departureFrom(planned!, connection);
  const files = await changedRelations(connection, watched);
  return [
    ...moved,
    ...changes,
    ...unplanned.map(({ sql }) => `${sql} is read, too`),
    ...files.map((name) => `${name} was rewritten`),
  ];
}
