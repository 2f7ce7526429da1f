import { closest } from 'fastest-levenshtein';
import { TidemarkError } from '../../core/errors.js';
import type { PgConnection } from './connect.js';

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
  /** Row-level security filters what this user sees. */
  readonly filtered: boolean;
}

/** What `--table` cannot mean. */
const refusedKinds: Readonly<Record<string, string>> = {
  i: 'an index',
  I: 'an index',
  c: 'a composite type',
  t: 'a TOAST table',
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
  const [row] = await connection.query<{ oid: number | null }>('SELECT to_regclass($1)::oid AS oid', [name], {
    doing: `table "${name}"`,
  });
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
    filtered: boolean;
  }>(
    `SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind, format('%I.%I', n.nspname, c.relname) AS sql,
            pg_relation_filenode(c.oid)::text AS filenode, c.relpersistence = 'u' AS unlogged,
            c.relkind IN ('r', 'p', 'v') AND has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')
              AS lockable,
            row_security_active(c.oid) AS filtered
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid = ANY ($1::oid[]) ORDER BY c.oid`,
    [oids],
  );
}

/**
 * The relations that this transaction holds locks on, catalogs and indexes apart. After planning a statement these are all
 * that it reads, through views and partitions too; only what functions read by themselves cannot be known.
 */
export async function heldRelations(connection: PgConnection): Promise<number[]> {
  const rows = await connection.query<{ oid: number }>(
    `SELECT DISTINCT l.relation AS oid
       FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.granted
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      ORDER BY 1`,
  );
  return rows.map((row) => row.oid);
}

async function notFound(connection: PgConnection, name: string): Promise<TidemarkError> {
  const near = await nearestTables(connection, name);
  return new TidemarkError('source.not-found', `table: there is no "${name}" in this database`, {
    hint:
      near.length === 0
        ? 'This user sees no tables at all: is it the right database?'
        : `Nearest: ${near.join(', ')}. Names with capital letters need double quotes inside the option: --table '"Orders"'.`,
  });
}

/** Up to three names like `name`, written as `--table` takes them. */
export async function nearestTables(connection: PgConnection, name: string): Promise<string[]> {
  const rows = await connection.query<{ name: string; sql: string }>(
    `SELECT c.relname AS name, c.oid::regclass::text AS sql
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
        AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
        AND has_schema_privilege(n.oid, 'USAGE') ORDER BY 2 LIMIT 5000`,
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

/**
 * Waits for ACCESS SHARE on relations, up to `lock_timeout`. LOCK TABLE takes no snapshot, so what comes after sees them
 * as they are once nobody can change them any more. Views pass the lock on to what they read, parents to their children.
 * @throws source.locked
 */
export async function lockRelations(connection: PgConnection, relations: readonly Relation[]): Promise<void> {
  if (relations.length === 0) return;
  const names = relations.map((relation) => relation.sql);
  await connection.query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`, [], {
    doing: `locking ${names.join(', ')}`,
  });
}

/**
 * The sessions that hold exclusive locks on any table of this database, in words; undefined where none is seen. What they
 * run is not shown: values may stand in it.
 */
export async function lockHolders(connection: PgConnection): Promise<string | undefined> {
  const rows = await connection.query<{ text: string }>(
    `SELECT DISTINCT format('pid %s%s%s has %s on %s%s', l.pid, ' (' || NULLIF(a.application_name, '') || ')',
              ' of user ' || a.usename, l.mode, l.relation::regclass,
              ', its transaction is open for ' || (EXTRACT(epoch FROM clock_timestamp() - a.xact_start))::int || ' s') AS text
       FROM pg_locks l JOIN pg_class c ON c.oid = l.relation LEFT JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.mode = 'AccessExclusiveLock' AND l.granted AND l.pid <> pg_backend_pid() AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return rows.length === 0 ? undefined : rows.map((row) => row.text).join('; ');
}
