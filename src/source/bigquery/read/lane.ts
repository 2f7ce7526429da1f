import type { BatchSink, LaneReader, Range, RowGroupLimits, TablePlan } from '../../../core/source.js';
import { bigqueryFailure, type ErrorContext } from '../connection/errors.js';
import { StorageChannel } from '../connection/storage-channel.js';
import { TokenDeskClient } from '../connection/token-desk.js';
import { Batches } from './batches.js';
import { readStream } from './stream.js';

/** What a lane needs to read at the run's moment. Plain data, without a token. */
export interface Ticket {
  /** Where tokens are asked for. */
  readonly desk: string;
  /** `host:port` of the Storage Read API; undefined: Google's. */
  readonly endpoint: string | undefined;
  /** By table of the request: the schema of its read session, in Arrow's stream format. */
  readonly schemas: readonly Uint8Array[];
  readonly stallLimit: number;
  readonly told: Omit<ErrorContext, 'doing'>;
}

/** What a range is to BigQuery: a stream of a read session. */
export interface RangeDetail {
  readonly table: number;
  /** Undefined: there are no rows. */
  readonly stream: string | undefined;
  /** The most rows that are wanted. */
  readonly limit: number | undefined;
  /** Columns that are wanted, by their indices in the session; undefined: all. */
  readonly only?: readonly number[];
}

/** What a lane saw of a range: how many rows. */
export interface RangeEvidence {
  readonly table: number;
  readonly stream: string;
  readonly rows: number;
}

/** Opens a lane: a channel of its own to the Storage Read API. */
export async function openLane(ticket: unknown, signal: AbortSignal): Promise<LaneReader> {
  const { desk, endpoint } = ticket as Ticket;
  return new BigqueryLane(ticket as Ticket, await StorageChannel.open(endpoint), new TokenDeskClient(desk), signal);
}

class BigqueryLane implements LaneReader {
  constructor(
    private readonly ticket: Ticket,
    private readonly channel: StorageChannel,
    private readonly desk: TokenDeskClient,
    private readonly signal: AbortSignal,
  ) {}

  async read(table: TablePlan, range: Range, _limits: RowGroupLimits, sink: BatchSink): Promise<RangeEvidence> {
    const { table: index, stream, limit = Infinity, only } = range.detail as RangeDetail;
    if (stream === undefined) return { table: index, stream: '', rows: 0 };
    const { schemas, stallLimit, told } = this.ticket;
    const batches = new Batches(schemas[index]!, table.columns, only);
    let left = limit;
    try {
      const rows = await readStream(
        {
          channel: this.channel,
          stream,
          authorization: () => this.desk.authorization(),
          stallLimit,
          signal: this.signal,
        },
        async (message, count, firstRow) => {
          const batch = batches.decode(message, firstRow);
          await sink.batch(count > left ? batch.slice(0, left) : batch, message.length);
          left -= Math.min(count, left);
          return left > 0;
        },
      );
      return { table: index, stream, rows: Math.min(rows, limit) };
    } catch (thrown) {
      this.signal.throwIfAborted();
      throw bigqueryFailure(thrown, { doing: `read ${range.label} of ${table.name}`, ...told });
    }
  }

  describeRow(_table: TablePlan, range: Range, ordinal: number): Promise<string> {
    return Promise.resolve(`row ${ordinal + 1} of ${range.label}`);
  }

  close(): Promise<void> {
    this.desk.close();
    this.channel.close();
    return Promise.resolve();
  }
}
