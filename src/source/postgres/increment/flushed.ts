import { setTimeout as sleep } from 'node:timers/promises';
import type { PgConnection } from '../../postgres-protocol/connection.js';

/** Milliseconds between two looks. */
const pause = 20;
/** The server writes the ends of transactions out within three of its delays (manual, "Asynchronous Commit"); one more for the clocks. */
const mostDelays = 4;

/** A place in the log, and when it was asked for, by `performance.now()`. */
export interface LogPlace {
  readonly lsn: string;
  readonly askedAt: number;
}

/**
 * Waits until the ends of all transactions before a place in the log are on the server's disk. One that was rolled back, or
 * committed without waiting, gets there a moment later; should the server crash before, its id is given to another one, whose
 * rows would look old. What a standby has replayed is on disk.
 *
 * Other records than those may wait in memory until a page is full, so it is not waited for the place alone.
 */
export async function untilEndsAreWritten(
  connection: PgConnection,
  { lsn, askedAt }: LogPlace,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const [row] = await connection.query<{ written: boolean; delay: number }>(
      `SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN true
                   ELSE pg_catalog.pg_current_wal_flush_lsn() OPERATOR(pg_catalog.>=) $1::pg_catalog.pg_lsn END AS written,
              (SELECT s.setting::pg_catalog.int4 FROM pg_catalog.pg_settings s
                WHERE s.name OPERATOR(pg_catalog.=) 'wal_writer_delay') AS delay`,
      [lsn],
      { doing: 'looking whether the log is written out' },
    );
    const { written, delay } = row!;
    if (written || performance.now() - askedAt > mostDelays * delay) return;
    await sleep(pause, undefined, { signal });
  }
}
