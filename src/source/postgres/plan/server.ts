import type { PgConnection } from '../../postgres-protocol/connection.js';

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
  /** Of a standby, as the server says it: how long replay waits for a snapshot that stands in its way (-1: for ever), and whether the primary spares what is read. */
  readonly standbyDelay: string;
  readonly standbyFeedback: string;
  /** `default_text_search_config`. */
  readonly textSearchConfig: string;
  readonly systemIdentifier: string | undefined;
}

export async function readServer(connection: PgConnection): Promise<ServerFacts> {
  const [row] = await connection.query<Omit<ServerFacts, 'systemIdentifier'>>(
    `SELECT pg_catalog.current_setting('server_version') AS version,
            pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS "versionNumber",
            pg_catalog.current_database() AS database, current_user AS user,
            pg_catalog.current_setting('block_size')::pg_catalog.int4 AS "pageSize",
            pg_catalog.current_setting('server_encoding') AS encoding,
            pg_catalog.current_setting('default_text_search_config') AS "textSearchConfig",
            pg_catalog.current_setting('max_standby_streaming_delay') AS "standbyDelay",
            pg_catalog.current_setting('hot_standby_feedback') AS "standbyFeedback",
            (SELECT setting::pg_catalog.int4 FROM pg_catalog.pg_settings
              WHERE name OPERATOR(pg_catalog.=) 'statement_timeout') AS "statementTimeout"`,
    [],
    { doing: 'asking the server for its version' },
  );
  return { ...row!, systemIdentifier: await systemIdentifier(connection) };
}

/** Tells apart clusters; services may forbid to read it. */
async function systemIdentifier(connection: PgConnection): Promise<string | undefined> {
  const [allowed] = await connection.query<{ allowed: boolean | null }>(
    `SELECT pg_catalog.has_function_privilege(pg_catalog.to_regprocedure('pg_catalog.pg_control_system()'), 'EXECUTE')
            AS allowed`,
  );
  if (allowed?.allowed !== true) return undefined;
  const [row] = await connection.query<{ id: string }>(
    'SELECT system_identifier::pg_catalog.text AS id FROM pg_catalog.pg_control_system()',
  );
  return row?.id;
}

const mostLanes = 16;

type ConnectionCounts = 'mostOfDatabase' | 'usedOfDatabase' | 'mostOfRole' | 'usedOfRole';

/**
 * How many more sessions the server can take: half of what is free now, so that the run never takes the last connections of
 * others; by the limits of the server, the database and the role. Between 1 and 16.
 */
export async function freeLanes(connection: PgConnection): Promise<number> {
  const [row] = await connection.query<
    Record<'most' | 'used' | 'reserved' | 'reservedToo' | ConnectionCounts, unknown>
  >(
    `SELECT pg_catalog.current_setting('max_connections') AS most,
            pg_catalog.current_setting('superuser_reserved_connections') AS reserved,
            COALESCE(pg_catalog.current_setting('reserved_connections', true), '0') AS "reservedToo",
            (SELECT pg_catalog.sum(numbackends) FROM pg_catalog.pg_stat_database) AS used,
            d.datconnlimit AS "mostOfDatabase",
            (SELECT s.numbackends FROM pg_catalog.pg_stat_database s WHERE s.datid OPERATOR(pg_catalog.=) d.oid) AS "usedOfDatabase",
            r.rolconnlimit AS "mostOfRole",
            (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a WHERE a.usename OPERATOR(pg_catalog.=) r.rolname)
              AS "usedOfRole"
       FROM pg_catalog.pg_database d, pg_catalog.pg_roles r
      WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() AND r.rolname OPERATOR(pg_catalog.=) session_user`,
  );
  const limits = [
    [Number(row!.most) - Number(row!.reserved) - Number(row!.reservedToo), Number(row!.used)],
    [Number(row!.mostOfDatabase), Number(row!.usedOfDatabase)],
    [Number(row!.mostOfRole), Number(row!.usedOfRole)],
  ] as const;
  // A limit of −1: none.
  const free = limits.filter(([most]) => most >= 0).map(([most, used]) => most - used);
  return Math.max(1, Math.min(mostLanes, Math.floor(Math.min(...free) / 2)));
}
