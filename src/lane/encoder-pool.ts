import { Worker } from 'node:worker_threads';
import { TidemarkError } from '../core/errors.js';
import { packageFile } from '../machine/package-file.js';
import type { EncodeJob, EncodeResult, EncoderStart, ThreadPlan } from './messages.js';
import { littleGarbage } from './thread-limits.js';
import { newBatch, type RawBatch } from './raw-batch.js';
import { vanishedThread } from './vanished.js';
import { tableLimits } from './table-limits.js';

interface Waiting {
  readonly job: EncodeJob;
  readonly answered: (result: EncodeResult) => void;
}

/**
 * The encoder threads of one lane, and the buffers that go to and fro between them and the lane. A job goes to the first
 * thread that is free.
 */
export class EncoderPool {
  /** Raw batches that are free: one more than there are encoders, so that the receiver fills one while all encode. */
  readonly batches: RawBatch[];
  /** Buffers of encoded row groups that were written, to be used again. */
  readonly spares: ArrayBuffer[] = [];
  private readonly threads = new Set<Worker>();
  private readonly free: Worker[] = [];
  private readonly busy = new Map<Worker, Waiting>();
  private readonly queue: Waiting[] = [];
  /** While the sink wants no more: no raw batch becomes free, so that little is encoded and waits. */
  stalled: Promise<unknown> | undefined;
  /** Who waits for a raw batch: of the ranges that are on their way only one is still received. */
  private waiting: (() => void) | undefined;
  /** Why the last thread that ended did so. */
  private ended: unknown;

  constructor(work: Pick<ThreadPlan, keyof EncoderStart | 'limits' | 'shardSize'>, size: number) {
    const most = Math.max(...work.tables.map((table) => tableLimits(work, table).bytes));
    this.batches = Array.from({ length: size + 1 }, () => newBatch(most));
    const { sourceKind, tables, misfits, digest, maskKey, label, rowKeys, sketches, checks, format } = work;
    const workerData: EncoderStart = {
      sourceKind,
      tables,
      misfits,
      digest,
      maskKey,
      label,
      rowKeys,
      sketches,
      checks,
      format,
    };
    const program = packageFile('#encoder-thread');
    for (let i = 0; i < size; i += 1) this.add(new Worker(program, { workerData, resourceLimits: littleGarbage }));
  }

  /** Never rejects: what went wrong is a `failed` result. */
  encode(job: EncodeJob): Promise<EncodeResult> {
    return new Promise((answered) => {
      this.queue.push({ job, answered });
      this.next();
    });
  }

  /** Waits until the sink takes more. */
  async stall(room: Promise<void>): Promise<void> {
    this.stalled = room.catch(() => undefined);
    await room;
    this.stalled = undefined;
  }

  /** Resolves when {@link wake} is called. */
  batchFreed(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting = resolve;
    });
  }

  /** A raw batch is free, or there is no more need of one. */
  wake(): void {
    this.waiting?.();
    this.waiting = undefined;
  }

  async close(): Promise<void> {
    await Promise.all([...this.threads].map((thread) => thread.terminate()));
  }

  private next(): void {
    if (this.threads.size === 0) for (const waiting of this.queue.splice(0)) fail(waiting, this.ended);
    while (this.queue.length > 0 && this.free.length > 0) {
      const thread = this.free.shift()!;
      const waiting = this.queue.shift()!;
      this.busy.set(thread, waiting);
      thread.postMessage(waiting.job, waiting.job.spare ? [waiting.job.spare] : []);
    }
  }

  private add(thread: Worker): void {
    this.threads.add(thread);
    this.free.push(thread);
    thread.on('message', (result: EncodeResult) => {
      const waiting = this.busy.get(thread);
      this.busy.delete(thread);
      this.free.push(thread);
      this.next();
      waiting?.answered(result);
    });
    thread.on('error', (error) => this.lose(thread, error));
    thread.on('exit', (exitCode) => this.lose(thread, vanishedThread('encoded a row group', exitCode)));
  }

  /** The thread's job is answered, and others' too where no thread is left for them: nobody waits for ever. */
  private lose(thread: Worker, reason: unknown): void {
    if (!this.threads.delete(thread)) return;
    this.ended = reason;
    const waiting = this.busy.get(thread);
    this.busy.delete(thread);
    const at = this.free.indexOf(thread);
    if (at >= 0) this.free.splice(at, 1);
    if (waiting) fail(waiting, reason);
    this.next();
  }
}

function fail({ answered }: Waiting, reason: unknown): void {
  answered({ type: 'failed', error: TidemarkError.from(reason).toMessage() });
}
