import { createHash } from 'node:crypto';
import type { TransactionHorizon } from '../../../core/horizon.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import { policyFacts } from '../plan/policies.js';
import type { Relation } from '../plan/relations.js';
import type { Subject } from '../plan/table.js';
import { type CurrentLeaf, leavesOf } from './leaves.js';

/** A table of the request as it is now. */
export interface CurrentTable {
  /** Its name in the version. */
  readonly name: string;
  readonly oid: string;
  /** `schema.name`, for people. */
  readonly sql: string;
  readonly filteredFor?: string;
  readonly leaves: readonly CurrentLeaf[];
}

/** The tables, and why the transactions of rows say nothing of some of what is read. */
export async function currentTables(
  connection: PgConnection,
  subjects: readonly Subject[],
  before: TransactionHorizon | undefined,
): Promise<{ readonly tables: readonly CurrentTable[]; readonly unable: readonly string[] }> {
  const tables: CurrentTable[] = [];
  const unable: string[] = [];
  for (const subject of subjects) {
    const { name } = subject.request;
    if (!('relation' in subject)) {
      unable.push(`${name} is a query`);
      continue;
    }
    const { relation } = subject;
    const filter = await filterOf(connection, relation);
    const earlier = before?.tables.find((table) => table.name === name);
    const leaves = await leavesOf(connection, relation.oid, earlier);
    const others = leaves.filter(({ isHeap }) => !isHeap);
    if (others.length > 0) unable.push(`${others[0]!.name} is no table with rows of its own`);
    if (filter === 'unsteady') unable.push(`row-level security of ${relation.sql} depends on time or other tables`);
    const filteredFor = filter === undefined ? {} : { filteredFor: filter };
    tables.push({ name, oid: String(relation.oid), sql: relation.sql, ...filteredFor, leaves });
  }
  return { tables, unable };
}

/** Hash of who reads and with which settings; undefined: all rows are seen. */
async function filterOf(connection: PgConnection, relation: Relation): Promise<string | undefined> {
  if (!relation.filtered) return undefined;
  const { settings, unsteady } = await policyFacts(connection, relation.oid);
  if (unsteady.length > 0) return 'unsteady';
  const rows = await connection.query<{ user: string; name: string | null; value: string | null }>(
    `SELECT current_user AS "user", s.name, pg_catalog.current_setting(s.name, true) AS value
       FROM (SELECT 1) AS one LEFT JOIN pg_catalog.unnest($1::pg_catalog.text[]) AS s(name) ON true ORDER BY s.name`,
    [settings],
  );
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex').slice(0, 16);
}
