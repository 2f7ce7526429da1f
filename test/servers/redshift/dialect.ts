// What Redshift says and refuses where PostgreSQL would not.

const version =
  'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.77467';

/** Settings that PostgreSQL does not have. */
const ownSettings = /\bset\s+(enable_case_sensitive_identifier|query_group)\b/gi;

const refused: readonly (readonly [pattern: RegExp, code: string, text: string])[] = [
  [/\bcopy\b/i, '0A000', 'COPY TO is not supported'],
  [/\bctid\b/i, '42703', 'column "ctid" does not exist'],
  [/\bpg_export_snapshot\b|set\s+transaction\s+snapshot/i, '42883', 'function pg_export_snapshot() does not exist'],
  [/\bpg_current_(?:snapshot|xact_id)\b/i, '42883', 'function does not exist'],
  [
    /\bunnest\b|\blateral\b/i,
    '0A000',
    'Specified types or functions (one per INFO message) not supported on Redshift tables.',
  ],
  [/\bfetch\s+all\b/i, '0A000', 'FETCH ALL is not supported on single node clusters'],
  [
    /\bset\s+local\s+(?:max_parallel|synchronize|bytea_output|lock_timeout)/i,
    '42704',
    'unrecognized configuration parameter',
  ],
  [/\boperator\s*\(/i, '42601', 'syntax error at or near "OPERATOR"'],
  [/\bpg_relation_size\b|\bpg_stat_activity\b|\bpg_locks\b/i, '42883', 'function or relation does not exist'],
  [/\bnum_nulls\b|\bformat\s*\(/i, '42883', 'function does not exist'],
];

/** What PostgreSQL is sent, or what is refused. */
export function translated(sql: string): { readonly sql: string } | { readonly code: string; readonly text: string } {
  const found = refused.find(([pattern]) => pattern.test(sql));
  if (found !== undefined) return { code: found[1], text: found[2] };
  return {
    sql: sql.replace(ownSettings, 'SET redshift.$1').replaceAll(/(?<![\w.])version\(\)/gi, `'${version}'::text`),
  };
}

/** Types that PostgreSQL does not have are made of texts; by their names, Redshift's ids. */
export const ownTypes = {
  super: 4000,
  varbyte: 6551,
  geometry: 3000,
  geography: 3001,
  hllsketch: 7000,
  intervaly2m: 1188,
  intervald2s: 1190,
};

/** What a database needs: run by an owner of the server. */
export const preparation = [
  ...Object.keys(ownTypes).flatMap((name) => [
    `CREATE TYPE ${name}`,
    `CREATE FUNCTION ${name}_in(cstring) RETURNS ${name} LANGUAGE internal IMMUTABLE STRICT AS 'textin'`,
    `CREATE FUNCTION ${name}_out(${name}) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout'`,
    `CREATE TYPE ${name} (INPUT = ${name}_in, OUTPUT = ${name}_out, LIKE = text)`,
  ]),
  'CREATE FUNCTION st_ashexewkb(geometry) RETURNS varchar LANGUAGE sql IMMUTABLE AS $$ SELECT $1::varchar $$',
  'CREATE FUNCTION st_ashexewkb(geography) RETURNS varchar LANGUAGE sql IMMUTABLE AS $$ SELECT $1::varchar $$',
  'SET allow_system_table_mods = on',
  "CREATE FUNCTION pg_catalog.getdate() RETURNS timestamp LANGUAGE sql STABLE AS $$ SELECT (clock_timestamp() AT TIME ZONE 'UTC')::timestamp(0) $$",
  `CREATE VIEW pg_catalog.svv_table_info AS
     SELECT n.nspname::text AS "schema", c.relname::text AS "table", greatest(c.reltuples, 0)::numeric AS tbl_rows,
            ceil(pg_table_size(c.oid) / 1048576.0)::bigint AS size
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`,
  `CREATE VIEW pg_catalog.stv_db_isolation_level AS SELECT current_database()::text AS db_name, 'Snapshot Isolation'::text AS isolation_level`,
  'GRANT SELECT ON pg_catalog.svv_table_info, pg_catalog.stv_db_isolation_level TO public',
  'RESET allow_system_table_mods',
];
