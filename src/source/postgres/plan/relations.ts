import { closest } from 'fastest-levenshtein';
import { TidemarkError } from '../../../core/errors.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';

/** A table, view or the like, as the catalog tells it. */
export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** `pg_class.relkind`. */
  readonly kind: string;
  /** Quoted and qualified, for SQL. */
  readonly sql: string;
  /** Name of the file with its rows; changes when it is truncated, refreshed or rewritten. Views have none. */
  readonly filenode: string | null;
  /** Whether LOCK TABLE takes it: its kind, and the right to read all of it. */
  readonly lockable: boolean;
  readonly unlogged: boolean;
  /** It is a partition or child of another one that was asked about. */
  readonly inherits: boolean;
  /** Row-level security filters what this user sees. */
  readonly filtered: boolean;
  /** Columns of the primary key; none: there is no such key. */
  readonly primaryKey: readonly string[];
}

/** What `--table` cannot mean. */
const refusedKinds: Readonly<Record<string, string>> = {
  i: 'an index',
  I: 'an index',
  c: 'a composite type',
  t: 'a TOAST table',
  S: 'a sequence, which is not of any moment',
};

/** @throws source.not-found with the nearest name; source.permission (schema); request.invalid */
export async function resolveTable(connection: PgConnection, name: string): Promise<Relation> {
  const oid = await tableOid(connection, name);
  const [relation] = oid === null ? [] : await relationFacts(connection, [oid]);
  if (!relation) throw await notFound(connection, name);
  const refused = refusedKinds[relation.kind];
  if (refused !== undefined) {
    throw new TidemarkError('request.invalid', `table: ${relation.sql} is ${refused}`, {
      hint: 'Give a table, a partitioned table, a view, a materialized view or a foreign table.',
    });
  }
  return relation;
}

/** What the name means now, by the search path; null for nothing. */
export async function tableOid(connection: PgConnection, name: string): Promise<number | null> {
  const [row] = await connection.query<{ oid: number | null }>(
    'SELECT pg_catalog.to_regclass($1::pg_catalog.text)::pg_catalog.oid AS oid',
    [name],
    { doing: `table "${name}"` },
  );
  return row!.oid;
}

export async function relationFacts(connection: PgConnection, oids: readonly number[]): Promise<Relation[]> {
  return connection.query<{
    oid: number;
    schema: string;
    name: string;
    kind: string;
    sql: string;
    filenode: string | null;
    lockable: boolean;
    unlogged: boolean;
    inherits: boolean;
    filtered: boolean;
    primaryKey: string[];
  }>(
    `SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
            pg_catalog.format('%I.%I', n.nspname, c.relname) AS sql,
            pg_catalog.pg_relation_filenode(c.oid)::pg_catalog.text AS filenode,
            c.relpersistence OPERATOR(pg_catalog.=) 'u' AS unlogged,
            c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v}'::pg_catalog."char"[])
              AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
              AS lockable,
            EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid OPERATOR(pg_catalog.=) c.oid
                       AND i.inhparent OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[])) AS inherits,
            pg_catalog.row_security_active(c.oid) AS filtered,
            ARRAY(SELECT a.attname::pg_catalog.text
                    FROM pg_catalog.pg_index i
                    CROSS JOIN pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k(attnum, place)
                    JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) i.indrelid
                     AND a.attnum OPERATOR(pg_catalog.=) k.attnum
                   WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid AND i.indisprimary ORDER BY k.place) AS "primaryKey"
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
      WHERE c.oid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[]) ORDER BY c.oid`,
    [oids],
  );
}

async function notFound(connection: PgConnection, name: string): Promise<TidemarkError> {
  const near = await nearestTables(connection, name);
  const quoted = near.find((one) => one.includes('"')) ?? '"Orders"';
  return new TidemarkError('source.not-found', `table: there is no "${name}" in this database`, {
    hint:
      near.length === 0
        ? 'This user sees no tables at all: is it the right database?'
        : `Nearest: ${near.join(', ')}. Names with capital letters need double quotes inside the option: --table '${quoted}'.`,
  });
}

/** Up to three names like `name`, written as `--table` takes them. */
export async function nearestTables(connection: PgConnection, name: string): Promise<string[]> {
  const rows = await connection.query<{ name: string; sql: string }>(
    `SELECT c.relname AS name, c.oid::pg_catalog.regclass::pg_catalog.text AS sql
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
      WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}'::pg_catalog."char"[]) AND NOT c.relispartition
        AND n.nspname OPERATOR(pg_catalog.!~) '^(pg_|information_schema$)'
        AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') ORDER BY 2 LIMIT 5000`,
  );
  const wanted = name.split('.').at(-1)!.replaceAll('"', '').toLowerCase();
  const remaining = new Map(rows.map((row) => [row.sql, row.name.toLowerCase()]));
  const near: string[] = [];
  while (near.length < 3 && remaining.size > 0) {
    const best = closest(wanted, [...remaining.values()]);
    const [sql] = [...remaining].find(([, candidate]) => candidate === best)!;
    near.push(sql);
    remaining.delete(sql);
  }
  return near;
}
