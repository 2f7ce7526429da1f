import type pg from 'pg';
import { TidemarkError } from '../../../core/errors.js';
import type { RowGroupBounds } from '../../../core/row-group-bounds.js';
import type { FrameSink } from '../../../core/source.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import type { ErrorContext } from '../../postgres-protocol/errors/context.js';
import { RowReceiver } from '../../postgres-protocol/row-receiver.js';

/**
 * Runs one `COPY … TO STDOUT (FORMAT binary)` and hands its rows to the sink, straight from the socket: pg's parser sees
 * only the messages around them. While the sink has no room the socket is not read, and the server waits.
 *
 * After an error of the sink the connection is in the middle of the COPY: close it.
 * @throws source.* as the server says it; source.protocol; whatever the sink throws
 */
export function copyOut(
  connection: PgConnection,
  {
    statement,
    bounds,
    sink,
    context,
  }: {
    readonly statement: string;
    readonly bounds: RowGroupBounds;
    readonly sink: FrameSink;
    readonly context: ErrorContext;
  },
): Promise<void> {
  const run = new Promise<void>((resolve, reject) => {
    connection.client.query(new CopyOut(connection, { statement, bounds, sink }, { resolve, reject }));
  });
  return connection.run(() => Promise.race([run, connection.lost]), context);
}

interface Copying {
  readonly statement: string;
  readonly bounds: RowGroupBounds;
  readonly sink: FrameSink;
}

interface Outcome {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What pg's client calls back while the statement runs; see pg's `Submittable`. */
class CopyOut implements pg.Submittable {
  private readonly receiver: RowReceiver;
  private release: () => void = () => undefined;
  private failed = false;
  private readonly statement: string;

  constructor(
    private readonly connection: PgConnection,
    { statement, bounds, sink }: Copying,
    private readonly outcome: Outcome,
  ) {
    this.statement = statement;
    const passOn = (bytes: Uint8Array): void => connection.feedParser(bytes);
    this.receiver = new RowReceiver(bounds, sink, { passOn, ended: () => this.release() });
  }

  submit(connection: pg.Connection): void {
    this.release = this.connection.takeOver({
      onBytes: (bytes, length) => this.onBytes(bytes, length),
      nextBuffer: () => this.receiver.space(),
    });
    connection.query(this.statement);
  }

  handleError(error: Error): void {
    this.outcome.reject(error);
  }

  handleReadyForQuery(): void {
    this.outcome.resolve();
  }

  /** The server says how many rows it sent: `COPY 1234`. */
  handleCommandComplete({ text }: { text: string }): void {
    const sent = Number(/^COPY (\d+)$/.exec(text)?.[1]);
    if (sent === this.receiver.rows) return;
    const message = `${this.receiver.rows} rows came, and the server ended with "${text}"`;
    this.fail(new TidemarkError('source.protocol', message));
  }

  private onBytes(bytes: Uint8Array, length: number): boolean {
    // After a failure the rest of the COPY runs into the void until the connection is closed.
    if (this.failed) return true;
    try {
      // The first read was asked for before the receiver was there; over TLS every chunk has a buffer of its own.
      const wait = this.receiver.holds(bytes)
        ? this.receiver.received(length)
        : this.receiver.receivedElsewhere(bytes.subarray(0, length));
      if (!wait) return true;
      wait.then(
        () => this.connection.resume(),
        (error: unknown) => this.fail(error),
      );
      return false;
    } catch (error) {
      this.fail(error);
      return true;
    }
  }

  private fail(error: unknown): void {
    this.failed = true;
    this.outcome.reject(TidemarkError.from(error));
  }
}
