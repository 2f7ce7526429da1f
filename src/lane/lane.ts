import type { DraftObjects } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import type { Scratch } from '../core/scratch.js';
import { groupOf } from './file-group.js';
import { groupFiles } from './group-files.js';
import type { LoadedFormat } from './load-format.js';
import type { GroupReceipt, LaneReport, LaneStart, RangeReceipt } from './messages.js';
import type { LanePorts } from './ports.js';
import { LaneProgress } from './progress.js';
import { RangeReader } from './range-reader.js';
import { withRetries } from './retry.js';
import { readSegment, type Segment, SegmentWriter } from './segment.js';
import type { ShardSequence } from './shard-sequence.js';

/** The files of the group that this lane owns. */
interface OwnFiles {
  readonly sequence: ShardSequence;
  /** The range that goes into them next. */
  next: number;
}

/** What a lane works with. */
interface Equipment {
  readonly format: LoadedFormat;
  readonly objects: DraftObjects;
  readonly scratch: Scratch;
  readonly reader: RangeReader;
  readonly ports: LanePorts;
}

/**
 * Reads ranges inside the run's snapshot, one at a time, whichever the coordinator gives, and turns their rows into shards.
 * When the connection breaks, it opens another one in the same snapshot and reads again: the bytes are the same.
 */
export class Lane {
  private files: OwnFiles | undefined;
  private progress: LaneProgress | undefined;

  private constructor(
    private readonly start: LaneStart,
    private readonly by: Equipment,
    private readonly report: (report: LaneReport) => void,
    private readonly signal: AbortSignal,
  ) {}

  static async open(
    start: LaneStart,
    report: (report: LaneReport) => void,
    signal: AbortSignal,
    ports: LanePorts,
  ): Promise<Lane> {
    const [source, format, destination] = await Promise.all([
      ports.loadSource(start.sourceKind),
      ports.loadFormat(start.format),
      ports.loadDestination(start.draft.destination),
    ]);
    const objects = destination.openObjects(start.draft.ticket);
    const scratch = ports.openScratch(start.scratch);
    const reader = new RangeReader(start, source, format, signal);
    return new Lane(start, { format, objects, scratch, reader, ports }, report, signal);
  }

  /**
   * @param ahead into a scratch segment, not into the files of the range's group
   * @throws whatever the source, the data or the destination said; what was written is removed first
   */
  read(table: number, range: number, ahead: boolean): Promise<RangeReceipt> {
    const { name, ranges } = this.start.tables[table];
    const again = `reading ${ranges[range].label} of ${name} again`;
    return withRetries(
      () => this.attempt(table, range, ahead),
      this.by.ports,
      this.signal,
      ({ message }) => this.report({ type: 'retry', message: `${message}; ${again}` }),
    );
  }

  /** Puts what was read ahead into the files of its group. */
  async append(range: number, segment: Segment): Promise<void> {
    const { files } = this;
    if (files?.next !== range) throw notItsTurn(range, files?.next);
    for (const portion of readSegment(this.by.scratch, segment)) await files.sequence.add(portion);
    files.next += 1;
  }

  /** Closes the files of the group. */
  async finish(table: number, group: number): Promise<GroupReceipt> {
    const { files } = this;
    const { end } = this.start.groups[table][group];
    if (files?.next !== end) throw notItsTurn(end, files?.next);
    this.files = undefined;
    return { table, group, shards: await files.sequence.finish() };
  }

  async close(): Promise<void> {
    await this.files?.sequence.discard();
    await this.by.reader.close();
  }

  private async attempt(table: number, range: number, ahead: boolean): Promise<RangeReceipt> {
    this.progress = new LaneProgress(this.report);
    try {
      return ahead ? await this.readAhead(table, range) : await this.readIntoFiles(table, range);
    } catch (error) {
      this.progress.takeBack();
      await this.by.reader.drop(table);
      throw await this.by.reader.explain(error, table, range);
    } finally {
      this.progress.end();
      this.progress = undefined;
    }
  }

  private async readAhead(table: number, range: number): Promise<RangeReceipt> {
    const segment = new SegmentWriter(this.by.scratch, `t${table}-r${range}`);
    try {
      const evidence = await this.receive(table, range, (portion) => segment.add(portion));
      return { table, range, segment: segment.finish(), evidence: [evidence] };
    } catch (error) {
      segment.discard();
      throw error;
    }
  }

  /** After a failure the files are begun again, with the group's first range: what was read of the last one is in them. */
  private async readIntoFiles(table: number, range: number): Promise<RangeReceipt> {
    const files = (this.files ??= this.begin(table, range));
    const evidence: unknown[] = [];
    try {
      for (; files.next < range; files.next += 1) {
        evidence.push(await this.by.reader.read(table, files.next, (portion) => files.sequence.add(portion)));
      }
      evidence.push(await this.receive(table, range, (portion) => files.sequence.add(portion)));
      files.next += 1;
      return { table, range, segment: undefined, evidence };
    } catch (error) {
      this.files = undefined;
      await files.sequence.discard();
      throw error;
    }
  }

  private receive(...[table, range, sink]: Parameters<RangeReader['read']>): Promise<unknown> {
    return this.by.reader.read(table, range, sink, (pipeline) => this.progress!.watch(pipeline));
  }

  private begin(table: number, range: number): OwnFiles {
    const group = groupOf(this.start.groups[table], range);
    const { format, objects } = this.by;
    const sequence = groupFiles(this.start, format, objects, { table, group }, (bytes) => this.progress?.wrote(bytes));
    return { sequence, next: this.start.groups[table][group].first };
  }
}

function notItsTurn(range: number, next: number | undefined): TidemarkError {
  return new TidemarkError('internal.bug', `range ${range} came when it was the turn of ${next ?? 'no range'}`, {
    hint: 'This is a defect of Tidemark: nothing was published. Please report it with the command that you ran.',
  });
}
