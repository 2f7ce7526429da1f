import { TidemarkError } from '../../../core/errors.js';
import type { MysqlConnection } from '../connection/connection.js';

/**
 * The sessions of a moment. A session that is lost takes its view of the moment along, and none can join it: as long as one is left,
 * it reads what others did not.
 */
export class Sessions {
  /** Rejects when no session is left; never resolves. */
  readonly lost: Promise<never>;
  private readonly idle: MysqlConnection[];
  private readonly all: Set<MysqlConnection>;
  private readonly waiting: { resolve(session: MysqlConnection): void; reject(error: TidemarkError): void }[] = [];
  private lastError: TidemarkError | undefined;
  private lose: (error: TidemarkError) => void = () => undefined;

  constructor(sessions: readonly MysqlConnection[]) {
    this.idle = [...sessions];
    this.all = new Set(sessions);
    this.lost = new Promise<never>((_, reject) => (this.lose = reject));
    this.lost.catch(() => undefined);
    for (const session of sessions) {
      session.lost.catch((error: unknown) => this.remove(session, TidemarkError.from(error)));
    }
  }

  /** Does something in a session that nobody else uses meanwhile. @throws source.lost when none is left */
  async use<T>(work: (session: MysqlConnection) => Promise<T>): Promise<T> {
    const session = await this.take();
    try {
      return await work(session);
    } finally {
      if (session.isLost) this.all.delete(session);
      else this.give(session);
    }
  }

  async close(): Promise<void> {
    const closed = new TidemarkError('source.lost', 'the source was closed');
    for (const { reject } of this.waiting.splice(0)) reject(closed);
    this.lastError ??= closed;
    const sessions = [...this.all];
    this.all.clear();
    this.idle.length = 0;
    await Promise.all(sessions.map((session) => session.close()));
  }

  private take(): Promise<MysqlConnection> {
    const session = this.idle.shift();
    if (session) return Promise.resolve(session);
    if (this.all.size === 0) return Promise.reject(this.gone());
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  private give(session: MysqlConnection): void {
    if (!this.all.has(session)) return;
    const next = this.waiting.shift();
    if (next) next.resolve(session);
    else this.idle.push(session);
  }

  private remove(session: MysqlConnection, error: TidemarkError): void {
    this.all.delete(session);
    const at = this.idle.indexOf(session);
    if (at >= 0) this.idle.splice(at, 1);
    this.lastError = error;
    if (this.all.size > 0) return;
    const gone = this.gone();
    for (const { reject } of this.waiting.splice(0)) reject(gone);
    this.lose(gone);
  }

  private gone(): TidemarkError {
    const { code = 'source.lost', message = 'the connection broke' } = this.lastError ?? {};
    return new TidemarkError(code, `the snapshot is gone with its last session: ${message}`, {
      hint: this.lastError?.hint ?? 'Run again.',
    });
  }
}
