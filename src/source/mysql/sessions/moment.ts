import { TidemarkError } from '../../../core/errors.js';
import type { ConsistencyCertificate } from '../../../core/source.js';
import { connect } from '../connection/connect.js';
import type { ConnectOptions, MysqlConnection } from '../connection/connection.js';
import type { MysqlSettings } from '../connection/settings/shape.js';
import { lockSeconds, pinSession } from './pinned.js';
import type { ServerFacts } from './server.js';

/** Sessions that see one moment of the database, and what proves it. */
export interface Moment {
  readonly sessions: readonly MysqlConnection[];
  readonly certificate: ConsistencyCertificate;
}

export interface MomentWishes {
  readonly settings: MysqlSettings;
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
  const opened: MysqlConnection[] = [];
  const locker = await connect(wishes.settings, { ...wishes.options, purpose: 'locker' });
  try {
    await locker.query(`SET SESSION lock_wait_timeout = ${lockSeconds}`);
    for (let i = 1; i < count; i++) opened.push(await connect(first.settings, { ...wishes.options, purpose: 'lane' }));
    await Promise.all(opened.map((session) => pinSession(session, false)));
    const began = performance.now();
    const refusal = await locked(locker, tables);
    if (refusal !== undefined) {
      await Promise.all(opened.map((session) => session.close()));
      return await alone(first, wishes, refusal);
    }
    const sessions = [first, ...opened];
    await Promise.all(sessions.map((session) => begin(session, tables)));
    const position = await positionOf(wishes.server, first, true);
    await locker.query('UNLOCK TABLES');
    const milliseconds = String(Math.round(performance.now() - began));
    return {
      sessions,
      certificate: certificateOf(wishes, { ...position, locked: tables, lockedMilliseconds: milliseconds }),
    };
  } catch (error) {
    await Promise.all(opened.map((session) => session.close()));
    throw error;
  } finally {
    await locker.close();
  }
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
    return `the tables could not be locked within ${lockSeconds} s: a transaction that wrote to them is open`;
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
