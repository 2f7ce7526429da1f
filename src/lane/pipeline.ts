import { TidemarkError } from '../core/errors.js';
import { MisfitError } from '../core/misfit.js';
import type { FrameSink, RowGroupDecoder } from '../core/source.js';
import type { Portion, Stage } from './stage.js';

/** From frames to portions, in the order of the rows. `finish` cuts and delivers the last ones. */
export interface Pipeline extends FrameSink {
  finish(): void | Promise<void>;
}

/** Takes portions in the order of their rows. What they hold is taken on return; a promise: the next one should wait. */
export type PortionSink = (portion: Portion) => void | Promise<void>;

/** Decodes and encodes in the thread that receives: frames are decoded as they come, while they are in the cache. */
export class InlinePipeline implements Pipeline {
  private rowsBefore = 0;
  private rowsAtHand = 0;

  constructor(
    private readonly decoder: RowGroupDecoder,
    private readonly stage: Stage,
    private readonly sink: PortionSink,
  ) {}

  rows(bytes: Uint8Array, start: number, end: number, count: number): void {
    try {
      this.decoder.add(bytes, start, end);
    } catch (error) {
      throw inRange(error, this.rowsBefore);
    }
    this.rowsAtHand += count;
  }

  cut(): void | Promise<void> {
    return this.deliver(this.stage.portions(this.decoder.finish(), this.decoder.misfits()), 0);
  }

  finish(): void | Promise<void> {
    if (this.rowsAtHand > 0) return this.cut();
  }

  private deliver(portions: Iterator<Portion>, delivered: number): void | Promise<void> {
    let rows = delivered;
    for (let next = portions.next(); next.done !== true; next = portions.next()) {
      rows += next.value.rowGroup.rows;
      const room = this.sink(next.value);
      if (room) return room.then(() => this.deliver(portions, rows));
    }
    assertRows(this.rowsAtHand, rows);
    this.rowsBefore += this.rowsAtHand;
    this.rowsAtHand = 0;
  }
}

/** Refuses a row group of which other rows came out than went in. @throws internal.bug */
export function assertRows(received: number, encoded: number): void {
  if (received === encoded) return;
  throw new TidemarkError('internal.bug', `a row group of ${received} rows was encoded as one of ${encoded}`, {
    hint: 'This is a defect of Tidemark: nothing was published. Please report it with the command that you ran.',
  });
}

/** A misfit's row counted from the start of the range, where it was counted from the start of the row group. */
function inRange(error: unknown, rowsBefore: number): unknown {
  if (!(error instanceof MisfitError)) return error;
  const code = error.code === 'data.encoding' ? 'data.encoding' : 'data.misfit';
  return new MisfitError(error.column, rowsBefore + error.row, code, error.message, error.hint ?? '');
}
