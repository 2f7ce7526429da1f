import type { PgConnection } from './connect.js';

/** Facts about the server and the session, asked for before anything else. */
export interface ServerFacts {
  readonly version: string;
  /** `server_version_num`, e.g. 180004. */
  readonly versionNumber: number;
  readonly database: string;
  readonly user: string;
  /** Bytes. */
  readonly pageSize: number;
  /** `SQL_ASCII` promises nothing about text. */
  readonly encoding: string;
  /** Milliseconds; 0: none. */
  readonly statementTimeout: number;
  readonly systemIdentifier: string | undefined;
}

export async function readServer(connection: PgConnection): Promise<ServerFacts> {
  const [row] = await connection.query<Omit<ServerFacts, 'systemIdentifier'>>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS "versionNumber",
            current_database() AS database, current_user AS user, current_setting('block_size')::int AS "pageSize",
            current_setting('server_encoding') AS encoding,
            (SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout') AS "statementTimeout"`,
    [],
    { doing: 'asking the server for its version' },
  );
  return { ...row!, systemIdentifier: await systemIdentifier(connection) };
}

/** Tells apart clusters; services may forbid to read it. */
async function systemIdentifier(connection: PgConnection): Promise<string | undefined> {
  const [allowed] = await connection.query<{ allowed: boolean | null }>(
    `SELECT has_function_privilege(to_regprocedure('pg_control_system()'), 'EXECUTE') AS allowed`,
  );
  if (allowed?.allowed !== true) return undefined;
  const [row] = await connection.query<{ id: string }>('SELECT system_identifier::text AS id FROM pg_control_system()');
  return row?.id;
}

const MOST_LANES = 16;

/**
 * How many more sessions the server can take: half of what is free now, so that the run never takes the last connections of
 * others; by the limits of the server, the database and the role. Between 1 and 16.
 */
export async function freeLanes(connection: PgConnection): Promise<number> {
  const [row] = await connection.query<{ free: number }>(
    `SELECT LEAST(
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - COALESCE(current_setting('reserved_connections', true)::int, 0)
         - (SELECT SUM(numbackends)::int FROM pg_stat_database),
       (SELECT d.datconnlimit - s.numbackends FROM pg_database d JOIN pg_stat_database s ON s.datid = d.oid
         WHERE d.datname = current_database() AND d.datconnlimit >= 0),
       (SELECT r.rolconnlimit - (SELECT COUNT(*)::int FROM pg_stat_activity a WHERE a.usename = r.rolname)
          FROM pg_roles r WHERE r.rolname = session_user AND r.rolconnlimit >= 0)) AS free`,
  );
  return Math.max(1, Math.min(MOST_LANES, Math.floor(row!.free / 2)));
}
