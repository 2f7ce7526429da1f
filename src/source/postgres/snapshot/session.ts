import { TidemarkError } from '../../../core/errors.js';
import type { SourceRequest } from '../../../core/source-request.js';
import { assertAsPlanned, orChanged, type PlannedRelations } from './as-planned.js';
import { connect } from '../../postgres-protocol/connect.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import { assumeIdentity, type SessionIdentity } from './session-identity.js';
import { briefly, withoutWaiting } from './lock-budget.js';
import { namingLockHolders } from './lock-holders.js';
import { quoteConstant } from '../../postgres-protocol/quote.js';
import { hidden, type SentSettings } from '../../postgres-protocol/settings.js';
import type { ReadStatement } from '../sql/statement.js';

/** A relation that LOCK TABLE does not take, or that only its own columns may be read of: its file must stay the same. */
export interface WatchedRelation {
  readonly oid: number;
  readonly name: string;
  readonly filenode: string | null;
}

/** What a lane needs to read in the run's snapshot. Plain data, with secrets. */
export interface Ticket {
  /** Reduced to the server that the coordinator reached. */
  readonly settings: SentSettings;
  /** Undefined with `consistency: none`. */
  readonly snapshotId: string | undefined;
  /** Which transactions the snapshot sees: ids of snapshots are small numbers, and another server may have the same one. */
  readonly snapshot: string | undefined;
  /** `server_version_num`, e.g. 180004. */
  readonly serverVersion: number;
  /** Quoted and qualified names for LOCK TABLE. */
  readonly locks: readonly string[];
  readonly watched: readonly WatchedRelation[];
  /** All that is read. Undefined with `consistency: none`. */
  readonly planned: PlannedRelations | undefined;
  /** Who the coordinator is, and its settings that decide what names mean and which rows are seen; null: not set. */
  readonly identity: SessionIdentity;
  /** By index of the table in the request. */
  readonly statements: readonly ReadStatement[];
  readonly via: SourceRequest['via'];
  readonly maxStatement: number | undefined;
  readonly stallLimit: number;
  /** The database is in SQL_ASCII: asked for UTF-8, the server would refuse what is none; our own check says which value it is. */
  readonly bytesAsTheyAre: boolean;
  /** Milliseconds after which the server itself ends a statement; 0: never. */
  readonly statementTimeout: number;
  /** Values of secret parameters, to be kept out of errors. */
  readonly secrets: readonly string[];
  /** Values of any kind are to be kept out of errors. */
  readonly hideValues: boolean;
}

/** What output bytes or their order could depend on, whatever server, database, role and client are set to. */
const pinned: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  xmloption: 'content',
  xmlbinary: 'base64',
  lc_monetary: 'C',
  lc_numeric: 'C',
  lc_time: 'C',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  quote_all_identifiers: 'off',
  // Scans that begin where another session's scan is would change the order of rows.
  synchronize_seqscans: 'off',
  // Parallel workers change the order of rows, and the last digits of sums of floats, from run to run.
  max_parallel_workers_per_gather: '0',
  idle_in_transaction_session_timeout: '0',
  lock_timeout: String(briefly),
};

/** Whether all sessions of a run set it alike. */
export function isPinned(setting: string): boolean {
  return [...Object.keys(pinned), 'search_path'].some((name) => name.toLowerCase() === setting.toLowerCase());
}

/**
 * Begins the transaction of a session and pins its settings, which end with it: a pooler hands the server's session to
 * others. No statement here takes a snapshot.
 */
export async function beginSession(
  connection: PgConnection,
  isolation: 'REPEATABLE READ' | 'READ COMMITTED',
  snapshotId?: string,
): Promise<void> {
  const statements = [`BEGIN ISOLATION LEVEL ${isolation} READ ONLY`];
  if (snapshotId !== undefined) statements.push(`SET TRANSACTION SNAPSHOT ${quoteConstant(snapshotId)}`);
  for (const [name, value] of Object.entries(pinned)) statements.push(`SET LOCAL ${name} = ${quoteConstant(value)}`);
  await connection.query(statements.join('; '), [], { doing: 'beginning the transaction' });
}

/** Begins a transaction for first questions, which are not to wait for somebody who holds a catalog. */
export async function beginQuestions(connection: PgConnection): Promise<void> {
  await connection.query(`BEGIN READ ONLY; SET LOCAL lock_timeout = ${briefly}`);
}

/** From PostgreSQL 17 a transaction may have a time limit of its own. */
export async function liftTransactionTimeout(connection: PgConnection, serverVersion: number): Promise<void> {
  if (serverVersion >= 170000) await connection.query('SET LOCAL transaction_timeout = 0');
}

/**
 * Opens a lane's session: connected to the same server, pinned, inside the run's snapshot, with the same locks.
 * @throws source.* ; source.snapshot when the server does not know the snapshot (a pooler, another server)
 */
export async function openSession(ticket: Ticket, signal: AbortSignal, purpose = 'lane'): Promise<PgConnection> {
  const connection = await connect(hidden(ticket.settings), { signal, purpose, stallLimit: ticket.stallLimit });
  try {
    await importSnapshot(connection, ticket);
    await liftTransactionTimeout(connection, ticket.serverVersion);
    if (ticket.bytesAsTheyAre) await connection.query(`SET LOCAL client_encoding = 'SQL_ASCII'`);
    await assumeIdentity(connection, ticket.identity);
    await namingLockHolders(connection, 'no further session can read', () => lockNow(connection, ticket));
    if (ticket.planned) await assertAsPlanned(ticket.planned, connection, false);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function importSnapshot(connection: PgConnection, { snapshotId, snapshot }: Ticket): Promise<void> {
  if (snapshotId === undefined) return beginSession(connection, 'READ COMMITTED');
  try {
    await beginSession(connection, 'REPEATABLE READ', snapshotId);
  } catch (error) {
    const failure = TidemarkError.from(error);
    if (failure.retryable || failure.exitCode !== 3) throw failure;
    throw otherServer(failure.message, failure);
  }
  const [row] = await connection.query<{ seen: string }>(
    'SELECT pg_catalog.pg_current_snapshot()::pg_catalog.text AS seen',
  );
  if (row?.seen !== snapshot) throw otherServer(`it sees ${row?.seen}, and not ${snapshot}`);
}

function otherServer(why: string, cause?: TidemarkError): TidemarkError {
  return new TidemarkError('source.snapshot', `a second session cannot join the snapshot: ${why}`, {
    cause,
    hint: 'A pooler, or a name that stands for several servers, gave another server. Connect to the server itself, or give up one common moment: --consistency none.',
  });
}

/**
 * Takes the locks of the run, by name and by planning, without waiting: who waits to have a relation alone waits for the
 * coordinator, so that a lane that waited behind it would wait for the end of the run.
 */
async function lockNow(connection: PgConnection, ticket: Ticket): Promise<void> {
  await connection.query(`SET LOCAL lock_timeout = ${withoutWaiting}`);
  const { locks, snapshotId } = ticket;
  try {
    if (locks.length > 0) await connection.query(`LOCK TABLE ${locks.join(', ')} IN ACCESS SHARE MODE NOWAIT`);
    if (snapshotId !== undefined) await checkWatched(connection, ticket);
  } catch (error) {
    throw orChanged(error);
  }
  await connection.query(`SET LOCAL lock_timeout = ${briefly}`);
}

/** Planning the statement takes its locks, which stay until the transaction ends; then the files cannot change any more. */
async function checkWatched(connection: PgConnection, ticket: Ticket): Promise<void> {
  if (ticket.watched.length === 0) return;
  for (const { bound, values } of ticket.statements) {
    await connection.query(`EXPLAIN ${bound}`, values, { secrets: ticket.secrets });
  }
  const changed = await changedRelations(connection, ticket.watched);
  if (changed.length > 0) throw changedMeanwhile(changed.map((name) => `${name} was rewritten`));
}

/** Names of relations whose file is another one than before: they were refreshed, truncated or rewritten. */
export async function changedRelations(
  connection: PgConnection,
  watched: readonly WatchedRelation[],
): Promise<string[]> {
  const oids = watched.map((relation) => relation.oid);
  const rows = await connection.query<{ oid: number; filenode: string | null }>(
    'SELECT oid, pg_catalog.pg_relation_filenode(oid)::pg_catalog.text AS filenode FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS oid',
    [oids],
  );
  const now = new Map(rows.map((row) => [row.oid, row.filenode]));
  return watched.filter(({ oid, filenode }) => now.get(oid) !== filenode).map((relation) => relation.name);
}

/** @param changes in words */
export function changedMeanwhile(changes: readonly string[]): TidemarkError {
  return new TidemarkError('source.snapshot', `while the snapshot was taken: ${changes.join('; ')}`, {
    hint: 'A REFRESH, TRUNCATE, ALTER or the like came in between. Run again.',
    retryable: true,
  });
}
