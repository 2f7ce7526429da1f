import type { PgConnection } from '../../postgres-protocol/connection.js';

/** Objects with smaller ids come with the server: nobody swaps or rewrites them during a run. `FirstNormalObjectId`. */
export const firstOfUsers = 16384;

/** A relation as the catalog tells it now. */
export interface CurrentRelation {
  readonly oid: number;
  /** Schema and name, each quoted where it must be. */
  readonly sql: string;
}

/**
 * The relations that this transaction holds locks on, catalogs, indexes and TOAST tables apart. After planning a statement
 * these are all that it reads, through views and partitions too; after running it, also what functions have read.
 *
 * `pg_identify_object` looks into the catalog of this instant. A join with `pg_class` would look into that of the
 * transaction's snapshot, and miss a relation that was made since.
 */
export function lockedRelations(connection: PgConnection): Promise<CurrentRelation[]> {
  return connection.query<{ oid: number; sql: string }>(
    `SELECT l.relation AS oid, o.identity AS sql
       FROM (SELECT DISTINCT relation FROM pg_catalog.pg_locks
              WHERE pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() AND locktype OPERATOR(pg_catalog.=) 'relation'
                AND granted AND relation OPERATOR(pg_catalog.>=) ${firstOfUsers}::pg_catalog.oid
                AND database OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database
                                                      WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())) l,
            LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_class'::pg_catalog.regclass, l.relation, 0) o
      WHERE o.type OPERATOR(pg_catalog.=) ANY ('{table,view,materialized view,foreign table,sequence}'::pg_catalog.text[])
      ORDER BY l.relation`,
  );
}

/** The names of relations as they are now; those that are gone are missing. */
export function currentNames(connection: PgConnection, oids: readonly number[]): Promise<CurrentRelation[]> {
  return connection.query<{ oid: number; sql: string }>(
    `SELECT r.oid, o.identity AS sql
       FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS r(oid),
            LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_class'::pg_catalog.regclass, r.oid, 0) o
      WHERE o.identity IS NOT NULL`,
    [oids],
  );
}

/** The partitions, at every level, that partitioned tables have now; the tables themselves are among them. */
export async function currentPartitions(connection: PgConnection, roots: readonly number[]): Promise<number[]> {
  if (roots.length === 0) return [];
  const rows = await connection.query<{ oid: number }>(
    `SELECT DISTINCT t.relid::pg_catalog.oid AS oid
       FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS r(oid), LATERAL pg_catalog.pg_partition_tree(r.oid) t`,
    [roots],
  );
  return rows.map((row) => row.oid);
}
