import { TidemarkError } from '../core/errors.js';
import type { RunListener } from '../core/progress.js';
import type { LaneCommand, LaneReport, LaneStart, RangeReceipt } from './messages.js';
import { assertEveryRange, rangeText, type ReadRange } from './receipts.js';
import type { RunningLane, StartLane } from './running-lane.js';
import { vanishedThread } from './vanished.js';

/** How long lanes get to remove their files and close their connections before their threads are ended. */
const GRACE = 5_000;

export interface CrewOptions {
  readonly lanes: number;
  /** Encoder threads for each lane. */
  readonly encodersPerLane: number;
  readonly startLane: StartLane;
  readonly signal: AbortSignal;
  readonly listener: RunListener;
  /** Rejects when the run can't go on, whatever the lanes do. */
  readonly lost: Promise<never>;
}

interface Task {
  readonly table: number;
  readonly range: number;
}

/** A lane, and what the coordinator knows of it. */
interface LaneAtWork {
  readonly lane: RunningLane;
  /** What it was told last; undefined before it is ready. */
  told: LaneCommand | undefined;
  /** Rows received for the range at hand. What an attempt that was given up had received is taken off again. */
  received: number;
}

/**
 * Has all ranges of all tables read by lanes, each wherever `startLane` puts it. A lane takes the next range when it is free, so
 * none waits for a slow one. Ends when all ranges are done, or with the first error, after every lane has cleaned up.
 * A thread that ends by itself is such an error, and so is a range of which not all has been written.
 */
export async function readAllRanges(
  start: Omit<LaneStart, 'encoders'>,
  options: CrewOptions,
): Promise<readonly RangeReceipt[]> {
  const crew = new Crew(start, options);
  try {
    return await Promise.race([crew.run(), options.lost, aborted(options.signal)]);
  } catch (error) {
    await crew.dismiss();
    throw error;
  }
}

class Crew {
  private readonly tasks: Task[];
  private readonly done: ReadRange[] = [];
  private readonly lanes = new Set<RunningLane>();
  private readonly total = { rows: 0, bytesRead: 0, bytesWritten: 0 };

  constructor(
    private readonly start: Omit<LaneStart, 'encoders'>,
    private readonly options: CrewOptions,
  ) {
    this.tasks = start.tables.flatMap((plan, table) => plan.ranges.map((_, range) => ({ table, range })));
  }

  async run(): Promise<readonly RangeReceipt[]> {
    await Promise.all(Array.from({ length: this.options.lanes }, () => this.runLane()));
    assertEveryRange(this.start.tables, this.done);
    return this.done.map(({ receipt }) => receipt).sort((a, b) => a.table - b.table || a.range - b.range);
  }

  /** Lanes stop, remove what they wrote for open ranges and close their connections; those that hang are ended. */
  async dismiss(): Promise<void> {
    this.tasks.length = 0;
    const leaving = [...this.lanes].map((lane) => {
      lane.send({ type: 'abort' });
      const timer = setTimeout(() => lane.terminate(), GRACE);
      return lane.ended.then(undefined, () => undefined).finally(() => clearTimeout(timer));
    });
    await Promise.all(leaving);
  }

  /** Resolves when the lane has no more to do and has ended. */
  private runLane(): Promise<void> {
    return new Promise((resolve, reject) => {
      const heed = (report: LaneReport): void => {
        if (report.type === 'failed') reject(TidemarkError.fromMessage(report.error));
        else this.heed(at, report);
      };
      const start: LaneStart = { ...this.start, encoders: this.options.encodersPerLane };
      const at: LaneAtWork = { lane: this.options.startLane(start, heed), told: undefined, received: 0 };
      this.lanes.add(at.lane);
      const left = (exitCode: number): void => {
        if (at.told?.type === 'close') resolve();
        else reject(vanishedThread(this.doing(at), exitCode));
      };
      at.lane.ended.then(left, reject).finally(() => this.lanes.delete(at.lane));
    });
  }

  private doing({ told }: LaneAtWork): string {
    return told?.type === 'read' ? `read ${rangeText(this.start.tables, told.table, told.range)}` : 'was to read';
  }

  private heed(at: LaneAtWork, report: Exclude<LaneReport, { type: 'failed' }>): void {
    if (report.type === 'progress') {
      at.received += report.rows;
      this.total.rows += report.rows;
      this.total.bytesRead += report.bytesRead;
      this.total.bytesWritten += report.bytesWritten;
      this.options.listener({ type: 'progress', ...this.total });
    } else if (report.type === 'retry') {
      this.options.listener(report);
    } else {
      if (report.type === 'done') this.done.push({ receipt: report.receipt, received: at.received });
      const task = this.tasks.shift();
      at.received = 0;
      at.told = task ? { type: 'read', ...task } : { type: 'close' };
      at.lane.send(at.told);
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
