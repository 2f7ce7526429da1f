import { TidemarkError } from '../../../core/errors.js';
import type { MysqlConnection, PreparedStatement } from '../connection/connection.js';
import { factsOf } from '../connection/connection.js';
import type { ErrorContext } from '../connection/errors.js';
import type { FieldFacts } from '../plan/field-types.js';
import { ResultHead } from './result-head.js';
import type { RingWriter } from './ring.js';

/** What of mysql2 is not in its types: its commands are emitters, and packets are counted. */
interface RunningCommand {
  once(event: 'fields', listener: (fields: Parameters<typeof factsOf>[0][]) => void): void;
  buildParserFromFields(): unknown;
}
interface CountingClient {
  sequenceId: number;
}

/** A statement that runs. */
export interface RunningRows {
  /** Resolves when the server has sent all rows. @throws source.* */
  readonly finished: Promise<void>;
  /** Gives the packet that ended the result to the client; who walks the rows has found it. */
  end(packet: Uint8Array): void;
}

/**
 * Executes a prepared statement, and has its rows flow into a ring as they come from the socket: the client sees what stands before
 * and after them. While the ring has no room the socket is not read, and the server waits.
 * @param check looks at the columns before the first row flows
 */
export function rowsOf(
  connection: MysqlConnection,
  statement: PreparedStatement,
  {
    values,
    ring,
    check,
    context,
  }: {
    readonly values: readonly unknown[];
    readonly ring: RingWriter;
    readonly check: (columns: readonly FieldFacts[]) => void;
    readonly context: ErrorContext;
  },
): RunningRows {
  const { wire } = connection;
  const head = new ResultHead();
  let phase: 'head' | 'rows' | 'over' = 'head';
  let failed: (error: unknown) => void;
  const failure = new Promise<never>((_, reject) => (failed = reject));
  failure.catch(() => undefined);

  const release = (): void => {
    if (phase !== 'over') wire.release();
    phase = 'over';
  };
  let writing: Promise<void> | undefined;
  /** Bytes that were read elsewhere: over TLS some may still come after the socket was paused. */
  const copied = (bytes: Uint8Array): boolean => {
    if (writing === undefined && ring.takes(bytes)) return ring.hasRoom || resumeWhen(ring.room());
    const kept = bytes.slice();
    return resumeWhen((writing ?? Promise.resolve()).then(() => ring.write(kept)));
  };
  const resumeWhen = (done: Promise<void>): false => {
    writing = done;
    void done.then(() => {
      if (writing !== done) return;
      writing = undefined;
      wire.resume();
    });
    return false;
  };
  const onHead = (bytes: Uint8Array): boolean => {
    const { head: packets, rest, isAnswer } = head.take(bytes);
    if (isAnswer) release();
    if (rest !== undefined) phase = 'rows';
    wire.feedParser(packets);
    return rest === undefined || rest.length === 0 || copied(rest);
  };
  const onRows = (bytes: Uint8Array, length: number): boolean => {
    if (ring.isClosed) return true;
    if (!ring.holds(bytes)) return copied(bytes.subarray(0, length));
    ring.wrote(length);
    return ring.hasRoom || resumeWhen(ring.room());
  };
  const run = new Promise<void>((resolve, reject) => {
    wire.takeOver({
      onBytes: (bytes, length) => {
        try {
          return phase === 'head' ? onHead(bytes.subarray(0, length)) : onRows(bytes, length);
        } catch (error) {
          failed(error);
          return true;
        }
      },
      ...(!wire.encrypted && { nextBuffer: () => (phase === 'rows' ? ring.space() : new Uint8Array(leastBuffer)) }),
    });
    const command = statement.execute(values, (error) => {
      if (error) reject(error);
      else resolve();
    }) as RunningCommand;
    command.buildParserFromFields = () => NoRows;
    command.once('fields', (fields) => {
      try {
        check(fields.map(factsOf));
      } catch (error) {
        failed(error);
      }
    });
  });
  const finished = connection
    .run(() => Promise.race([run, failure]), context)
    .catch((error: unknown) => {
      throw TidemarkError.from(error);
    })
    .finally(() => {
      release();
      ring.close();
    });
  return {
    finished,
    end: (packet) => {
      release();
      (connection.client as unknown as CountingClient).sequenceId = packet[3]!;
      wire.feedParser(packet);
    },
  };
}

const leastBuffer = 64 * 1024;

/** No row comes to the client. */
class NoRows {
  next(): never {
    throw new Error('a row came to the client');
  }
}
