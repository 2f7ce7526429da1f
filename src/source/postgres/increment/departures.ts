import type { TableHorizon, TransactionHorizon } from '../../../core/horizon.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import type { Definitions } from '../definitions/watch.js';
import { changedDefinitions } from './definitions.js';
import { logPlace } from './identity.js';
import type { CurrentLeaf } from './leaves.js';
import type { CurrentTable } from './tables.js';

interface Now {
  readonly connection: PgConnection;
  readonly horizon: TransactionHorizon;
  readonly tables: readonly CurrentTable[];
  readonly definitions: Definitions;
  /** The condition for rows that the earlier moment could not see. */
  readonly unseen: string;
}

/** What has happened since an earlier moment that makes the transactions of rows say nothing, in words. */
export async function departuresFrom(before: TransactionHorizon, now: Now): Promise<string[]> {
  const problems = historyDepartures(before, now.horizon);
  // Of another database nothing else can be compared.
  if (problems.length > 0) return problems;
  problems.push(...changedDefinitions(before.definitions, now.definitions));
  for (const table of now.tables) {
    const earlier = before.tables.find(({ name }) => name === table.name);
    problems.push(...(earlier === undefined ? [`${table.name} was not part of it`] : tableDepartures(table, earlier)));
    if (earlier) problems.push(...(await rewrittenLeaves(table, earlier, now)));
  }
  return problems;
}

/** The leaves of a table that an earlier moment did not know: all their rows are new. */
export function leavesThatAreNew({ name, leaves }: CurrentTable, before: TransactionHorizon): readonly CurrentLeaf[] {
  const known = new Set(before.tables.find((table) => table.name === name)?.leaves.map(({ oid }) => oid));
  return leaves.filter(({ oid }) => !known.has(oid));
}

/** Ids mean the same in one history of one cluster alone: after a restore or a failover that lost commits they are given anew. */
function historyDepartures(before: TransactionHorizon, now: TransactionHorizon): string[] {
  if (before.system !== now.system) return [`it was read from another cluster (${before.system}, now ${now.system})`];
  if (before.database !== now.database) return ['it was read from another database of the cluster'];
  if (before.timeline !== now.timeline) {
    return [`the server was restored or failed over since (timeline ${before.timeline}, now ${now.timeline})`];
  }
  if (logPlace(now.lsn) < logPlace(before.lsn)) {
    return [`this server is behind it (log ${before.lsn}, now ${now.lsn}): a standby that lags, or a restored copy`];
  }
  if (BigInt(now.xmin) < BigInt(before.xmin) || BigInt(now.xmax) < BigInt(before.xmax)) {
    return [`this moment is before it (snapshot ${before.xmin}:${before.xmax}, now ${now.xmin}:${now.xmax})`];
  }
  return [];
}

function tableDepartures({ name, oid, filteredFor, leaves }: CurrentTable, before: TableHorizon): string[] {
  if (oid !== before.oid) return [`${name} is another table of that name`];
  const problems: string[] = [];
  if (filteredFor !== before.filteredFor) problems.push(`${name}: row-level security shows other rows than it did`);
  for (const leaf of leaves) {
    const earlier = before.leaves.find((one) => one.oid === leaf.oid);
    if (earlier?.gone) problems.push(`${leaf.name} was taken out of ${name} and put back`);
    else if (earlier && leaf.shapeBefore !== earlier.shape) problems.push(`columns of ${leaf.name} were changed`);
  }
  return problems;
}

/**
 * VACUUM FULL and CLUSTER write a table anew and keep which transaction wrote each row; ALTER TABLE makes all rows those of its
 * own. So where the file is another one, at least one row must look old.
 */
async function rewrittenLeaves(
  { name, sql, leaves }: CurrentTable,
  { leaves: earlier }: TableHorizon,
  { connection, unseen }: Now,
): Promise<string[]> {
  const problems: string[] = [];
  for (const leaf of leaves) {
    const known = earlier.find(({ oid }) => oid === leaf.oid);
    if (known === undefined || known.empty || known.file === leaf.file) continue;
    if (!(await hasRow(connection, leaf, sql, `NOT (${unseen})`)))
      problems.push(`${leaf.name} of ${name} was rewritten or emptied: all rows look new`);
  }
  return problems;
}

/** Whoever may read a table through its parent alone has all its parts looked through. */
async function hasRow(
  connection: PgConnection,
  { name, oid, isReadable }: CurrentLeaf,
  table: string,
  condition: string,
): Promise<boolean> {
  const from = isReadable ? `ONLY ${name}` : table;
  const [row] = await connection.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM ${from} AS t WHERE t.tableoid OPERATOR(pg_catalog.=) ${oid}::pg_catalog.oid AND ${condition}) AS found`,
    [],
    { doing: `looking whether ${name} was rewritten` },
  );
  return row!.found;
}
