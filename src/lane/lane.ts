import type { DraftObjects } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import type { Scratch } from '../core/scratch.js';
import type { Range, RowSink } from '../core/source.js';
import { writtenColumns } from '../core/types.js';
import { recorded } from '../recording/record.js';
import { groupFiles } from './group-files.js';
import { countsOnly, KeptFile } from './kept-file.js';
import { type FetchedFile, keptFilesOf } from './kept-files.js';
import type { LoadedFormat } from './load-format.js';
import type { GroupPlace, GroupReceipt, LaneCommand, LaneReport, LaneStart, RangeReceipt } from './messages.js';
import type { PortionSink } from './pipeline.js';
import type { LanePorts } from './ports.js';
import { LaneProgress } from './progress.js';
import { RangeReader } from './range-reader.js';
import { FailedRange, onlyRows, receiveRange, type Receiving } from './receiving.js';
import { withRetries } from './retry.js';
import { readSegment, type Segment, SegmentWriter } from './segment.js';
import type { ShardSequence } from './shard-sequence.js';
import { SpoolWriter } from './spool.js';
import { spoolKind, spoolSource } from './spool-source.js';
import type { Portion } from './stage.js';
import { WorkClock } from './work-clock.js';

/** The files of the group that this lane owns. */
interface OwnFiles {
  readonly sequence: ShardSequence | KeptFile;
  /** The range that goes into them next. */
  next: number;
}

/** Where portions wait, outside of the version's files. */
interface ScratchFile<Kept> {
  add(portion: Portion): void;
  finish(): Kept;
  discard(): void;
}

type ReadCommand = Pick<Extract<LaneCommand, { readonly type: 'read' }>, 'table' | 'range' | 'end' | 'into'>;

/** Ranges that follow one another. */
type Run = Pick<ReadCommand, 'range' | 'end'>;

/** Milliseconds after which it is told again what time went into. */
const tellInterval = 1_000;

/** What a lane works with. */
interface Equipment {
  readonly format: LoadedFormat;
  readonly objects: DraftObjects;
  readonly scratch: Scratch;
  readonly reader: RangeReader;
  readonly clock: WorkClock;
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
    const scratch = ports.openScratch(start.scratch);
    const [given, format, objects] = await Promise.all([
      start.sourceKind === spoolKind ? spoolSource(scratch) : ports.loadSource(start.sourceKind),
      ports.loadFormat(start.format),
      ports.openObjects(start.draft),
    ]);
    const { fs } = ports.machine;
    const read = start.recordTo === undefined ? given : recorded(given, start.tables, { fs, path: start.recordTo });
    const source = start.keepsFiles ? keptFilesOf(read, start, { scratch, routerOf: ports.routerOf }) : read;
    const encoding = start.keepsFiles ? { ...format, encoder: () => Promise.resolve(countsOnly) } : format;
    const clock = new WorkClock();
    const reader = new RangeReader(start, { source, format: encoding, clock, routerOf: ports.routerOf }, signal);
    return new Lane(start, { format, objects, scratch, reader, clock, ports }, report, signal);
  }

  /** Does what it is told, and tells what it spent time on. */
  async during<T>(action: () => Promise<T>): Promise<T> {
    const { clock } = this.by;
    const tell = (): void => this.report({ type: 'work', work: clock.taken() });
    clock.begin();
    const endTelling = this.by.ports.machine.clock.every(tellInterval, tell);
    try {
      return await action();
    } finally {
      endTelling();
      tell();
    }
  }

  /** How many bytes a table's sample takes when it is encoded. It is read like any range, and kept nowhere. */
  async sample(table: number): Promise<number> {
    let total = 0;
    for (const range of this.start.tables[table]!.sample?.ranges ?? []) {
      total += await this.withRetries(table, range, async () => {
        let bytes = 0;
        const add = ({ rowGroup }: Portion): void => {
          bytes += rowGroup.bytes.length;
        };
        const { written } = await this.by.reader.read(table, range, onlyRows(add));
        await written;
        return bytes;
      });
    }
    return total;
  }

  /** @throws whatever the source, the data or the destination said; what was written is removed first */
  read({ table, range, end, into }: ReadCommand): Promise<RangeReceipt[]> {
    return this.withRetries(table, this.start.tables[table]!.ranges[range]!, async () => {
      this.progress = new LaneProgress(this.by.ports.machine.clock, this.report);
      try {
        if (into === 'segment') return [await this.readAhead(table, range)];
        if (into === 'spool') return [await this.readIntoSpool(table, range)];
        return await this.readIntoFiles(table, { range, end }, into);
      } catch (error) {
        this.progress.takeBack();
        throw error;
      } finally {
        this.progress.end();
        this.progress = undefined;
      }
    });
  }

  /** Puts what was read ahead into the files of its group. */
  async append(range: number, segment: Segment): Promise<void> {
    const { files } = this;
    if (files?.next !== range) throw notItsTurn(range, files?.next);
    for (const portion of readSegment(this.by.scratch, segment)) await files.sequence.add(portion);
    files.next += 1;
  }

  /** Closes the files of the group. @param end the range after its last one */
  async finish(table: number, group: number, end: number): Promise<GroupReceipt> {
    const { files } = this;
    if (files?.next !== end) throw notItsTurn(end, files?.next);
    this.files = undefined;
    return { table, group, shards: await files.sequence.finish() };
  }

  async close(): Promise<void> {
    await this.files?.sequence.discard();
    await this.by.reader.close();
  }

  /** @param range where it begins; a {@link FailedRange} says which one it was */
  private withRetries<T>(table: number, range: Range, action: () => Promise<T>): Promise<T> {
    const attempt = async (): Promise<T> => {
      try {
        return await action();
      } catch (error) {
        await this.by.reader.drop(table);
        if (!(error instanceof FailedRange)) throw await this.by.reader.explain(error, table, range);
        throw await this.by.reader.explain(error.cause, table, this.start.tables[table]!.ranges[error.range]!);
      }
    };
    const again = `reading ${range.label} of ${this.start.tables[table]!.name} again`;
    const patience = {
      retryFor: this.start.retryFor,
      clock: this.by.ports.machine.clock,
      signal: this.signal,
    };
    return withRetries(attempt, patience, ({ message }) =>
      this.report({ type: 'retry', message: `${message}; ${again}` }),
    );
  }

  private async readAhead(table: number, range: number): Promise<RangeReceipt> {
    const writer = new SegmentWriter(this.by.scratch, `t${table}-r${range}`);
    const { kept: segment, ...read } = await this.readAside(table, range, writer);
    return { table, range, segment, ...read };
  }

  private async readIntoSpool(table: number, range: number): Promise<RangeReceipt> {
    const writer = new SpoolWriter(this.by.scratch, `spool-t${table}-r${range}`);
    const { kept: spool, ...read } = await this.readAside(table, range, writer);
    return { table, range, spool, ...read };
  }

  /** Reads a range into a scratch file of its own. */
  private async readAside<Kept>(
    table: number,
    range: number,
    writer: ScratchFile<Kept>,
  ): Promise<{ readonly kept: Kept } & Pick<RangeReceipt, 'beside' | 'evidence'>> {
    let receiving: Receiving | undefined;
    try {
      receiving = await this.receive(table, range, (portion) => writer.add(portion));
      const { beside, seen } = await receiving.done();
      return { kept: writer.finish(), beside, evidence: [seen] };
    } catch (error) {
      receiving?.discard();
      writer.discard();
      throw error;
    }
  }

  /** After a failure the files are begun again, with the group's first range: what was read of the last one is in them. */
  private async readIntoFiles(table: number, { range, end }: Run, into: GroupPlace): Promise<RangeReceipt[]> {
    const { ranges } = this.start.tables[table]!;
    const files = (this.files ??= { sequence: this.begin(table, into), next: into.first });
    const add: PortionSink = (portion) => files.sequence.add(portion);
    const evidence: unknown[] = [];
    try {
      for (; files.next < range; files.next += 1) {
        // What lies beside its rows was kept when it was read first.
        const { seen, written } = await this.by.reader.read(table, ranges[files.next]!, onlyRows(add));
        await written;
        evidence.push(seen);
      }
      const [first, ...others] = await this.receiveAll(table, { range, end }, add);
      if (files.sequence instanceof KeptFile)
        await files.sequence.keep(ranges[range]!.file!, first!.evidence[0] as FetchedFile);
      files.next = end;
      return [{ ...first!, evidence: [...evidence, ...first!.evidence] }, ...others];
    } catch (error) {
      this.files = undefined;
      await files.sequence.discard();
      throw error;
    }
  }

  /** Reads ranges one after the other, each while the last rows of those before it are encoded. @throws FailedRange */
  private async receiveAll(table: number, { range, end }: Run, add: PortionSink): Promise<RangeReceipt[]> {
    const receiving: Receiving[] = [];
    let failed: number | undefined;
    try {
      for (let next = range; next < end; next += 1) {
        failed = next;
        receiving.push(await this.receive(table, next, add, receiving.at(-1)?.written));
      }
      const receipts: RangeReceipt[] = [];
      for (const [index, one] of receiving.entries()) {
        failed = range + index;
        const { beside, seen } = await one.done();
        receipts.push({ table, range: failed, beside, evidence: [seen] });
      }
      return receipts;
    } catch (error) {
      // A range that is read may fail for what became of the rows of another one before it.
      const ends = await Promise.allSettled(receiving.map(({ written }) => written));
      for (const one of receiving) one.discard();
      const earlier = ends.findIndex(({ status }) => status === 'rejected');
      throw new FailedRange(earlier < 0 ? failed! : range + earlier, error);
    }
  }

  private receive(table: number, range: number, sink: PortionSink, before?: Promise<void>): Promise<Receiving> {
    const { scratch, reader } = this.by;
    const watch = (pipeline: RowSink): RowSink => this.progress!.watch(pipeline);
    return receiveRange(this.start, { scratch, reader }, { table, range, sink, watch, ...(before && { before }) });
  }

  private begin(table: number, { group, groups, aside }: GroupPlace): ShardSequence | KeptFile {
    const { format, scratch } = this.by;
    const objects = aside === undefined ? this.by.objects : this.by.objects.aside(aside);
    const onWritten = (bytes: number): void => this.progress?.wrote(bytes);
    const place = { table, group, groups };
    if (!this.start.keepsFiles) return groupFiles(this.start, { format, objects, place }, onWritten);
    const { destination } = this.start.draft;
    // Each group is one file.
    const { columns, ranges } = this.start.tables[table]!;
    const { path } = ranges[group]!.file!.becomes!;
    const kept = { objects, destination, scratch, table, group, path };
    return new KeptFile(kept, writtenColumns(columns).length, onWritten);
  }
}

function notItsTurn(range: number, next: number | undefined): TidemarkError {
  return new TidemarkError('internal.bug', `range ${range} came when it was the turn of ${next ?? 'no range'}`, {
    hint: 'This is a defect of Tidemark: nothing was published. Please report it with the command that you ran.',
  });
}
