import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { TidemarkError } from '../../core/errors.js';
import { sendCancel } from './cancel.js';
import { type ErrorContext, fromPg } from './errors/from-pg.js';
import type { HostSettings, PostgresSettings } from './settings.js';
import type { Receiver, Wire } from '../../machine/wire.js';

/** Milliseconds that the server may take to answer a question that is not about rows. */
const questionLimit = 10 * 60_000;
/** Milliseconds that the server may take to end a session. */
const goodbyeLimit = 2_000;

export interface ConnectOptions {
  readonly signal: AbortSignal;
  /** Ends the session's `application_name`: `tidemark lane`. */
  readonly purpose?: string;
  /** Milliseconds that the server may be silent while an answer is awaited; absent: as long as it likes. */
  readonly stallLimit?: number;
}

/** A session with the server: a pg client for small statements, whose incoming bytes can be taken over. */
export class PgConnection {
  /** Rejects with the mapped error when the connection breaks; never resolves. */
  readonly lost: Promise<never>;
  private running = 0;
  private closing = false;
  private readonly signal: AbortSignal;
  private readonly stallLimit: number;
  /** What the server is asked for now. */
  private asked: { readonly doing: string | undefined; readonly limit: number } = { doing: undefined, limit: 0 };

  constructor(
    readonly client: pg.Client,
    private readonly wire: Wire,
    /** The settings, reduced to the host (and its address) that answered. */
    readonly settings: PostgresSettings,
    { signal, stallLimit = 0 }: ConnectOptions,
  ) {
    this.signal = signal;
    this.stallLimit = stallLimit;
    let lose: (error: TidemarkError) => void;
    this.lost = new Promise<never>((_, reject) => (lose = reject));
    this.lost.catch(() => undefined);
    const broken = (error: unknown): void => {
      if (!this.closing) lose(signal.aborted ? abortError(signal) : fromPg(error, this.doing));
    };
    client.on('error', broken);
    client.on('end', () => broken(new Error('Connection terminated unexpectedly')));
    const abort = (): void => this.abort();
    signal.addEventListener('abort', abort, { once: true });
    client.on('end', () => signal.removeEventListener('abort', abort));
    wire.onStall(() => this.stalled());
  }

  get host(): HostSettings {
    return this.settings.hosts[0]!;
  }

  get encrypted(): boolean {
    return this.wire.encrypted;
  }

  /** Runs a small statement and returns its rows. @throws source.* with `context`; the signal's reason after an abort */
  async query<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
    context: ErrorContext = {},
  ): Promise<Row[]> {
    const limit = Math.min(this.stallLimit, questionLimit);
    return this.run(() => this.ask<Row>(text, values), context, limit);
  }

  /** Inside of {@link run}: sends a statement and gives its rows. */
  ask<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    // By a callback: pg's own promise has nobody who takes its end where the sending of a message fails.
    return new Promise((resolve, reject) => {
      this.client.query<Row>(text, [...values], (error: Error | undefined, result) => {
        if (error) reject(error);
        else resolve(result.rows);
      });
    });
  }

  /** Awaits work on {@link client}; its errors come out as those of {@link query}. */
  async run<T>(work: () => Promise<T>, context: ErrorContext = {}, stallLimit = this.stallLimit): Promise<T> {
    this.signal.throwIfAborted();
    this.running += 1;
    this.asked = { doing: context.doing, limit: stallLimit };
    this.wire.limitSilence(stallLimit);
    try {
      return await work();
    } catch (error) {
      if (this.signal.aborted) throw abortError(this.signal);
      throw fromPg(error, context);
    } finally {
      this.running -= 1;
      this.wire.limitSilence(0);
    }
  }

  /** Inside of {@link run}: waits for something else than the server, whose silence does not count meanwhile. */
  async awaitOther<T>(other: Promise<T>): Promise<T> {
    this.wire.limitSilence(0);
    try {
      return await other;
    } finally {
      this.wire.limitSilence(this.asked.limit);
    }
  }

  /** See {@link Wire.takeOver}. Send the query (`client.query`, or a Submittable) first or after; no bytes get lost. */
  takeOver(receiver: Receiver): () => void {
    this.wire.takeOver(receiver);
    this.running += 1;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.running -= 1;
      this.wire.release();
    };
  }

  feedParser(bytes: Uint8Array): void {
    this.wire.feedParser(bytes);
  }

  pause(): void {
    this.wire.pause();
  }

  resume(): void {
    this.wire.resume();
  }

  /** Asks the server, over a second connection, to stop the running statement. Never throws. */
  async cancel(): Promise<void> {
    await sendCancel(this.client, this.host);
  }

  /** Ends the session; at once if a statement is running, and within seconds where the server does not answer. Never throws. */
  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    if (this.running > 0) {
      await this.cancel();
      this.wire.socket.destroy();
      return;
    }
    const ended = new AbortController();
    const late = sleep(goodbyeLimit, undefined, { signal: ended.signal }).catch(() => undefined);
    await Promise.race([this.client.end().catch(() => undefined), late]);
    ended.abort();
    this.wire.socket.destroy();
  }

  private get doing(): ErrorContext {
    const { doing } = this.asked;
    if (this.running === 0) return { doing: 'a session that waited for its next statement' };
    return doing === undefined ? {} : { doing };
  }

  private stalled(): void {
    const { doing, limit } = this.asked;
    const what = doing === undefined ? '' : `${doing}: `;
    this.wire.socket.destroy(
      new TidemarkError('source.timeout', `${what}nothing came from the server for ${limit / 1000} s`, {
        hint: 'The server, or something on the way to it, has stopped without closing the connection. Where it is a query that thinks for longer before its first row, raise --stall-limit.',
      }),
    );
  }

  private abort(): void {
    const leave = (): void => void this.wire.socket.destroy(abortError(this.signal));
    // A pooler knows of the statement only as long as the session is there.
    if (this.running > 0) void this.cancel().then(leave);
    else leave();
  }
}

function abortError(signal: AbortSignal): TidemarkError {
  return TidemarkError.from(signal.reason);
}
