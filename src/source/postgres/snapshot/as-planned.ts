import { TidemarkError } from '../../../core/errors.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import { type CurrentRelation, currentNames, currentPartitions, lockedRelations } from './locked-relations.js';

/** The relations that the run reads, by what they are and not by name alone. Plain data. */
export interface PlannedRelations {
  readonly relations: readonly CurrentRelation[];
  /** Those of them that are partitioned tables. */
  readonly partitioned: readonly number[];
}

/** How what a transaction has read so far differs from the plan. */
interface Departure {
  /** What is not as it was, in words. */
  readonly changes: readonly string[];
  /** Relations that it holds locks on although the plan does not name them. */
  readonly unplanned: readonly CurrentRelation[];
}

/**
 * Looks whether names and trees are still what was planned. Locks do not hold them: a schema may be renamed, a partition
 * attached and a child made to inherit while a table is being read.
 */
export async function departureFrom(planned: PlannedRelations, connection: PgConnection): Promise<Departure> {
  const oids = planned.relations.map((relation) => relation.oid);
  const names = new Map((await currentNames(connection, oids)).map(({ oid, sql }) => [oid, sql]));
  const renamed = planned.relations.flatMap(({ oid, sql }) => {
    const now = names.get(oid);
    return now === sql ? [] : [now === undefined ? `${sql} is gone` : `${sql} is named ${now} now`];
  });
  const known = new Set(oids);
  const attached = (await currentPartitions(connection, planned.partitioned)).filter((oid) => !known.has(oid));
  const partitions = (await currentNames(connection, attached)).map(({ sql }) => `${sql} was attached as a partition`);
  const unplanned = (await lockedRelations(connection)).filter(({ oid }) => !known.has(oid));
  return { changes: [...renamed, ...partitions], unplanned };
}

/**
 * What a transaction of the held snapshot has read must be what was planned.
 * @param alone whether it was one statement, which reads everything at one moment. Functions in it may read relations that
 *   cannot be known before; those are given back, and must only be what they were at the snapshot
 * @throws source.changed
 */
export async function assertAsPlanned(
  planned: PlannedRelations,
  connection: PgConnection,
  alone: boolean,
): Promise<readonly CurrentRelation[]> {
  const { changes, unplanned } = await departureFrom(planned, connection);
  const others = alone
    ? await changedSinceSnapshot(connection, unplanned)
    : unplanned.map(({ sql }) => `${sql} was read, which was not part of it`);
  if (changes.length + others.length > 0) throw changedDuringRun([...changes, ...others]);
  return unplanned;
}

/**
 * Which of some relations, locked now, are not what they were at the snapshot, in words. `pg_class` is seen as of the
 * snapshot; the functions look into the catalog of this instant.
 */
async function changedSinceSnapshot(
  connection: PgConnection,
  relations: readonly CurrentRelation[],
): Promise<string[]> {
  if (relations.length === 0) return [];
  const rows = await connection.query<{ sql: string; before: string | null; rewritten: boolean }>(
    `SELECT o.identity AS sql,
            CASE WHEN n.oid IS NOT NULL THEN pg_catalog.format('%I.%I', n.nspname, c.relname) END AS before,
            COALESCE(pg_catalog.pg_relation_filenode(r.oid), 0) OPERATOR(pg_catalog.<>) c.relfilenode AS rewritten
       FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS r(oid)
       LEFT JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) r.oid
       LEFT JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace,
            LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_class'::pg_catalog.regclass, r.oid, 0) o`,
    [relations.map((relation) => relation.oid)],
  );
  return rows.flatMap(({ sql, before, rewritten }) => {
    if (before === null) return [`${sql}, which a function reads, was made since`];
    if (before !== sql) return [`${before}, which a function reads, is named ${sql} now`];
    return rewritten ? [`${sql}, which a function reads, was rewritten`] : [];
  });
}

/** What the plan has found and a lane does not find any more was changed in between; any other error is what it is. */
export function orChanged(error: unknown): unknown {
  const gone = error instanceof TidemarkError && error.code === 'source.not-found';
  return gone ? changedDuringRun([error.message]) : error;
}

/** @param changes what is not as it was, in words */
export function changedDuringRun(changes: readonly string[]): TidemarkError {
  const shown = changes.slice(0, 5).join('; ');
  const more = changes.length > 5 ? `; and ${changes.length - 5} more` : '';
  return new TidemarkError('source.changed', `what is read was changed during the run: ${shown}${more}`, {
    hint: 'Nothing was published. Run again when the change of the schema is done; keep such changes out of the time of the run.',
  });
}
