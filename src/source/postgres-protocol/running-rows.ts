import type pg from 'pg';
import type { PgConnection } from './connection.js';
import type { ErrorContext } from './errors/context.js';
import type { RingWriter } from '../ring.js';
import { RingPump } from '../ring-pump.js';

/** A statement that was described, and is to run. */
interface Execution {
  readonly values: readonly string[];
  readonly ring: RingWriter;
  readonly context: ErrorContext;
}

/** What of pg's connection is not in its types. */
interface ExtendedQuery {
  bind(config: object, more: boolean): void;
  execute(config: object, more: boolean): void;
  sync(): void;
}

/**
 * Runs the statement that was described last, values as texts, and has all bytes of the answer flow into a ring as they come from the socket. Who reads
 * the ring takes the rows, and hands everything else over, which goes to pg's own parser.
 */
export class RunningRows {
  /** Resolves when the server is ready for the next statement. @throws source.* */
  readonly finished: Promise<void>;
  private release: () => void = () => undefined;

  constructor(
    private readonly connection: PgConnection,
    { values, ring, context }: Execution,
  ) {
    const pump = new RingPump(ring, () => connection.resume());
    const run = new Promise<void>((resolve, reject) => {
      const begin = (wire: pg.Connection): void => {
        this.release = connection.takeOver({
          onBytes: (bytes, length) => pump.received(bytes, length),
          nextBuffer: () => ring.space(),
        });
        const extended = wire as unknown as ExtendedQuery;
        extended.bind({ portal: '', statement: '', values: [...values], binary: false }, true);
        extended.execute({ portal: '', rows: 0 }, true);
        extended.sync();
      };
      connection.client.query(new Running(begin, { resolve, reject }));
    });
    this.finished = connection
      .run(() => Promise.race([run, connection.lost]), context)
      .finally(() => {
        this.release();
        ring.close();
      });
  }

  /** Takes messages that are no rows. @param isLast the server is ready for the next statement */
  others(bytes: Uint8Array, isLast: boolean): void {
    if (isLast) this.release();
    this.connection.feedParser(bytes);
  }
}

/** What pg's client calls back while the statement runs; see pg's `Submittable`. */
class Running implements pg.Submittable {
  private failure: Error | undefined;

  constructor(
    private readonly begin: (wire: pg.Connection) => void,
    private readonly outcome: { resolve(): void; reject(error: Error): void },
  ) {}

  submit(wire: pg.Connection): void {
    this.begin(wire);
  }

  handleError(error: Error): void {
    this.failure = error;
    this.outcome.reject(error);
  }

  handleCommandComplete(): void {
    // The server says no number of rows.
  }

  handleReadyForQuery(): void {
    if (this.failure === undefined) this.outcome.resolve();
  }
}
