import { TidemarkError } from '../../../core/errors.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';

/** Milliseconds that one attempt waits for locks: whoever waits holds others up, who want no more than to read. */
const attemptMilliseconds = 2_000;

/** What one attempt may wait for locks, however many it takes. */
export class LockBudget {
  private readonly end = performance.now() + attemptMilliseconds;

  /** Limits each wait of what the connection's transaction does next to what is left. */
  async apply(connection: PgConnection): Promise<void> {
    await connection.query(`SET LOCAL lock_timeout = ${this.left()}`);
  }

  /**
   * Takes ACCESS SHARE on relations, in what is left for all of them. LOCK TABLE takes no snapshot, so what comes after sees
   * them as they are once nobody can change them any more. Views pass the lock on to what they read, parents to their children.
   * @param names quoted and qualified
   * @param statementTimeout that of the session, which is in force again afterwards
   * @throws source.locked
   */
  async lock(connection: PgConnection, names: readonly string[], statementTimeout: number): Promise<void> {
    if (names.length === 0) return;
    await this.apply(connection);
    const left = statementTimeout === 0 ? this.left() : Math.min(this.left(), statementTimeout);
    await connection.query(`SET LOCAL statement_timeout = ${left}`);
    const doing = `locking ${names.join(', ')}`;
    try {
      await connection.query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`, [], { doing });
    } catch (error) {
      const failure = TidemarkError.from(error);
      // Nothing but locks can have taken so long.
      if (failure.code !== 'source.timeout') throw failure;
      throw new TidemarkError('source.locked', `${doing}: not had in time`, { cause: failure });
    }
    await connection.query(`SET LOCAL statement_timeout = ${statementTimeout}`);
  }

  private left(): number {
    // 0 would be: no limit at all.
    return Math.max(1, Math.round(this.end - performance.now()));
  }
}

/** `lock_timeout` of who does not wait: its smallest value. */
export const withoutWaiting = 1;
/** `lock_timeout` where nothing that was planned is waited for, but what functions read by themselves. */
export const briefly = attemptMilliseconds;
