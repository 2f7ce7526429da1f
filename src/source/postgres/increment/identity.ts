import type { TransactionHorizon } from '../../../core/horizon.js';
import { TidemarkError } from '../../../core/errors.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';

/** Which history of which database a moment belongs to. */
export type HistoryIdentity = Pick<TransactionHorizon, 'timeline' | 'lsn' | 'database'>;

/**
 * Asked after the snapshot is taken, so that the place in the log is not before it. Undefined where this user may not ask.
 *
 * A server that writes tells its timeline with the name of its current log file. A standby tells the one that it was last sent
 * or the one of its last restart point, whichever is newer.
 */
export async function historyIdentity(
  connection: PgConnection,
  inRecovery: boolean,
): Promise<HistoryIdentity | undefined> {
  await connection.query('SAVEPOINT history');
  try {
    const [row] = await connection.query<{ timeline: string; lsn: string; database: string }>(
      `SELECT ${inRecovery ? replayed : written}, d.oid::pg_catalog.text AS database
         FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()`,
    );
    return row;
  } catch (error) {
    if (TidemarkError.from(error).code !== 'source.permission') throw error;
    await connection.query('ROLLBACK TO SAVEPOINT history');
    return undefined;
  }
}

/** The first eight digits of a log file's name are its timeline. */
const written = `('x' OPERATOR(pg_catalog.||) pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8))
                  ::pg_catalog."bit"(32)::pg_catalog.int8::pg_catalog.text AS timeline,
              pg_catalog.pg_current_wal_insert_lsn()::pg_catalog.text AS lsn`;

const replayed = `(SELECT GREATEST(c.timeline_id, (SELECT pg_catalog.max(r.received_tli) FROM pg_catalog.pg_stat_wal_receiver r))
                 FROM pg_catalog.pg_control_checkpoint() c)::pg_catalog.text AS timeline,
              pg_catalog.pg_last_wal_replay_lsn()::pg_catalog.text AS lsn`;

/** A place in the log, `16/B374D848`, as a number. */
export function logPlace(lsn: string): bigint {
  const [high, low] = lsn.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}
