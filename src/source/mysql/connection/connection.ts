import type { Connection, FieldPacket } from 'mysql2';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidemarkError } from '../../../core/errors.js';
import type { Wire } from '../../../machine/wire.js';
import type { FieldFacts } from '../plan/field-types.js';
import { type ErrorContext, fromMysql } from './errors.js';
import type { MysqlSettings } from './settings/shape.js';

/** Milliseconds that the server may take to answer a question that is not about rows. */
const questionLimit = 10 * 60_000;
/** Milliseconds that the server may take to end a session. */
const goodbyeLimit = 2_000;

export interface ConnectOptions {
  readonly signal: AbortSignal;
  /** Ends the session's `program_name`: `tidemark lane`. */
  readonly purpose: string;
  /** Milliseconds that the server may be silent while an answer is awaited; 0: as long as it likes. */
  readonly stallLimit: number;
}

/** Stops what a session runs, by another one. Never throws, and takes seconds at most. */
export type KillQuery = (session: number) => Promise<void>;

/** A statement that the server has looked at, and not run. */
export interface Statement {
  readonly columns: readonly FieldFacts[];
  readonly prepared: PreparedStatement;
}

/** What mysql2 has of a prepared statement. */
export interface PreparedStatement {
  readonly columns: readonly FieldPacket[];
  execute(values: readonly unknown[], callback: (error: Error | null) => void): unknown;
}

/** A session with the server: a client for small statements, whose incoming bytes can be taken over. */
export class MysqlConnection {
  /** Rejects with the mapped error when the connection breaks; never resolves. */
  readonly lost: Promise<never>;
  isLost = false;
  private running = 0;
  private closing = false;
  private limit = 0;
  private readonly signal: AbortSignal;
  private readonly stallLimit: number;
  private readonly kill: KillQuery;

  constructor(
    readonly client: Connection,
    readonly wire: Wire,
    /** The settings, with the address that answered. */
    readonly settings: MysqlSettings,
    { signal, stallLimit, kill }: ConnectOptions & { readonly kill: KillQuery },
  ) {
    this.kill = kill;
    this.signal = signal;
    this.stallLimit = stallLimit;
    let lose: (error: TidemarkError) => void;
    this.lost = new Promise<never>((_, reject) => (lose = reject));
    this.lost.catch(() => undefined);
    const broken = (error: unknown): void => {
      if (this.closing) return;
      this.isLost = true;
      lose(signal.aborted ? TidemarkError.from(signal.reason) : fromMysql(error));
    };
    client.on('error', broken);
    wire.socket.on('error', broken);
    wire.socket.on('close', () => broken(Object.assign(new Error('the connection ended'), { code: 'ECONNRESET' })));
    const abort = (): void => this.abort();
    signal.addEventListener('abort', abort, { once: true });
    wire.socket.on('close', () => signal.removeEventListener('abort', abort));
    wire.onStall(() => this.stalled());
  }

  /** The number by which the server knows the session. */
  get id(): number {
    return this.client.threadId!;
  }

  /** Runs a small statement and returns its rows, values as text or numbers. @throws source.* with `context` */
  query<Row extends object>(sql: string, values: readonly unknown[] = [], context: ErrorContext = {}): Promise<Row[]> {
    return this.ask((answer) => this.client.query(sql, [...values], answer), context);
  }

  /** Runs a small prepared statement, whose values the server is given apart from it. */
  execute<Row extends object>(sql: string, values: readonly string[], context: ErrorContext = {}): Promise<Row[]> {
    return this.ask((answer) => this.client.execute(sql, [...values], answer), context);
  }

  /** Has the server look at a statement. @throws source.* as the server says it */
  async prepare(sql: string, context: ErrorContext): Promise<Statement> {
    const prepared = await this.ask<PreparedStatement>((answer) => this.client.prepare(sql, answer), context);
    return { columns: prepared.columns.map(factsOf), prepared };
  }

  /** Asks something that is not about rows. */
  private ask<T>(
    question: (answer: (error: Error | null, found: unknown) => void) => unknown,
    context: ErrorContext,
  ): Promise<T> {
    const answered = new Promise<T>((resolve, reject) => {
      question((error, found) => {
        if (error) reject(error);
        else resolve(found as T);
      });
    });
    return this.run(() => answered, context, Math.min(this.stallLimit, questionLimit));
  }

  /** Awaits work on {@link client}; its errors come out as those of {@link query}. */
  async run<T>(work: () => Promise<T>, context: ErrorContext = {}, stallLimit = this.stallLimit): Promise<T> {
    this.signal.throwIfAborted();
    this.running += 1;
    this.limit = stallLimit;
    this.wire.limitSilence(stallLimit);
    try {
      return await Promise.race([work(), this.lost]);
    } catch (error) {
      if (this.signal.aborted) throw TidemarkError.from(this.signal.reason);
      throw fromMysql(error, context);
    } finally {
      this.running -= 1;
      this.wire.limitSilence(0);
    }
  }

  /** Stops the statement that runs: a server notices that nobody listens any more only when it has something to send. Never throws. */
  async cancel(): Promise<void> {
    await this.kill(this.id);
  }

  /** Breaks the connection: nobody knows what state it is in. */
  destroy(): void {
    this.wire.socket.destroy(new TidemarkError('source.lost', 'the connection was given up', { retryable: true }));
  }

  /** Ends the session; after a statement that is running was stopped, and within seconds where the server does not answer. Never throws. */
  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    if (this.running > 0 && !this.isLost) await this.cancel();
    else if (!this.isLost) {
      const ended = new AbortController();
      const late = sleep(goodbyeLimit, undefined, { signal: ended.signal }).catch(() => undefined);
      await Promise.race([new Promise<void>((resolve) => this.client.end(() => resolve())), late]);
      ended.abort();
    }
    this.wire.socket.destroy();
  }

  private abort(): void {
    const leave = (): void => void this.wire.socket.destroy(TidemarkError.from(this.signal.reason));
    if (this.running > 0) void this.cancel().then(leave);
    else leave();
  }

  private stalled(): void {
    this.wire.socket.destroy(
      new TidemarkError('source.timeout', `nothing came from the server for ${this.limit / 1000} s`, {
        hint: 'The server, or something on the way to it, has stopped without closing the connection. Where it is a query that thinks for longer before its first row, raise --stall-limit.',
      }),
    );
  }
}

/** What a column definition says. */
export function factsOf(field: FieldPacket): FieldFacts {
  const { name, columnType, type, flags, characterSet, columnLength, decimals } = field as FieldPacket & {
    readonly characterSet: number;
    readonly columnLength: number;
  };
  return {
    name,
    type: columnType ?? type!,
    flags: typeof flags === 'number' ? flags : 0,
    characterSet,
    length: columnLength,
    decimals: decimals ?? 0,
  };
}
