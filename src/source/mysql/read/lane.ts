import { RowGroupBounds } from '../../../core/row-group-bounds.js';
import type { FrameSink, LaneReader, Range, RowGroupLimits, TablePlan } from '../../../core/source.js';
import type { FieldFacts } from '../plan/field-types.js';
import { bytesForLaterRuns } from '../plan/overlap-column.js';
import { DeskClient } from '../sessions/desk.js';
import { type RangeEvidence, RangeLoad } from '../../load.js';
import { newRing, RingReader } from '../../ring.js';
import { type KeyRange, type RangeDetail, type ReadStatement, statementOf } from '../sql/statement.js';
import { RowReceiver } from './row-receiver.js';

/** What a lane needs to read at the run's moment. Plain data, without a secret but values of parameters. */
export interface Ticket {
  /** Where rows are asked for. */
  readonly desk: string;
  /** By index of the table in the request. */
  readonly statements: readonly ReadStatement[];
  readonly columns: readonly (readonly FieldFacts[])[];
  readonly maxStatement: number | undefined;
  readonly secrets: readonly string[];
  readonly hideValues: boolean;
}

/** Opens a lane: a way to the sessions of the run's moment. */
export async function openLane(ticket: unknown, signal: AbortSignal): Promise<LaneReader> {
  return Promise.resolve(new MysqlLane(ticket as Ticket, signal));
}

class MysqlLane implements LaneReader {
  private readonly desk: DeskClient;

  constructor(
    private readonly ticket: Ticket,
    private readonly signal: AbortSignal,
  ) {
    this.desk = new DeskClient(ticket.desk);
  }

  async read(table: TablePlan, range: Range, limits: RowGroupLimits, sink: FrameSink): Promise<RangeEvidence> {
    const detail = range.detail as RangeDetail;
    const bounds = new RowGroupBounds(limits, bytesForLaterRuns(table.columns));
    const load = new RangeLoad();
    const counted = load.counted(sink);
    for (const piece of this.piecesOf(detail)) {
      await load.timed(() => this.send(table, { ...detail, ...piece }, bounds, counted));
    }
    return load.evidence();
  }

  describeRow(_table: TablePlan, _range: Range, ordinal: number): Promise<string> {
    return Promise.resolve(`row ${ordinal + 1}`);
  }

  close(): Promise<void> {
    this.desk.close();
    return Promise.resolve();
  }

  /** The parts of the range that each statement takes. */
  private piecesOf({ after, upTo, steps = [] }: RangeDetail): readonly KeyRange[] {
    if (this.ticket.maxStatement === undefined) return [{ ...(after && { after }), ...(upTo && { upTo }) }];
    const ends = [after, ...steps, upTo];
    return ends.slice(1).map((end, index) => {
      const begin = ends[index];
      return { ...(begin && { after: begin }), ...(end && { upTo: end }) };
    });
  }

  /** Sends one statement, and hands its rows over. */
  private async send(table: TablePlan, detail: RangeDetail, bounds: RowGroupBounds, sink: FrameSink): Promise<void> {
    this.signal.throwIfAborted();
    const { statements, columns, secrets, hideValues } = this.ticket;
    const all = columns[detail.table]!;
    const ring = newRing();
    const { call, done } = this.desk.rows({
      ...statementOf(statements[detail.table]!, detail),
      columns: detail.only === undefined ? all : detail.only.map((index) => all[index]!),
      ring,
      context: { doing: `reading ${table.table ?? table.name}`, secrets, hideValues },
    });
    const receiver = new RowReceiver(bounds, sink);
    try {
      await this.receive(call, new RingReader(ring), receiver);
    } catch (error) {
      // Nobody knows where the rows end.
      this.desk.drop(call);
      throw error;
    }
    await done.catch((error: unknown) => {
      throw receiver.failure === undefined ? error : receiver.failure.error;
    });
    if (receiver.failure !== undefined) throw receiver.failure.error;
  }

  /** Takes rows until they end. Those that are not wanted are thrown away: the session is needed for others. */
  private async receive(call: number, ring: RingReader, receiver: RowReceiver): Promise<void> {
    let stopped = false;
    for (let bytes = await ring.next(); bytes !== undefined; bytes = await ring.next()) {
      this.signal.throwIfAborted();
      await receiver.received(bytes);
      ring.done(bytes.length);
      if (receiver.last !== undefined) return this.desk.ended(call, receiver.last);
      if (receiver.failure === undefined || stopped) continue;
      stopped = true;
      this.desk.stop(call);
    }
  }
}
