import { TidemarkError } from '../core/errors.js';
import { MisfitError } from '../core/misfit-error.js';
import type { EncoderPool } from './encoder-pool.js';
import type { EncodeResult } from './messages.js';
import { assertRows, type Outlet, type Pipeline, unexpected } from './pipeline.js';
import { newBatch, type RawBatch } from './raw-batch.js';

/**
 * Gathers frames into row-group-sized raw batches in shared memory and has them encoded by other threads, so that the
 * receiver never stops reading while it has room. Raw batches are few, which bounds the memory and makes the receiver wait
 * when the encoders are behind. Encoded row groups are delivered in their order.
 */
export class PooledPipeline implements Pipeline {
  private current: RawBatch | undefined;
  private rowsBefore = 0;
  /** Resolves when everything that was cut so far is delivered; rejects with the first failure in row order. */
  private delivered: Promise<void>;
  private failure: unknown;

  /** @param before what goes into the sink first; where it fails, nothing more does */
  constructor(
    private readonly table: number,
    private readonly encoders: EncoderPool,
    private readonly out: Outlet,
    before: Promise<void> = Promise.resolve(),
  ) {
    this.delivered = before;
    this.noteFailure();
  }

  rows(bytes: Uint8Array, start: number, end: number, count: number): void | Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    if (!this.current) {
      const batch = this.encoders.batches.pop();
      if (!batch)
        return this.out.work.untilRoom(this.encoders.batchFreed()).then(() => this.rows(bytes, start, end, count));
      this.current = batch;
    }
    const batch = (this.current = withRoom(this.current, end - start));
    batch.bytes.set(bytes.subarray(start, end), batch.length);
    batch.length += end - start;
    batch.rows += count;
  }

  cut(): void {
    const batch = this.current;
    if (!batch || batch.rows === 0) return;
    this.current = undefined;
    const job = {
      table: this.table,
      frames: batch.bytes.buffer,
      length: batch.length,
      spare: this.encoders.spares.pop(),
    };
    const { rows } = batch;
    const encoded = this.encoders.encode(job);
    void encoded
      .then(() => this.encoders.stalled)
      .then(() => {
        batch.length = batch.rows = 0;
        this.encoders.batches.push(batch);
        this.encoders.wake();
      });
    this.delivered = this.delivered.then(async () => this.deliver(await encoded, rows));
    this.noteFailure();
  }

  batch(): never {
    throw unexpected('a record batch', 'frames');
  }

  async finish(): Promise<void> {
    this.cut();
    await this.delivered;
  }

  private noteFailure(): void {
    this.delivered.catch((error: unknown) => {
      this.failure ??= error;
      this.encoders.wake();
    });
  }

  private async deliver(result: EncodeResult, received: number): Promise<void> {
    if (result.type === 'failed') throw TidemarkError.fromMessage(result.error);
    if (result.type === 'misfit') throw misfitInRange(result, this.rowsBefore);
    const { portions } = result;
    this.out.work.add(result.work);
    assertRows(
      received,
      portions.reduce((sum, { rows }) => sum + rows, 0),
    );
    for (const { target, facts, rows, bytes, length, meta } of portions) {
      const rowGroup = { rows, bytes: new Uint8Array(bytes, 0, length), meta };
      const room = this.out.work.during('write', () => this.out.sink({ target, facts, rowGroup }));
      // One for each row group, as a job takes one.
      if (rows > 0) this.encoders.spares.push(bytes);
      if (room) await this.encoders.stall(room);
    }
    this.rowsBefore += received;
  }
}

/** The batch, or a larger one with its content: only a single row larger than the limit needs that. */
function withRoom(batch: RawBatch, more: number): RawBatch {
  if (batch.length + more <= batch.bytes.length) return batch;
  const larger = newBatch(batch.length + more);
  larger.bytes.set(batch.bytes.subarray(0, batch.length));
  return Object.assign(larger, { length: batch.length, rows: batch.rows });
}

function misfitInRange(result: Extract<EncodeResult, { type: 'misfit' }>, rowsBefore: number): MisfitError {
  const { code, message, hint } = result.error;
  const kind = code === 'data.encoding' ? 'data.encoding' : 'data.misfit';
  return new MisfitError({ column: result.column, row: rowsBefore + result.row }, kind, message, hint ?? '');
}
