import { Worker } from 'node:worker_threads';
import { TidemarkError } from '../core/errors.js';
import type { RunListener } from '../core/progress.js';
import type { LaneCommand, LaneReport, LaneStart, RangeReceipt } from './messages.js';
import { assertEveryRange, rangeText, type ReadRange } from './receipts.js';
import { vanishedThread } from './vanished.js';

/** How long lanes get to remove their files and close their connections before their threads are ended. */
const GRACE = 5_000;

export interface CrewOptions {
  readonly lanes: number;
  /** Encoder threads for each lane. */
  readonly encodersPerLane: number;
  readonly signal: AbortSignal;
  readonly listener: RunListener;
  /** Rejects when the run can't go on, whatever the lanes do. */
  readonly lost: Promise<never>;
}

interface Task {
  readonly table: number;
  readonly range: number;
}

/** A lane's thread, as the coordinator knows it. */
interface LaneThread {
  readonly worker: Worker;
  /** What it was told last; undefined before it is ready. */
  told: LaneCommand | undefined;
  /** Rows received for the range at hand. What an attempt that was given up had received is taken off again. */
  received: number;
}

/**
 * Has all ranges of all tables read by lanes, each in a thread of its own. A lane takes the next range when it is free, so
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
  private readonly workers = new Set<Worker>();
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
    const leaving = [...this.workers].map((worker) => {
      const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
      worker.postMessage({ type: 'abort' } satisfies LaneCommand);
      const timer = setTimeout(() => void worker.terminate(), GRACE);
      return gone.finally(() => clearTimeout(timer));
    });
    await Promise.all(leaving);
  }

  /** Resolves when the lane has no more to do and its thread has ended. */
  private runLane(): Promise<void> {
    const workerData: LaneStart = { ...this.start, encoders: this.options.encodersPerLane };
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData });
    this.workers.add(worker);
    const lane: LaneThread = { worker, told: undefined, received: 0 };
    return new Promise((resolve, reject) => {
      worker.on('message', (report: LaneReport) => {
        if (report.type === 'failed') reject(TidemarkError.fromMessage(report.error));
        else this.heed(lane, report);
      });
      worker.on('error', reject);
      worker.on('exit', (exitCode) => {
        this.workers.delete(worker);
        if (lane.told?.type === 'close') resolve();
        else reject(vanishedThread(this.doing(lane), exitCode));
      });
    });
  }

  private doing({ told }: LaneThread): string {
    return told?.type === 'read' ? `read ${rangeText(this.start.tables, told.table, told.range)}` : 'was to read';
  }

  private heed(lane: LaneThread, report: Exclude<LaneReport, { type: 'failed' }>): void {
    if (report.type === 'progress') {
      lane.received += report.rows;
      this.total.rows += report.rows;
      this.total.bytesRead += report.bytesRead;
      this.total.bytesWritten += report.bytesWritten;
      this.options.listener({ type: 'progress', ...this.total });
    } else if (report.type === 'retry') {
      this.options.listener(report);
    } else {
      if (report.type === 'done') this.done.push({ receipt: report.receipt, received: lane.received });
      const task = this.tasks.shift();
      lane.received = 0;
      lane.told = task ? { type: 'read', ...task } : { type: 'close' };
      lane.worker.postMessage(lane.told);
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
