import { TidemarkError } from '../../../core/errors.js';
import type { ConsistencyCertificate } from '../../../core/source.js';
import { connect } from '../connection/connect.js';
import type { ConnectOptions, MysqlConnection } from '../connection/connection.js';
import { lockSeconds, pinSession } from './pinned.js';
import type { ServerFacts } from './server.js';

/** Sessions that see one moment of the database, and what proves it. */
export interface Moment {
  readonly sessions: readonly MysqlConnection[];
  readonly certificate: ConsistencyCertificate;
}

export interface MomentWishes {
  readonly options: ConnectOptions;
  readonly server: ServerFacts;
  /** How many sessions are wanted; at least 1. */
  readonly count: number;
  /** Quoted names of the tables to be locked for the instant in which the sessions begin; empty: there is nothing to be locked. */
  readonly tables: readonly string[];
  /** Why there is one session only, where that was decided before. */
  readonly whyOne: string | undefined;
}

/**
 * Begins one moment in as many sessions as are wanted. For the instant in which several begin, the tables are locked against
 * writing: no transaction that wrote to them is open then, and none can end between two of the beginnings. Where the lock is not
 * granted at once, one session reads, and the certificate says why.
 * @param first a session that is pinned already
 * @throws source.*
 */
export async function beginMoment(first: MysqlConnection, wishes: MomentWishes): Promise<Moment> {
  const { count, tables, whyOne } = wishes;
  if (count === 1 || tables.length === 0) return alone(first, wishes, whyOne);
  const others = await moreSessions(first, { count: count - 1, options: wishes.options, readCommitted: false });
  if (others.length === 0) return alone(first, wishes, 'the server has no free connection');
  try {
    const refusal = await withLocked(first, wishes, [first, ...others]);
    if (typeof refusal !== 'string') return refusal;
    await closeAll(others);
    return await alone(first, wishes, refusal);
  } catch (error) {
    await closeAll(others);
    throw error;
  }
}

/** Begins the moment in sessions while the tables are locked. @returns why not, where they cannot be locked at once */
async function withLocked(
  first: MysqlConnection,
  wishes: MomentWishes,
  sessions: readonly MysqlConnection[],
): Promise<Moment | string> {
  const { tables, options, server } = wishes;
  const locker = await connect(first.settings, { ...options, purpose: 'locker' }).catch(fewerConnections);
  if (locker === undefined) return 'the server has no free connection';
  try {
    await locker.query(`SET SESSION lock_wait_timeout = ${lockSeconds}`);
    const began = performance.now();
    const refusal = await locked(locker, tables);
    if (refusal !== undefined) return refusal;
    await Promise.all(sessions.map((session) => begin(session, tables)));
    const position = await positionOf(server, first, true);
    await locker.query('UNLOCK TABLES');
    const lockedMilliseconds = String(Math.round(performance.now() - began));
    return { sessions, certificate: certificateOf(wishes, { ...position, locked: tables, lockedMilliseconds }) };
  } finally {
    await locker.close();
  }
}

/** So many sessions more, pinned; fewer where the server gives no more. @throws source.* */
export async function moreSessions(
  first: MysqlConnection,
  {
    count,
    options,
    readCommitted,
  }: { readonly count: number; readonly options: ConnectOptions; readonly readCommitted: boolean },
): Promise<readonly MysqlConnection[]> {
  const sessions: MysqlConnection[] = [];
  try {
    while (sessions.length < count) {
      const session = await connect(first.settings, { ...options, purpose: 'lane' }).catch(fewerConnections);
      if (session === undefined) break;
      sessions.push(session);
      await pinSession(session, readCommitted);
    }
    return sessions;
  } catch (error) {
    await closeAll(sessions);
    throw error;
  }
}

/** Where one connection was made, another one that cannot be made is one too many. */
function fewerConnections(error: unknown): undefined {
  if (error instanceof TidemarkError && error.code === 'source.unreachable') return undefined;
  throw error;
}

async function closeAll(sessions: readonly MysqlConnection[]): Promise<void> {
  await Promise.all(sessions.map((session) => session.close()));
}

/** Locks the tables against writing. @returns why not, where it cannot be had at once */
async function locked(locker: MysqlConnection, tables: readonly string[]): Promise<string | undefined> {
  try {
    await locker.query(`LOCK TABLES ${tables.map((table) => `${table} READ`).join(', ')}`);
    return undefined;
  } catch (error) {
    const failure = TidemarkError.from(error);
    if (failure.code === 'source.permission') return 'this user may not lock the tables: GRANT LOCK TABLES';
    if (failure.code !== 'source.locked') throw failure;
    return `the tables could not be locked within ${lockSeconds} s: a transaction that wrote to them is open, or they are locked`;
  }
}

async function alone(first: MysqlConnection, wishes: MomentWishes, why: string | undefined): Promise<Moment> {
  await begin(first, wishes.tables);
  const position = await positionOf(wishes.server, first, false);
  return {
    sessions: [first],
    certificate: certificateOf(wishes, { ...position, ...(why !== undefined && { oneSession: why }) }),
  };
}

/**
 * Begins the moment in a session, and opens the tables, which keeps them from being altered or emptied until its end. A session that
 * opened them later would wait behind whoever wants to alter them, who waits for the other sessions.
 */
async function begin(session: MysqlConnection, tables: readonly string[]): Promise<void> {
  await session.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY', [], { doing: 'beginning the snapshot' });
  for (const table of tables) await session.query(`SELECT 1 FROM ${table} LIMIT 0`, [], { doing: `opening ${table}` });
}

/**
 * Where in the binary log the moment is. MariaDB tells it of the session's own snapshot; MySQL of now, which is the moment
 * only while the tables are locked. Empty where it is not known.
 */
async function positionOf(
  { kind, logs }: ServerFacts,
  session: MysqlConnection,
  isLocked: boolean,
): Promise<Readonly<Record<string, string>>> {
  if (!logs) return {};
  if (kind === 'MariaDB') {
    const status = await session.query<{ Variable_name: string; Value: string }>(
      `SHOW STATUS LIKE 'binlog_snapshot_%'`,
    );
    const of = (name: string): string | undefined =>
      status.find(({ Variable_name: one }) => one.toLowerCase() === name)?.Value;
    const [file, position] = [of('binlog_snapshot_file'), of('binlog_snapshot_position')];
    if (!file || !position) return {};
    const [row] = await session.query<{ gtid: string | null }>('SELECT BINLOG_GTID_POS(?, ?) AS gtid', [
      file,
      Number(position),
    ]);
    return { binlog: `${file}:${position}`, ...(row?.gtid && { gtid: row.gtid }) };
  }
  if (!isLocked) return {};
  const [row] = await session.query<{ gtid: string | null }>('SELECT @@GLOBAL.gtid_executed AS gtid');
  return row?.gtid ? { gtid: row.gtid.replaceAll(/\s/g, '') } : {};
}

function certificateOf(
  { server }: MomentWishes,
  rest: Readonly<Record<string, string | readonly string[]>>,
): ConsistencyCertificate {
  return { level: 'snapshot', isolation: 'repeatable read, read only', serverTime: server.time, ...rest };
}
