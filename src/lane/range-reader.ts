import { systemClock } from '../core/clock.js';
import { TidemarkError } from '../core/errors.js';
import { LongRowError } from '../core/long-row-error.js';
import { MisfitError } from '../core/misfit-error.js';
import type { LaneReader, Range, RowSink, SourceModule } from '../core/source.js';
import { arrowSchema, writtenColumns } from '../core/types.js';
import { Regrouper } from '../core/arrow/regroup.js';
import { asTheyCome, BatchPipeline } from './batch-pipeline.js';
import { EncoderPool } from './encoder-pool.js';
import { ForgettingPipeline, forgettingStage } from './forgetting.js';
import type { LoadedFormat } from './load-format.js';
import type { ThreadPlan } from './messages.js';
import { InlinePipeline, type Outlet, type Pipeline, type PortionSink } from './pipeline.js';
import type { LanePorts } from './ports.js';
import { PooledPipeline } from './pooled-pipeline.js';
import { type Rate, RateLimit, slowed } from './rate-limit.js';
import { Toolbox } from './table-tools.js';
import type { WorkClock } from './work-clock.js';
import { tableLimits } from './table-limits.js';

/** What a reader of ranges needs of a lane's start. */
export interface ReaderStart extends ThreadPlan {
  readonly ticket: unknown;
  readonly rate?: Rate | undefined;
  /** Encoder threads of its own; 0: it encodes by itself. */
  readonly encoders: number;
}

/** What it reads from and makes portions with. */
export interface ReaderTools {
  readonly source: SourceModule;
  readonly format: LoadedFormat;
  readonly clock: WorkClock;
  readonly routerOf?: LanePorts['routerOf'];
}

/** How a range is read. */
interface ReadOptions {
  readonly before?: Promise<void>;
  readonly watch?: (sink: RowSink) => RowSink;
}

/** A range whose rows have all come. */
export interface RangeRead {
  /** What the source's reader saw. */
  readonly seen: unknown;
  /** Resolves when all of its rows are in the sink; rejects where they cannot be. */
  readonly written: Promise<void>;
}

/**
 * A connection inside the run's snapshot, and all that turns its rows into portions: made when first needed, and dropped
 * after a failure, since nobody knows what state they are in.
 */
export class RangeReader {
  private reader: LaneReader | undefined;
  private encoders: EncoderPool | undefined;
  private readonly toolbox: Toolbox;

  private readonly source: SourceModule;
  private readonly clock: WorkClock;
  private readonly limit: RateLimit | undefined;

  constructor(
    private readonly start: ReaderStart,
    { source, format, clock, routerOf }: ReaderTools,
    private readonly signal: AbortSignal,
  ) {
    this.source = source;
    this.clock = clock;
    this.limit = start.rate && new RateLimit(start.rate);
    this.toolbox = new Toolbox(start, source, format, { clock, routerOf });
  }

  /**
   * Reads one range to its end. Where others encode, its last rows may then still be on their way into the sink.
   * @param before what goes into the sink first
   * @param watch sees what goes into the pipeline
   */
  async read(
    table: number,
    range: Range,
    sink: PortionSink,
    { before, watch = (given) => given }: ReadOptions = {},
  ): Promise<RangeRead> {
    const pipeline = await this.pipeline(table, sink, before);
    this.reader ??= await this.source.openLane(this.start.ticket, this.signal);
    const plan = this.start.tables[table]!;
    const limits = tableLimits(this.start, plan);
    const seen = await this.reader.read(plan, range, limits, watch(this.slowed(pipeline)));
    const written = Promise.resolve(pipeline.finish());
    // Whoever waits for it may be reading the next range.
    written.catch(() => undefined);
    return { seen, written };
  }

  /** After a failure. The connection may be in the middle of something; encoders may hold what was given up, and wait for more. */
  async drop(table: number): Promise<void> {
    this.toolbox.discard(table);
    await this.close();
  }

  /** The message of an error that is about a row, with that row; other errors as they are. */
  async explain(error: unknown, table: number, range: Range): Promise<unknown> {
    if (error instanceof LongRowError) {
      const { row, value } = error.found;
      const column = value && this.start.tables[table]!.columns[value.column]?.name;
      return error.told(await this.placeOf(row, table, range), column);
    }
    if (!(error instanceof MisfitError)) return error;
    const message = `${error.message}, in ${await this.placeOf(error.row, table, range)}`;
    return new TidemarkError(error.code, message, error.hint === undefined ? {} : { hint: error.hint });
  }

  private async placeOf(row: number, table: number, range: Range): Promise<string> {
    const plan = this.start.tables[table]!;
    const where = await this.findRow(table, range, row).catch(() => `row ${row + 1}`);
    const place = plan.ranges.length > 1 ? ` of ${range.label}` : '';
    return `${where}${place} of ${plan.table ?? plan.name}`;
  }

  async close(): Promise<void> {
    const { encoders, reader } = this;
    this.encoders = this.reader = undefined;
    await encoders?.close();
    await reader?.close();
  }

  private async pipeline(table: number, sink: PortionSink, before: Promise<void> | undefined): Promise<Pipeline> {
    const { encoders, tables, routes, reach } = this.start;
    const out: Outlet = { sink, work: this.clock };
    const written = writtenColumns(tables[table]!.columns).length;
    if (reach === 'received') return new ForgettingPipeline(written, out);
    const tools = await this.toolbox.toolsOf(table);
    const { decoder, stage } = reach === 'decoded' ? { ...tools, stage: forgettingStage(written) } : tools;
    if (decoder === undefined) {
      const schema = arrowSchema(tables[table]!.columns);
      const grouping = this.start.keepsFiles
        ? asTheyCome
        : new Regrouper(schema, tableLimits(this.start, tables[table]!));
      return new BatchPipeline(schema, grouping, stage, out);
    }
    // What is routed is not encoded here.
    if (encoders === 0 || routes?.[table] !== undefined) return new InlinePipeline(decoder, stage, out);
    this.encoders ??= new EncoderPool(this.start, encoders);
    return new PooledPipeline(table, this.encoders, out, before);
  }

  private slowed(sink: RowSink): RowSink {
    return this.limit === undefined ? sink : slowed(sink, this.limit, { clock: systemClock, signal: this.signal });
  }

  private async findRow(table: number, range: Range, ordinal: number): Promise<string> {
    const reader = await this.source.openLane(this.start.ticket, this.signal);
    try {
      return await reader.describeRow(this.start.tables[table]!, range, ordinal);
    } finally {
      await reader.close();
    }
  }
}
