import { microsecondsOf } from '../../../core/cursor-kind.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';

/** Facts about the server and the session. */
export interface ServerFacts {
  /** Redshift's own version: `1.0.77467`. */
  readonly version: string;
  readonly database: string;
  readonly user: string;
  /** What transactions of the database see: `Snapshot Isolation` or `Serializable`; undefined: it is not told. */
  readonly isolation: string | undefined;
  /** By the server's clock, in microseconds since 1970. */
  readonly now: bigint;
}

/** What texts depend on, whatever server, database and user are set to. */
const pinned: readonly string[] = [
  "SET client_encoding TO 'UTF8'",
  "SET datestyle TO 'ISO, MDY'",
  "SET timezone TO 'UTC'",
  'SET extra_float_digits TO 2',
  // Names in quotes are what they are.
  'SET enable_case_sensitive_identifier TO true',
  "SET query_group TO 'tidemark'",
];

/** Asks for what is asked before the moment begins, and pins the session's settings. */
export async function prepareSession(connection: PgConnection, maxStatement: number | undefined): Promise<ServerFacts> {
  const doing = 'preparing the session';
  const limit = maxStatement === undefined ? [] : [`SET statement_timeout TO ${maxStatement}`];
  await connection.query([...pinned, ...limit].join('; '), [], { doing });
  const [row] = await connection.query<Record<'version' | 'database' | 'login' | 'now', string>>(
    `SELECT version() AS version, current_database()::varchar AS "database", current_user::varchar AS login, to_char(getdate(), 'YYYY-MM-DD HH24:MI:SS') AS now`,
    [],
    { doing },
  );
  const { version, database, login, now } = row!;
  return {
    ...{ version: /Redshift ([\d.]+)/.exec(version)?.[1] ?? version, database, user: login },
    isolation: await isolationOf(connection),
    now: microsecondsOf(now),
  };
}

/** Not everybody may see it. */
async function isolationOf(connection: PgConnection): Promise<string | undefined> {
  const sql = 'SELECT isolation_level FROM stv_db_isolation_level WHERE db_name = current_database()';
  try {
    const [row] = await connection.query<{ isolation_level: string }>(sql);
    return row?.isolation_level.trim();
  } catch {
    return undefined;
  }
}

/**
 * Begins the transaction of the run. What it sees is decided by its first statement that reads a table; until it ends, the same.
 */
export async function beginMoment(connection: PgConnection): Promise<void> {
  await connection.query('BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY', [], { doing: 'beginning the transaction' });
}
