import { setTimeout as sleep } from 'node:timers/promises';
import { TidemarkError } from '../../../core/errors.js';
import type { PgConnection } from '../connection/connection.js';

/** Milliseconds: the server writes its log out within three times `wal_writer_delay`, which is 10 s at most. */
const longest = 35_000;
const pause = 50;

/**
 * Waits until the log is on the server's disk up to a place. The end of a transaction that was rolled back, or committed without
 * waiting, is there a moment later; should the server crash before, its id is given to another one, whose rows would look old.
 * What a standby has replayed is on disk.
 * @throws source.snapshot where it does not come to that
 */
export async function untilFlushed(connection: PgConnection, lsn: string, signal: AbortSignal): Promise<void> {
  const end = performance.now() + longest;
  while (!(await isFlushed(connection, lsn))) {
    if (performance.now() > end) {
      throw new TidemarkError('source.snapshot', `the server has not written its log out up to ${lsn}`, {
        hint: 'Until it has, a crash could give ids of transactions again. Run again; if it happens again, look into the log of the server.',
        retryable: true,
      });
    }
    await sleep(pause, undefined, { signal });
  }
}

async function isFlushed(connection: PgConnection, lsn: string): Promise<boolean> {
  const [row] = await connection.query<{ flushed: boolean }>(
    `SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN true
                 ELSE pg_catalog.pg_current_wal_flush_lsn() OPERATOR(pg_catalog.>=) $1::pg_catalog.pg_lsn END AS flushed`,
    [lsn],
    { doing: 'looking whether the log is written out' },
  );
  return row!.flushed;
}
