import { randomUUID } from 'node:crypto';
import { BroadcastChannel } from 'node:worker_threads';
import { type ErrorMessage, TidemarkError } from '../../../core/errors.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import type { ErrorContext } from '../../postgres-protocol/errors/context.js';
import type { ColumnFacts } from '../../postgres-protocol/describe.js';
import { assertDescribedAs } from '../../postgres-protocol/as-described.js';
import { type Ring, RingWriter } from '../../ring.js';
import { RunningRows } from '../../postgres-protocol/running-rows.js';

/** What a lane asks for: the rows of a statement, into a ring. */
export interface RowsAsked {
  readonly sql: string;
  readonly values: readonly string[];
  /** The columns that its rows must have; undefined: it gives none. */
  readonly columns: readonly ColumnFacts[] | undefined;
  readonly ring: Ring;
  readonly context: ErrorContext;
}

/** From lanes. */
type Request = { readonly call: string } & (
  | ({ readonly ask: 'rows' } & RowsAsked)
  | { readonly ask: 'others'; readonly bytes: Uint8Array; readonly isLast: boolean }
  | { readonly ask: 'drop' }
);

/** To a lane: the rows have ended, or why not. */
interface Answer {
  readonly to: string;
  readonly error?: ErrorMessage;
}

/**
 * Where lanes, in whatever threads they are, ask for rows. There is one session, since no other can join its moment; it stays in the thread that
 * began it, and bytes go to lanes through shared memory.
 */
export class RowsDesk {
  readonly name = `tidemark redshift ${randomUUID()}`;
  private readonly channel = new BroadcastChannel(this.name);
  private isClosed = false;
  private readonly running = new Map<string, RunningRows>();
  /** One statement after the other. */
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly connection: PgConnection) {
    this.channel.onmessage = (event): void => {
      const { data } = event as { readonly data: Request | Answer };
      if (!('to' in data)) this.serve(data);
    };
    this.channel.unref();
  }

  close(): void {
    this.isClosed = true;
    this.channel.close();
  }

  private serve(request: Request): void {
    const current = this.running.get(request.call);
    if (request.ask === 'rows') this.turn = this.turn.then(() => this.answer(request.call, request));
    else if (request.ask === 'others') current?.others(request.bytes, request.isLast);
    else if (current !== undefined) void this.connection.close();
  }

  private async answer(call: string, asked: RowsAsked): Promise<void> {
    try {
      await this.send(call, asked);
      this.say({ to: call });
    } catch (error) {
      new RingWriter(asked.ring).close();
      this.say({ to: call, error: asLast(error).toMessage() });
    }
  }

  private async send(call: string, { sql, values, columns, ring, context }: RowsAsked): Promise<void> {
    if (columns === undefined) {
      await this.connection.query(sql, values, context);
      return;
    }
    await assertDescribedAs(columns, this.connection, sql, context);
    const rows = new RunningRows(this.connection, { values, ring: new RingWriter(ring), context });
    this.running.set(call, rows);
    try {
      await rows.finished;
    } finally {
      this.running.delete(call);
    }
  }

  private say(answer: Answer): void {
    if (!this.isClosed) this.channel.postMessage(answer);
  }
}

/** A transaction in which a statement has failed runs no other, and none can join its moment: nothing is tried again. */
function asLast(error: unknown): TidemarkError {
  const { code, message, hint } = TidemarkError.from(error);
  return new TidemarkError(code, message, hint === undefined ? {} : { hint });
}

/** A lane's way to the desk. */
export class RowsClient {
  private readonly channel: BroadcastChannel;
  private readonly waiting = new Map<string, (answer: Answer) => void>();

  constructor(name: string) {
    this.channel = new BroadcastChannel(name);
    this.channel.onmessage = (event): void => {
      const { data } = event as { readonly data: Request | Answer };
      if ('to' in data) this.waiting.get(data.to)?.(data);
    };
  }

  /** Asks for rows. `done` resolves when the server has sent all of them and the last of the {@link others} was handed over. @throws source.* */
  rows(asked: RowsAsked): { readonly call: string; readonly done: Promise<void> } {
    const call = randomUUID();
    const done = new Promise<void>((resolve, reject) => {
      this.waiting.set(call, ({ error }) => {
        this.waiting.delete(call);
        if (error) reject(TidemarkError.fromMessage(error));
        else resolve();
      });
    });
    done.catch(() => undefined);
    this.channel.postMessage({ call, ask: 'rows', ...asked } satisfies Request);
    return { call, done };
  }

  /** Messages that are no rows, which are for the client. */
  others(call: string, bytes: Uint8Array, isLast: boolean): void {
    this.channel.postMessage({ call, ask: 'others', bytes, isLast } satisfies Request);
  }

  /** The rows cannot be followed to their end: the session is of no use any more. */
  drop(call: string): void {
    this.channel.postMessage({ call, ask: 'drop' } satisfies Request);
  }

  close(): void {
    this.channel.close();
  }
}
