import type { BatchSink, LaneReader, Range, RowGroupLimits, TablePlan } from '../../../core/source.js';
import type { ErrorContext } from '../../error-context.js';
import { bigqueryFailure } from '../connection/errors.js';
import { DeskClient } from '../../desk.js';
import type { BigquerySettings } from '../connection/settings.js';
import type { TableName } from '../connection/table-name.js';
import type { ReadRows, TakeRows } from './road.js';
import type { WholeTable } from './stream/stream-road.js';

/** What a lane needs to read at the run's moment. Plain data, without a token. */
export interface Ticket {
  /** Where tokens are asked for. */
  readonly desk: string;
  readonly road: RoadTicket;
  readonly stallLimit: number;
  readonly nullsMisfits: boolean;
  readonly told: Omit<ErrorContext, 'doing'>;
}

/** By which road, from where (undefined: Google's own address), and what of each table of the request. */
export type RoadTicket =
  | {
      readonly via: 'arrow';
      /** `host:port` of the Storage Read API. */
      readonly endpoint: string | undefined;
      /** That read sessions are billed to. */
      readonly billingProject: string;
      /** Of its read session, in Arrow's stream format. */
      readonly schemas: readonly Uint8Array[];
    }
  | {
      readonly via: 'rest';
      /** `https://host` of the API. */
      readonly endpoint: string | undefined;
      /** The table that holds its rows. */
      readonly results: readonly TableName[];
    };

/** Where rows are asked for by a road; undefined: at Google's own address. */
export const endpointOf = (via: RoadTicket['via'], { endpoints }: BigquerySettings): string | undefined =>
  via === 'rest' ? endpoints.api : endpoints.storage;

/** What a range is to BigQuery. */
export interface RangeDetail {
  readonly table: number;
  /** A stream of a read session, all rows of a table, or rows by their numbers; undefined: there are no rows. */
  readonly piece: string | WholeTable | { readonly firstRow: number; readonly rows: number } | undefined;
  /** The most rows that are wanted. */
  readonly limit: number | undefined;
  /** Columns that are wanted, by their indices in the table; undefined: all. */
  readonly only?: readonly number[];
}

/** What a lane saw of a range: how many rows. */
export interface RangeEvidence {
  readonly table: number;
  readonly piece: string;
  readonly rows: number;
  /** They are all rows of a table of which some are read besides. */
  readonly isWhole: boolean;
}

/** Opens a lane: a way of its own to the service. */
export async function openLane(given: unknown, signal: AbortSignal): Promise<LaneReader> {
  const ticket = given as Ticket;
  const desk = new DeskClient<undefined, string>(ticket.desk);
  return new BigqueryLane(ticket, { rows: await openRoad(ticket, desk, signal), desk }, signal);
}

/** Loads what its road needs alone. */
async function openRoad(
  { road, stallLimit }: Ticket,
  desk: DeskClient<undefined, string>,
  signal: AbortSignal,
): Promise<Pieces> {
  const asking = { authorization: () => desk.ask(undefined), stallLimit, signal };
  if (road.via === 'arrow') {
    const { openStreams } = await import('./stream/stream-road.js');
    const streams = await openStreams(road, asking);
    return {
      read: ({ table, piece }, columns, take) =>
        streams.read(
          typeof piece === 'string' ? { stream: piece, schema: road.schemas[table]! } : (piece as WholeTable),
          columns,
          take,
        ),
      close: () => streams.close(),
    };
  }
  const { openPages } = await import('./rest/page-road.js');
  const pages = await openPages({ endpoint: road.endpoint, ...asking });
  return {
    read: ({ table, piece }, columns, take) =>
      pages.read(
        { table: road.results[table]!, ...(piece as Exclude<typeof piece, string | WholeTable>) },
        columns,
        take,
      ),
    close: () => pages.close(),
  };
}

type Pieces = ReadRows<{ readonly table: number; readonly piece: NonNullable<RangeDetail['piece']> }>;

class BigqueryLane implements LaneReader {
  constructor(
    private readonly ticket: Ticket,
    private readonly by: { readonly rows: Pieces; readonly desk: DeskClient<undefined, string> },
    private readonly signal: AbortSignal,
  ) {}

  async read(table: TablePlan, range: Range, _limits: RowGroupLimits, sink: BatchSink): Promise<RangeEvidence> {
    const { table: index, piece, limit = Infinity, only } = range.detail as RangeDetail;
    if (piece === undefined) return { table: index, piece: '', rows: 0, isWhole: false };
    const { nullsMisfits } = this.ticket;
    const take: TakeRows = async (batch, bytes, nulled) => sink.batch(batch, bytes, nulled);
    try {
      const rows = await this.by.rows.read({ table: index, piece }, { plan: table, only, limit, nullsMisfits }, take);
      const isWhole = typeof piece === 'object' && 'moment' in piece;
      return { table: index, piece: range.label, rows, isWhole };
    } catch (thrown) {
      this.signal.throwIfAborted();
      throw bigqueryFailure(thrown, { doing: `read ${range.label} of ${table.name}`, ...this.ticket.told });
    }
  }

  describeRow(_table: TablePlan, range: Range, ordinal: number): Promise<string> {
    return Promise.resolve(`row ${ordinal + 1} of ${range.label}`);
  }

  close(): Promise<void> {
    this.by.desk.close();
    this.by.rows.close();
    return Promise.resolve();
  }
}
