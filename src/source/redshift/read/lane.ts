import { RowGroupBounds } from '../../../core/row-group-bounds.js';
import type { FrameSink, LaneReader, Range, RowGroupLimits, TablePlan } from '../../../core/source.js';
import type { ErrorContext } from '../../postgres-protocol/errors/context.js';
import type { ColumnFacts } from '../../postgres-protocol/describe.js';
import { RowReceiver, selectFraming } from '../../postgres-protocol/row-receiver.js';
import { type RangeEvidence, RangeLoad } from '../../load.js';
import { newRing, RingReader } from '../../ring.js';
import { bytesForLaterRuns } from '../plan/columns.js';
import type { RangeDetail, ReadStatement } from '../plan/statement.js';
import { statementOf } from '../plan/statement.js';
import { type RowsAsked, RowsClient } from './rows-desk.js';

/** What a lane needs to read at the run's moment. Plain data, without a secret but values of parameters. */
export interface Ticket {
  /** Where rows are asked for. */
  readonly desk: string;
  /** By index of the table in the request. */
  readonly statements: readonly ReadStatement[];
  readonly via: string;
  readonly secrets: readonly string[];
  readonly hideValues: boolean;
}

/** Bytes that are copied at once. */
const pieceBytes = 64 * 1024;
/** Rows of a piece of a cursor. */
const fetchRows = 20_000;

/** Opens a lane: a way to the session of the run's moment. */
export function openLane(ticket: unknown, signal: AbortSignal): Promise<LaneReader> {
  return Promise.resolve(new RedshiftLane(ticket as Ticket, signal));
}

/** A statement that gives rows. */
type Rows = Pick<RowsAsked, 'sql' | 'values'> & { readonly columns: readonly ColumnFacts[] };

class RedshiftLane implements LaneReader {
  private readonly desk: RowsClient;
  private cursors = 0;

  constructor(
    private readonly ticket: Ticket,
    private readonly signal: AbortSignal,
  ) {
    this.desk = new RowsClient(ticket.desk);
  }

  async read(table: TablePlan, range: Range, limits: RowGroupLimits, sink: FrameSink): Promise<RangeEvidence> {
    const detail = range.detail as RangeDetail;
    const { via, statements, secrets, hideValues } = this.ticket;
    const { sql, values, columns } = statementOf(statements[detail.table]!, detail);
    const context = { doing: `reading ${table.table ?? table.name}`, secrets, hideValues };
    const bounds = new RowGroupBounds(limits, bytesForLaterRuns(table.columns));
    const load = new RangeLoad();
    const counted = load.counted(sink);
    const sent = (statement: Rows): Promise<number> => load.timed(() => this.send(statement, bounds, counted, context));
    if (via !== 'cursor') {
      await sent({ sql, values, columns });
      return load.evidence();
    }
    const name = `tidemark_${(this.cursors += 1)}`;
    await this.tell(`DECLARE ${name} CURSOR FOR ${sql}`, values, context);
    const piece = { sql: `FETCH FORWARD ${fetchRows} FROM ${name}`, values: [], columns };
    while ((await sent(piece)) === fetchRows);
    await this.tell(`CLOSE ${name}`, [], context);
    return load.evidence();
  }

  describeRow(_table: TablePlan, _range: Range, ordinal: number): Promise<string> {
    return Promise.resolve(`row ${ordinal + 1}`);
  }

  close(): Promise<void> {
    this.desk.close();
    return Promise.resolve();
  }

  /** Sends a statement that gives no rows. */
  private tell(sql: string, values: readonly string[], context: ErrorContext): Promise<void> {
    return this.desk.rows({ sql, values, columns: undefined, ring: newRing(), context }).done;
  }

  /** Sends one statement, and hands its rows over. @returns how many there were */
  private async send(statement: Rows, bounds: RowGroupBounds, sink: FrameSink, context: ErrorContext): Promise<number> {
    this.signal.throwIfAborted();
    const ring = newRing();
    const { call, done } = this.desk.rows({ ...statement, ring, context });
    let isLast = false;
    const passOn = (bytes: Uint8Array): void => this.desk.others(call, bytes, isLast);
    const receiver = new RowReceiver(bounds, sink, { passOn, ended: () => (isLast = true) }, selectFraming);
    try {
      const reader = new RingReader(ring);
      for (let bytes = await reader.next(); bytes !== undefined && !isLast; bytes = await reader.next()) {
        this.signal.throwIfAborted();
        for (let at = 0; at < bytes.length; at += pieceBytes)
          await receiver.receivedElsewhere(bytes.subarray(at, at + pieceBytes));
        reader.done(bytes.length);
      }
    } catch (error) {
      this.desk.drop(call);
      throw error;
    }
    await done;
    return receiver.rows;
  }
}
