import { TidemarkError } from '../../../core/errors.js';
import { factsOf, type MysqlConnection, type PreparedStatement } from '../connection/connection.js';
import type { ErrorContext } from '../connection/errors.js';
import type { FieldFacts } from '../plan/field-types.js';
import { ResultHead } from './result-head.js';
import type { RingWriter } from '../../ring.js';
import { RingPump } from '../../ring-pump.js';

/** What of mysql2 is not in its types: its commands are emitters, and packets are counted. */
interface RunningCommand {
  once(event: 'fields', listener: (fields: Parameters<typeof factsOf>[0][]) => void): void;
  buildParserFromFields(): unknown;
}
interface CountingClient {
  sequenceId: number;
}

/** A prepared statement that is to run. */
interface Execution {
  readonly prepared: PreparedStatement;
  readonly values: readonly unknown[];
  readonly ring: RingWriter;
  /** Looks at the columns before the first row flows. */
  readonly check: (columns: readonly FieldFacts[]) => void;
  readonly context: ErrorContext;
}

/** Bytes of a buffer for what stands before the rows. */
const headBytes = 64 * 1024;

/**
 * Executes a prepared statement, and has its rows flow into a ring as they come from the socket: the client sees what stands before
 * and after them. While the ring has no room the socket is not read, and the server waits.
 */
export class RunningRows {
  /** Resolves when the server has sent all rows. @throws source.* */
  readonly finished: Promise<void>;
  private readonly head = new ResultHead();
  private readonly ring: RingWriter;
  private readonly pump: RingPump;
  private phase: 'head' | 'rows' | 'over' = 'head';
  /** Why the rows cannot be read: they are not those that were planned, or what came is garbled. */
  private refusal: { readonly error: unknown } | undefined;
  private fail: (error: unknown) => void = () => undefined;

  constructor(
    private readonly connection: MysqlConnection,
    execution: Execution,
  ) {
    this.ring = execution.ring;
    this.pump = new RingPump(this.ring, () => connection.wire.resume());
    const failure = new Promise<never>((_, reject) => (this.fail = reject));
    failure.catch(() => undefined);
    this.takeOver();
    const run = this.execute(execution);
    this.finished = connection
      .run(() => Promise.race([run, failure]), execution.context)
      .catch((error: unknown) => {
        throw this.refusal === undefined ? error : this.refusal.error;
      })
      .finally(() => {
        this.release();
        this.ring.close();
      });
  }

  /** Gives the packet that ended the result to the client; who walks the rows has found it. */
  end(packet: Uint8Array): void {
    this.release();
    (this.connection.client as unknown as CountingClient).sequenceId = packet[3]!;
    this.connection.wire.feedParser(packet);
  }

  private takeOver(): void {
    const { wire } = this.connection;
    const nextBuffer = (): Uint8Array => (this.phase === 'rows' ? this.ring.space() : new Uint8Array(headBytes));
    wire.takeOver({ onBytes: (bytes, length) => this.onBytes(bytes, length), nextBuffer });
  }

  private execute({ prepared, values, check }: Execution): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const command = prepared.execute(values, (error) => {
        if (error) reject(error);
        else resolve();
      }) as RunningCommand;
      command.buildParserFromFields = () => NoRows;
      command.once('fields', (fields) => {
        try {
          check(fields.map(factsOf));
        } catch (error) {
          this.refusal = { error };
        }
      });
    });
  }

  private onBytes(bytes: Uint8Array, length: number): boolean {
    try {
      return this.phase === 'head' ? this.onHead(bytes.subarray(0, length)) : this.pump.received(bytes, length);
    } catch (error) {
      this.garbled(error);
      return true;
    }
  }

  /** The client cannot read what came: nobody knows where the answer ends. */
  private garbled(cause: unknown): void {
    const message = `the server's answer cannot be read: ${(cause as Error).message}`;
    this.refusal ??= { error: new TidemarkError('source.protocol', message, { cause }) };
    this.fail(this.refusal.error);
    this.connection.destroy();
  }

  private onHead(bytes: Uint8Array): boolean {
    const { head, rest, isAnswer } = this.head.take(bytes);
    if (isAnswer) this.release();
    if (rest !== undefined) this.phase = 'rows';
    this.connection.wire.feedParser(head);
    // Columns that are not the planned ones: nobody could read the rows.
    if (this.refusal) this.connection.destroy();
    return this.refusal !== undefined || rest === undefined || rest.length === 0 || this.pump.copied(rest);
  }

  private release(): void {
    if (this.phase !== 'over') this.connection.wire.release();
    this.phase = 'over';
  }
}

/** No row comes to the client. */
class NoRows {
  next(): never {
    throw new Error('a row came to the client');
  }
}
