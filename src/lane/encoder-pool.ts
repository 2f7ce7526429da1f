import { Worker } from 'node:worker_threads';
import { TidemarkError } from '../core/errors.js';
import type { EncodeJob, EncodeResult, Work } from './messages.js';
import { newBatch, type RawBatch } from './raw-batch.js';

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
  private readonly threads: Worker[] = [];
  private readonly free: Worker[] = [];
  private readonly busy = new Map<Worker, Waiting>();
  private readonly queue: Waiting[] = [];

  constructor(work: Work, size: number) {
    this.batches = Array.from({ length: size + 1 }, () => newBatch(work.limits.bytes));
    const { sourceKind, tables, misfits, format, limits, shardSize } = work;
    const workerData: Work = { sourceKind, tables, misfits, format, limits, shardSize };
    for (let i = 0; i < size; i += 1) this.add(new Worker(new URL('./encoder.js', import.meta.url), { workerData }));
  }

  /** Never rejects: what went wrong is a `failed` result. */
  encode(job: EncodeJob): Promise<EncodeResult> {
    return new Promise((answered) => {
      this.queue.push({ job, answered });
      this.next();
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.terminate()));
  }

  private next(): void {
    while (this.queue.length > 0 && this.free.length > 0) {
      const thread = this.free.shift()!;
      const waiting = this.queue.shift()!;
      this.busy.set(thread, waiting);
      thread.postMessage(waiting.job, waiting.job.spare ? [waiting.job.spare] : []);
    }
  }

  private add(thread: Worker): void {
    this.threads.push(thread);
    this.free.push(thread);
    thread.on('message', (result: EncodeResult) => {
      const waiting = this.busy.get(thread);
      this.busy.delete(thread);
      this.free.push(thread);
      this.next();
      waiting?.answered(result);
    });
    thread.on('error', (error) => {
      this.busy.get(thread)?.answered({ type: 'failed', error: TidemarkError.from(error).toMessage() });
      this.busy.delete(thread);
    });
  }
}
