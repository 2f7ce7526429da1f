import type { Clock } from '../core/clock.js';
import { TidemarkError } from '../core/errors.js';
import type { RunListener } from '../core/progress.js';
import { oneFile } from '../core/shard.js';
import type { DealtSchedule, Dealer, ReceivedRange } from './dealt-schedule.js';
import { type FileGroup, fileGroups } from './file-group.js';
import type { GroupReceipt, LaneCommand, LaneReport, LaneStart, RangeReceipt } from './messages.js';
import { assertEverything, assertSpooled, rangeText } from './receipts.js';
import type { RunningLane, StartLane } from './running-lane.js';
import { Schedule } from './schedule.js';
import { SpoolSchedule } from './spool-schedule.js';
import { brokenThread, vanishedThread } from './vanished.js';

/** How long lanes get to remove their files and close their connections before their threads are ended. */
const gracePeriod = 5_000;

export interface CoordinatorOptions {
  readonly lanes: number;
  /** Encoder threads for each lane. */
  readonly encodersPerLane: number;
  readonly startLane: StartLane;
  readonly clock: Clock;
  /** Ranges go by target into spools, and no files are written. */
  readonly intoSpools?: boolean;
  /** Deals out what is to be written, and hears of it; nothing of it is in the receipts. Absent: all is written here. */
  readonly dealer?: Dealer;
  readonly signal: AbortSignal;
  readonly listener: RunListener;
  /** Rejects when the run can't go on, whatever the lanes do. */
  readonly lost: Promise<never>;
}

/** What lanes have done. */
export interface LaneReceipts {
  readonly ranges: readonly RangeReceipt[];
  readonly groups: readonly GroupReceipt[];
  /** What each of several machines wrote. Absent: this one did all. */
  readonly members?: readonly MemberShare[];
}

/** What a machine wrote. */
export interface MemberShare {
  /** Its number, from 0. */
  readonly member: number;
  readonly files: number;
  readonly rows: number;
}

/** A lane, and what the coordinator knows of it. */
interface LaneAtWork {
  readonly number: number;
  readonly lane: RunningLane;
  /** What it was told last; undefined before it is ready. */
  told: LaneCommand | undefined;
  /** It has nothing to do. */
  idle: boolean;
  /** Rows received for the ranges at hand: they stand beside the first of them. What an attempt that was given up had received is taken off again. */
  received: number;
}

/**
 * Has all ranges of all tables read by lanes, each wherever `startLane` puts it. A lane that is free is given what the
 * schedule has next for it, so none waits for a slow one. Ends when all ranges are done, or with the first error, after every
 * lane has cleaned up. A thread that ends by itself is such an error, and so is a range of which not all has been written.
 */
export async function readAllRanges(
  start: Omit<LaneStart, 'encoders'>,
  options: CoordinatorOptions,
): Promise<LaneReceipts> {
  const coordinator = new Coordinator(start, options);
  try {
    return await Promise.race([coordinator.run(), options.lost, aborted(options.signal)]);
  } catch (error) {
    await coordinator.dismiss();
    throw error;
  }
}

class Coordinator {
  /** By table, as far as it is known which ranges share files. */
  private readonly fileGroups: FileGroup[][] = [];
  /** Tables of which a sample is to be read; they are known when it is. */
  private readonly unsampled: number[] = [];
  private schedule: Schedule | SpoolSchedule | DealtSchedule | undefined;
  private read: ReceivedRange[] = [];
  private readonly groups: GroupReceipt[] = [];
  private readonly lanes = new Set<LaneAtWork>();
  private readonly total = { rows: 0, bytesRead: 0, bytesWritten: 0 };

  constructor(
    private readonly start: Omit<LaneStart, 'encoders'>,
    private readonly options: CoordinatorOptions,
  ) {
    const { dealer } = options;
    dealer?.schedule.onChange(() => this.goOn());
    this.schedule = options.intoSpools ? new SpoolSchedule(start.tables) : undefined;
    if (dealer && !dealer.planned) this.schedule = dealer.schedule;
    if (this.schedule) return;
    for (const [index, table] of start.tables.entries()) {
      if (start.keepsFiles) this.fileGroups[index] = table.ranges.map((_, first) => ({ first, end: first + 1 }));
      else if (table.sample && !table.sameFiles && start.shardSize !== oneFile) this.unsampled.push(index);
      else this.fileGroups[index] = fileGroups(table, undefined, start.shardSize);
    }
    this.plan();
  }

  async run(): Promise<LaneReceipts> {
    await Promise.all(Array.from({ length: this.options.lanes }, (_, number) => this.runLane(number)));
    const { tables } = this.start;
    const { dealer, intoSpools } = this.options;
    if (intoSpools) assertSpooled(tables, this.read);
    else if (!dealer) assertEverything({ tables, groups: this.fileGroups }, this.read, this.groups);
    return { ranges: this.read.map(({ receipt }) => receipt), groups: this.groups };
  }

  /** Lanes stop, remove what they wrote for open ranges and close their connections; those that hang are ended. */
  async dismiss(): Promise<void> {
    this.schedule?.stop();
    const leaving = [...this.lanes].map(({ lane }) => {
      lane.send({ type: 'abort' });
      const gone = new AbortController();
      this.options.clock.sleep(gracePeriod, gone.signal).then(
        () => lane.terminate(),
        () => undefined,
      );
      return lane.ended.then(undefined, () => undefined).finally(() => gone.abort());
    });
    await Promise.all(leaving);
  }

  /** Resolves when the lane has no more to do and has ended. */
  private runLane(number: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const take = (report: LaneReport): void => {
        try {
          if (report.type === 'failed') throw TidemarkError.fromMessage(report.error);
          this.take(at, report);
        } catch (error) {
          reject(error);
        }
      };
      const start: LaneStart = { ...this.start, encoders: this.options.encodersPerLane };
      const lane = this.options.startLane(start, take);
      const at: LaneAtWork = { number, lane, told: undefined, idle: false, received: 0 };
      this.lanes.add(at);
      const left = (exitCode: number): void => {
        if (at.told?.type === 'close') resolve();
        else reject(vanishedThread(this.doing(at), exitCode));
      };
      const broken = (thrown: unknown): void => reject(brokenThread(this.doing(at), thrown));
      lane.ended.then(left, broken).finally(() => this.lanes.delete(at));
    });
  }

  private doing({ told }: LaneAtWork): string {
    switch (told?.type) {
      case 'read':
      case 'append':
        return `${told.type === 'read' ? 'read' : 'wrote'} ${rangeText(this.start.tables, told.table, told.range)}`;
      case 'sample':
        return `read a sample of ${this.start.tables[told.table]!.name}`;
      case 'finish':
        return `closed files of ${this.start.tables[told.table]!.name}`;
      default:
        return 'was to read';
    }
  }

  private take(at: LaneAtWork, report: Exclude<LaneReport, { type: 'failed' }>): void {
    if (report.type === 'progress') {
      at.received += report.rows;
      this.total.rows += report.rows;
      this.total.bytesRead += report.bytesRead;
      this.total.bytesWritten += report.bytesWritten;
      this.options.listener({ type: 'progress', ...this.total });
    } else if (report.type === 'retry' || report.type === 'work') {
      this.options.listener(report);
    } else {
      if (report.type === 'read') for (const receipt of report.receipts) this.note(receipt, at);
      if (report.type === 'finished') this.finished(report.receipt, at);
      if (report.type === 'sampled') this.sampled(report.table, report.bytes);
      at.idle = true;
      this.goOn();
    }
  }

  private note(receipt: RangeReceipt, at: LaneAtWork): void {
    // What waits belongs to the schedule, until it is written.
    this.read.push({ receipt: { ...receipt, segment: undefined }, received: at.received });
    at.received = 0;
    const { table, range, segment } = receipt;
    if (segment && this.schedule instanceof Schedule) this.schedule.read(table, range, segment);
  }

  private finished(receipt: GroupReceipt, { told }: LaneAtWork): void {
    const { dealer } = this.options;
    if (dealer === undefined || told?.type !== 'finish') {
      this.groups.push(receipt);
      return;
    }
    const isOwn = ({ receipt: { table, range } }: ReceivedRange): boolean =>
      table === told.table && range >= told.first && range < told.end;
    const ranges = this.read.filter(isOwn).sort((a, b) => a.receipt.range - b.receipt.range);
    this.read = this.read.filter((one) => !isOwn(one));
    dealer.written({ receipt, ranges });
  }

  private sampled(table: number, bytes: number): void {
    this.fileGroups[table] = fileGroups(this.start.tables[table]!, bytes, this.start.shardSize);
    this.plan();
  }

  /** Once all is known. */
  private plan(): void {
    const { tables } = this.start;
    if (!tables.every((_, index) => this.fileGroups[index])) return;
    const { dealer, lanes } = this.options;
    this.schedule = dealer?.schedule ?? new Schedule(this.fileGroups, lanes);
    dealer?.planned?.(this.fileGroups);
  }

  private next({ number }: LaneAtWork): LaneCommand | undefined {
    if (this.schedule) return this.schedule.next(number);
    const table = this.unsampled.shift();
    return table === undefined ? undefined : { type: 'sample', table };
  }

  /** What one lane has done may be what others wait for. */
  private goOn(): void {
    for (const at of this.lanes) {
      const command = at.idle ? this.next(at) : undefined;
      if (command === undefined) continue;
      at.idle = false;
      at.told = command;
      at.lane.send(command);
    }
    const all = [...this.lanes];
    if (this.options.dealer === undefined && all.length > 0 && all.every(({ idle }) => idle)) {
      throw new TidemarkError('internal.bug', 'all lanes wait, and nothing is on its way');
    }
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const leave = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
}
