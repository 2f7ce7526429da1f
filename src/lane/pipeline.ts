import { TidemarkError } from '../core/errors.js';
import { MisfitError } from '../core/misfit.js';
import type { EncodedRowGroup, RowGroupEncoder } from '../core/shard.js';
import type { FrameSink, MisfitCounts, RowGroupDecoder } from '../core/source.js';

/** From frames to encoded row groups, in order. `finish` cuts and delivers the last one. */
export interface Pipeline extends FrameSink {
  finish(): void | Promise<void>;
  misfits(): MisfitCounts;
}

/** Takes encoded row groups in their order. */
export type RowGroupSink = (rowGroup: EncodedRowGroup) => void;

/** Decodes and encodes in the thread that receives: frames are decoded as they come, while they are in the cache. */
export class InlinePipeline implements Pipeline {
  private rowsBefore = 0;
  private rowsAtHand = 0;
  private readonly before: MisfitCounts;

  constructor(
    private readonly decoder: RowGroupDecoder,
    private readonly encoder: RowGroupEncoder,
    private readonly sink: RowGroupSink,
  ) {
    this.before = decoder.misfits();
  }

  rows(bytes: Uint8Array, start: number, end: number, count: number): void {
    try {
      this.decoder.add(bytes, start, end);
    } catch (error) {
      throw inRange(error, this.rowsBefore);
    }
    this.rowsAtHand += count;
  }

  cut(): void {
    const rowGroup = this.encoder.encode(this.decoder.finish());
    assertRows(this.rowsAtHand, rowGroup.rows);
    this.sink(rowGroup);
    this.rowsBefore += this.rowsAtHand;
    this.rowsAtHand = 0;
  }

  finish(): void {
    if (this.rowsAtHand > 0) this.cut();
  }

  misfits(): MisfitCounts {
    return misfitsSince(this.before, this.decoder.misfits());
  }
}

/** Refuses a row group that came back from its encoder with other rows than went in. @throws internal.bug */
export function assertRows(received: number, encoded: number): void {
  if (received === encoded) return;
  throw new TidemarkError('internal.bug', `a row group of ${received} rows was encoded as one of ${encoded}`, {
    hint: 'This is a defect of Tidemark: nothing was published. Please report it with the command that you ran.',
  });
}

export function misfitsSince(before: MisfitCounts, now: MisfitCounts): MisfitCounts {
  const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((count, i) => count - (b[i] ?? 0));
  return { nulled: minus(now.nulled, before.nulled), extreme: minus(now.extreme, before.extreme) };
}

export function sumMisfits(a: MisfitCounts, b: MisfitCounts): MisfitCounts {
  const plus = (x: readonly number[], y: readonly number[]): number[] => y.map((count, i) => count + (x[i] ?? 0));
  return { nulled: plus(a.nulled, b.nulled), extreme: plus(a.extreme, b.extreme) };
}

/** A misfit's row counted from the start of the range, where it was counted from the start of the row group. */
function inRange(error: unknown, rowsBefore: number): unknown {
  if (!(error instanceof MisfitError)) return error;
  const code = error.code === 'data.encoding' ? 'data.encoding' : 'data.misfit';
  return new MisfitError(error.column, rowsBefore + error.row, code, error.message, error.hint ?? '');
}
