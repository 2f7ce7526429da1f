import { randomUUID } from 'node:crypto';
import { BroadcastChannel } from 'node:worker_threads';
import { type ErrorMessage, TidemarkError } from '../../../core/errors.js';
import type { MysqlConnection } from '../connection/connection.js';
import type { ErrorContext } from '../connection/errors.js';
import type { FieldFacts } from '../plan/field-types.js';
import { assertSent } from '../plan/sent.js';
import { type Ring, RingWriter } from '../../ring.js';
import { RunningRows } from './running-rows.js';
import type { Sessions } from './sessions.js';

/** What a lane asks for: the rows of a statement, into a ring. */
export interface RowsAsked {
  readonly sql: string;
  readonly values: readonly unknown[];
  /** The columns that its rows must have. */
  readonly columns: readonly FieldFacts[];
  readonly ring: Ring;
  readonly context: ErrorContext;
}

/** From lanes. */
type Request = { readonly lane: string; readonly call: number } & (
  | ({ readonly ask: 'rows' } & RowsAsked)
  | { readonly ask: 'stop' | 'drop' }
  | { readonly ask: 'ended'; readonly packet: Uint8Array }
);

/** To a lane: the rows have ended, or why not. */
interface Answer {
  readonly to: string;
  readonly call: number;
  readonly error?: ErrorMessage;
}

/**
 * Where lanes, in whatever threads they are, ask for rows. The sessions stay in the thread that began the moment, since no
 * connection can go to another thread and none can join a moment later; bytes go to lanes through shared memory.
 */
export class Desk {
  readonly name = `tidemark mysql ${randomUUID()}`;
  private readonly channel = new BroadcastChannel(this.name);
  private isClosed = false;
  /** What runs now, by lane and call. */
  private readonly running = new Map<string, { readonly session: MysqlConnection; readonly rows: RunningRows }>();

  constructor(private readonly sessions: Sessions) {
    this.channel.onmessage = (event): void => {
      const request = (event as { readonly data: Request | Answer }).data;
      if (!('to' in request)) this.serve(request);
    };
    this.channel.unref();
  }

  close(): void {
    this.isClosed = true;
    this.channel.close();
  }

  private say(answer: Answer): void {
    if (!this.isClosed) this.channel.postMessage(answer);
  }

  private serve(request: Request): void {
    const key = keyOf(request);
    const current = this.running.get(key);
    if (request.ask === 'rows') void this.answer(request, key, request);
    else if (request.ask === 'ended') current?.rows.end(request.packet);
    else if (request.ask === 'stop' && current) void current.session.cancel();
    else current?.session.destroy();
  }

  private async answer({ lane, call }: Request, key: string, asked: RowsAsked): Promise<void> {
    const to = { to: lane, call } satisfies Answer;
    try {
      await this.sessions.use((session) => this.send(session, key, asked));
      this.say(to);
    } catch (error) {
      new RingWriter(asked.ring).close();
      this.say({ ...to, error: TidemarkError.from(error).toMessage() });
    }
  }

  private async send(session: MysqlConnection, key: string, asked: RowsAsked): Promise<void> {
    const { sql, values, columns, context } = asked;
    const { prepared } = await session.prepare(sql, context);
    const ring = new RingWriter(asked.ring);
    const check = (sent: readonly FieldFacts[]): void => assertSent(sent, columns);
    const rows = new RunningRows(session, { prepared, values, ring, check, context });
    this.running.set(key, { session, rows });
    try {
      await rows.finished;
    } finally {
      this.running.delete(key);
    }
  }
}

/** A lane's way to the desk. */
export class DeskClient {
  private readonly lane = randomUUID();
  private readonly channel: BroadcastChannel;
  private calls = 0;
  private readonly waiting = new Map<number, (answer: Answer) => void>();

  constructor(name: string) {
    this.channel = new BroadcastChannel(name);
    this.channel.onmessage = (event): void => {
      const answer = (event as { readonly data: Request | Answer }).data;
      if ('to' in answer && answer.to === this.lane) this.waiting.get(answer.call)?.(answer);
    };
  }

  /** Asks for rows. `done` resolves when the server has sent all of them and {@link ended} was said. @throws source.* */
  rows(asked: RowsAsked): { readonly call: number; readonly done: Promise<void> } {
    const call = (this.calls += 1);
    const done = new Promise<void>((resolve, reject) => {
      this.waiting.set(call, ({ error }) => {
        this.waiting.delete(call);
        if (error) reject(TidemarkError.fromMessage(error));
        else resolve();
      });
    });
    done.catch(() => undefined);
    this.channel.postMessage({ lane: this.lane, call, ask: 'rows', ...asked } satisfies Request);
    return { call, done };
  }

  /** The packet that ends the rows was found. */
  ended(call: number, packet: Uint8Array): void {
    this.channel.postMessage({ lane: this.lane, call, ask: 'ended', packet } satisfies Request);
  }

  /** The rest of the rows is not wanted; whoever says so looks for their end nevertheless. */
  stop(call: number): void {
    this.channel.postMessage({ lane: this.lane, call, ask: 'stop' } satisfies Request);
  }

  /** The rows cannot be followed to their end: their session is of no use any more. */
  drop(call: number): void {
    this.channel.postMessage({ lane: this.lane, call, ask: 'drop' } satisfies Request);
  }

  close(): void {
    this.channel.close();
  }
}

const keyOf = ({ lane, call }: Request): string => `${lane} ${call}`;
