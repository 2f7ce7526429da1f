import type { LeafHorizon, TableHorizon } from '../../../core/horizon.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import { withTree } from '../plan/inheritance.js';

/** A leaf as it is now. */
export interface CurrentLeaf extends LeafHorizon {
  /** Rows lie in PostgreSQL's own heap, where each has the id of the transaction that wrote it. */
  readonly isHeap: boolean;
  /** It may be read by itself, and not only as a part of its table. */
  readonly isReadable: boolean;
  /** The hash of as many columns as an earlier moment knew. */
  readonly shapeBefore: string;
}

/**
 * The parts of a table that hold rows: itself, or its partitions and children.
 *
 * The hash is of the columns' places, names and types, dropped ones too: a column that is dropped and made again has another
 * place. Lengths and digits of types are left out: a longer varchar changes no value, and whether a type fits its column in
 * the files is looked at apart.
 * @param before the table at an earlier moment
 */
export async function leavesOf(
  connection: PgConnection,
  oid: number,
  before: Pick<TableHorizon, 'leaves'> | undefined,
): Promise<CurrentLeaf[]> {
  const known = before?.leaves ?? [];
  const rows = await connection.query<{
    oid: string;
    name: string;
    file: string | null;
    columns: number;
    shape: string;
    shapeBefore: string;
    isHeap: boolean;
    isReadable: boolean;
    empty: boolean;
  }>(
    `${withTree}
     SELECT c.oid::pg_catalog.text AS oid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
            pg_catalog.pg_relation_filenode(c.oid)::pg_catalog.text AS file, s.columns, s.shape, s."shapeBefore",
            c.relkind OPERATOR(pg_catalog.=) 'r' AND m.amname OPERATOR(pg_catalog.=) 'heap' AS "isHeap",
            pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS "isReadable",
            pg_catalog.pg_relation_size(c.oid) OPERATOR(pg_catalog.=) 0 AS empty
       FROM tree JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) tree.oid
       JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
       LEFT JOIN pg_catalog.pg_am m ON m.oid OPERATOR(pg_catalog.=) c.relam
       LEFT JOIN ROWS FROM (pg_catalog.unnest($2::pg_catalog.oid[]), pg_catalog.unnest($3::pg_catalog.int4[])) AS k(oid, columns)
         ON k.oid OPERATOR(pg_catalog.=) c.oid,
            LATERAL (SELECT pg_catalog.max(a.attnum)::pg_catalog.int4 AS columns, ${hashOf('true')} AS shape,
                            ${hashOf('k.columns IS NULL OR a.attnum OPERATOR(pg_catalog.<=) k.columns')} AS "shapeBefore"
                       FROM pg_catalog.pg_attribute a
                      WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.>) 0) s
      WHERE c.relkind OPERATOR(pg_catalog.<>) 'p' ORDER BY c.oid`,
    [[oid], known.map((leaf) => leaf.oid), known.map((leaf) => leaf.columns)],
    { doing: 'looking what the table consists of' },
  );
  return rows.map(({ file, empty, ...leaf }) => ({ ...leaf, file: file ?? '', ...(empty && { empty }) }));
}

function hashOf(condition: string): string {
  return `pg_catalog.encode(pg_catalog.substr(pg_catalog.sha256(pg_catalog.convert_to(COALESCE(pg_catalog.string_agg(
                pg_catalog.jsonb_build_array(a.attnum, a.attname, a.atttypid, a.attisdropped, a.attcollation)::pg_catalog.text, ',' ORDER BY a.attnum)
              FILTER (WHERE ${condition}), ''), 'UTF8')), 1, 8), 'hex')`;
}
