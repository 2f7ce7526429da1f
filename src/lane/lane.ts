import pRetry from 'p-retry';
import type { DraftObjects } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import { MisfitError } from '../core/misfit.js';
import type { LaneReader, SourceModule } from '../core/source.js';
import { shardPath } from '../manifest/shard-names.js';
import { arrowSchema } from '../core/types.js';
import { BatchPipeline } from './batch-pipeline.js';
import { EncoderPool } from './encoder-pool.js';
import type { LoadedFormat } from './load-format.js';
import type { LaneReport, LaneStart, RangeReceipt } from './messages.js';
import type { LanePorts } from './ports.js';
import { InlinePipeline, type Pipeline } from './pipeline.js';
import { PooledPipeline } from './pooled-pipeline.js';
import { LaneProgress } from './progress.js';
import { ShardSequence } from './shard-sequence.js';
import { type TableTools, Toolbox } from './table-tools.js';

/** How often a range is tried again when its connection breaks, and how long it waits before that; each time twice as long. */
const RETRIES = 3;
const FIRST_WAIT = 500;

/**
 * One connection inside the run's snapshot, and what turns its rows into shards. Reads one range at a time, whichever
 * the coordinator gives. When the connection breaks, it opens another one in the same snapshot and reads the range
 * again: the bytes are the same.
 */
export class Lane {
  private reader: LaneReader | undefined;
  private encoders: EncoderPool | undefined;
  private readonly toolbox: Toolbox;

  private constructor(
    private readonly start: LaneStart,
    private readonly source: SourceModule,
    private readonly format: LoadedFormat,
    private readonly objects: DraftObjects,
    private readonly report: (report: LaneReport) => void,
    private readonly signal: AbortSignal,
    private readonly ports: LanePorts,
  ) {
    this.toolbox = new Toolbox(start, source, format);
  }

  static async open(
    start: LaneStart,
    report: (report: LaneReport) => void,
    signal: AbortSignal,
    ports: LanePorts,
  ): Promise<Lane> {
    const { destination, ticket } = start.draft;
    const [source, format, { openObjects }] = await Promise.all([
      ports.loadSource(start.sourceKind),
      ports.loadFormat(start.format),
      ports.loadDestination(destination),
    ]);
    return new Lane(start, source, format, openObjects(ticket), report, signal, ports);
  }

  /** @throws whatever the source, the data or the destination said; what was written of the range is removed first */
  read(table: number, range: number): Promise<RangeReceipt> {
    return pRetry(() => this.attempt(table, range), {
      retries: RETRIES,
      minTimeout: 0,
      signal: this.signal,
      shouldRetry: ({ error }) => error instanceof TidemarkError && error.retryable && !this.signal.aborted,
      onFailedAttempt: ({ error, retriesLeft }) => this.beforeRetry(error, retriesLeft, table, range),
    });
  }

  async close(): Promise<void> {
    await this.encoders?.close();
    await this.reader?.close();
  }

  private async attempt(table: number, range: number): Promise<RangeReceipt> {
    const progress = new LaneProgress(this.report);
    const { tables } = this.start;
    const tools = await this.toolbox.toolsOf(table);
    const shards = this.shardsOf(table, range, (bytes) => progress.wrote(bytes));
    try {
      const pipeline = this.pipeline(table, tools, shards);
      this.reader ??= await this.source.openLane(this.start.ticket, this.signal);
      const sink = progress.watch(pipeline);
      const { limits } = this.start;
      const evidence = await this.reader.read(tables[table], tables[table].ranges[range], limits, sink, this.signal);
      await pipeline.finish();
      return { table, range, shards: await shards.finish(), evidence };
    } catch (error) {
      await shards.discard();
      progress.takeBack();
      this.toolbox.discard(table);
      await this.dropReader();
      await this.dropEncoders();
      throw error instanceof MisfitError ? await this.withRow(error, table, range) : error;
    } finally {
      progress.end();
    }
  }

  private shardsOf(table: number, range: number, onWritten: (bytes: number) => void): ShardSequence {
    const { tables, shardName, shardSize } = this.start;
    const { columns, name, ranges } = tables[table];
    const pathOf = (part: number): string =>
      shardPath(shardName, name, { group: range, groups: ranges.length, part }, this.format.ending);
    return new ShardSequence(
      { objects: this.objects, table, range, shardSize, pathOf },
      columns,
      this.format,
      onWritten,
    );
  }

  private pipeline(table: number, { decoder, stage }: TableTools, shards: ShardSequence): Pipeline {
    const sink = shards.add.bind(shards);
    const { encoders, limits, tables } = this.start;
    if (decoder === undefined) return new BatchPipeline(arrowSchema(tables[table].columns), limits, stage, sink);
    if (encoders === 0) return new InlinePipeline(decoder, stage, sink);
    this.encoders ??= new EncoderPool(this.start, encoders);
    return new PooledPipeline(table, this.encoders, sink);
  }

  /** The connection is in the middle of a COPY, or gone: never used again. */
  private async dropReader(): Promise<void> {
    const reader = this.reader;
    this.reader = undefined;
    await reader?.close();
  }

  /** The attempt that was given up may hold raw batches, and wait for more: the next one gets a pool of its own. */
  private async dropEncoders(): Promise<void> {
    const encoders = this.encoders;
    this.encoders = undefined;
    await encoders?.close();
  }

  private async withRow(error: MisfitError, table: number, range: number): Promise<TidemarkError> {
    const plan = this.start.tables[table];
    const where = await this.findRow(table, range, error.row).catch(() => `row ${error.row + 1}`);
    const place = plan.ranges.length > 1 ? ` of ${plan.ranges[range].label}` : '';
    const message = `${error.message}, in ${where}${place} of ${plan.table ?? plan.name}`;
    return new TidemarkError(error.code, message, error.hint === undefined ? {} : { hint: error.hint });
  }

  private async findRow(table: number, range: number, ordinal: number): Promise<string> {
    const reader = await this.source.openLane(this.start.ticket, this.signal);
    try {
      const plan = this.start.tables[table];
      return await reader.describeRow(plan, plan.ranges[range], ordinal);
    } finally {
      await reader.close();
    }
  }

  private async beforeRetry(error: Error, retriesLeft: number, table: number, range: number): Promise<void> {
    if (retriesLeft === 0 || this.signal.aborted || !(error instanceof TidemarkError) || !error.retryable) return;
    const { name, ranges } = this.start.tables[table];
    this.report({ type: 'retry', message: `${error.message}; reading ${ranges[range].label} of ${name} again` });
    await this.ports.sleep(FIRST_WAIT * 2 ** (RETRIES - retriesLeft), this.signal);
  }
}
