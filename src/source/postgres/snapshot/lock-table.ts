import { TidemarkError } from '../../../core/errors.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import { withTree } from '../plan/inheritance.js';

/** The share of what is free that a run may take: other sessions lock too. */
const shareOfFree = 0.9;

interface LockTable {
  /** Relations with all their partitions and children, and their indexes: a session that reads them locks each. */
  readonly locksPerSession: number;
  /** Objects that can be locked at a time. Twice as many pairs of object and session fit. */
  readonly capacity: number;
  readonly perTransaction: number;
  readonly lockedNow: number;
  readonly pairsNow: number;
}

/**
 * How many sessions may read relations at a time without filling the server's lock table, which would make the statements
 * of others fail too: at least 2, the one that holds the moment and one lane.
 * @throws source.unsupported when not even those fit
 */
export async function sessionsByLocks(connection: PgConnection, relations: readonly number[]): Promise<number> {
  const { locksPerSession, capacity, perTransaction, lockedNow, pairsNow } = await readLockTable(connection, relations);
  if (locksPerSession === 0) return Infinity;
  const fits =
    locksPerSession <= shareOfFree * (capacity - lockedNow) &&
    2 * locksPerSession <= shareOfFree * (2 * capacity - pairsNow);
  if (!fits) {
    const wanted = Math.ceil((perTransaction * (2 * locksPerSession + lockedNow)) / (shareOfFree * capacity));
    throw new TidemarkError(
      'source.unsupported',
      `reading takes ${locksPerSession} locks in each session (tables, partitions, indexes), and the server's lock table has ` +
        `room for ${capacity} in all, of which ${lockedNow} are taken`,
      {
        hint: `Raise max_locks_per_transaction from ${perTransaction} to ${wanted} or more (the server must start anew), or read fewer partitions at a time.`,
      },
    );
  }
  return Math.max(2, Math.floor((shareOfFree * (capacity - lockedNow)) / locksPerSession));
}

/** What the server sizes the table by: everything that may be a process with locks, or a transaction without one (`InitProcGlobal`). */
const sessionSettings = [
  'max_connections',
  'autovacuum_max_workers',
  'max_worker_processes',
  'max_wal_senders',
  'max_prepared_transactions',
];

async function readLockTable(connection: PgConnection, relations: readonly number[]): Promise<LockTable> {
  const [row] = await connection.query<Record<keyof LockTable, number>>(
    `${withTree}
     SELECT (SELECT pg_catalog.count(*) FROM tree)::pg_catalog.int4 OPERATOR(pg_catalog.+)
              (SELECT pg_catalog.count(*) FROM pg_catalog.pg_index i JOIN tree ON i.indrelid OPERATOR(pg_catalog.=) tree.oid)::pg_catalog.int4
              AS "locksPerSession",
            pg_catalog.current_setting('max_locks_per_transaction')::pg_catalog.int4 AS "perTransaction",
            pg_catalog.current_setting('max_locks_per_transaction')::pg_catalog.int4 OPERATOR(pg_catalog.*)
              (SELECT pg_catalog.sum(s.setting::pg_catalog.int4) FROM pg_catalog.pg_settings s
                WHERE s.name OPERATOR(pg_catalog.=) ANY ('{${sessionSettings.join(',')}}'::pg_catalog.text[]))::pg_catalog.int4 AS capacity,
            (SELECT pg_catalog.count(DISTINCT l.relation) FROM pg_catalog.pg_locks l WHERE NOT l.fastpath)::pg_catalog.int4 AS "lockedNow",
            (SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks l WHERE NOT l.fastpath)::pg_catalog.int4 AS "pairsNow"`,
    [relations],
    { doing: "reading the size of the server's lock table" },
  );
  return row!;
}
