import type { PgConnection } from '../../postgres-protocol/connection.js';
import { unindexedCaution } from '../../unindexed.js';
import type { Subject } from '../plan/table.js';

/**
 * For people: a table whose rows are looked for by a column that no index begins with, so that the server looks at all of them in every run.
 * Of views, and of what a query reads, the server alone knows.
 */
export async function unindexedWarning(connection: PgConnection, subject: Subject): Promise<string[]> {
  const column = subject.request.cursor?.columns[0];
  if (column === undefined || !('relation' in subject)) return [];
  const { oid, sql } = subject.relation;
  const [found] = await connection.query<{ bytes: string }>(
    `SELECT COALESCE((SELECT pg_catalog.sum(pg_catalog.pg_relation_size(t.relid)) FROM pg_catalog.pg_partition_tree(c.oid) AS t),
                     pg_catalog.pg_relation_size(c.oid))::pg_catalog.text AS bytes
       FROM pg_catalog.pg_class c
      WHERE c.oid OPERATOR(pg_catalog.=) $1 AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,m}'::pg_catalog."char"[])
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a
              ON a.attrelid OPERATOR(pg_catalog.=) i.indrelid AND a.attnum OPERATOR(pg_catalog.=) i.indkey[0]
            WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid AND i.indisvalid AND i.indpred IS NULL
              AND a.attname OPERATOR(pg_catalog.=) $2::pg_catalog.name)`,
    [oid, column],
    { doing: 'looking for an index of the cursor' },
  );
  return unindexedCaution({ sql, bytes: Number(found?.bytes ?? 0) }, column);
}
