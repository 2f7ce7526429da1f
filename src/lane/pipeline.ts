import { TidemarkError } from '../core/errors.js';
import { MisfitError } from '../core/misfit-error.js';
import type { RowGroupDecoder, RowSink } from '../core/source.js';
import type { Portion, Stage } from './stage.js';
import type { WorkClock } from './work-clock.js';

/** From rows to portions, in the order of the rows. `finish` cuts and delivers the last ones. */
export interface Pipeline extends RowSink {
  finish(): void | Promise<void>;
}

/** Takes portions in the order of their rows. What they hold is taken on return; a promise: the next one should wait. */
export type PortionSink = (portion: Portion) => void | Promise<void>;

/** Where portions go, and who counts how long that and what is before it takes. */
export interface Outlet {
  readonly sink: PortionSink;
  readonly work: WorkClock;
}

/** Decodes and encodes in the thread that receives: frames are decoded as they come, while they are in the cache. */
export class InlinePipeline implements Pipeline {
  private rowsBefore = 0;
  private rowsAtHand = 0;

  constructor(
    private readonly decoder: RowGroupDecoder,
    private readonly stage: Stage,
    private readonly out: Outlet,
  ) {}

  rows(bytes: Uint8Array, start: number, end: number, count: number): void {
    try {
      this.out.work.during('decode', () => this.decoder.add(bytes, start, end));
    } catch (error) {
      throw inRange(error, this.rowsBefore);
    }
    this.rowsAtHand += count;
  }

  cut(): void | Promise<void> {
    const delivered = this.deliver();
    return typeof delivered === 'number' ? this.ended(delivered) : delivered.then((rows) => this.ended(rows));
  }

  /** The stage, too, may find a row that its columns cannot have: one that belongs to no part of a split. */
  private deliver(): number | Promise<number> {
    const explained = (error: unknown): never => {
      throw inRange(error, this.rowsBefore);
    };
    try {
      const batch = this.out.work.during('decode', () => this.decoder.finish());
      const delivered = handOn(this.stage.portions(batch, this.decoder.misfits()), this.out);
      return typeof delivered === 'number' ? delivered : delivered.catch(explained);
    } catch (error) {
      return explained(error);
    }
  }

  batch(): never {
    throw unexpected('a record batch', 'frames');
  }

  finish(): void | Promise<void> {
    if (this.rowsAtHand > 0) return this.cut();
  }

  private ended(delivered: number): void {
    assertRows(this.rowsAtHand, delivered);
    this.rowsBefore += this.rowsAtHand;
    this.rowsAtHand = 0;
  }
}

/** Hands portions on as fast as they are taken; gives their rows. */
export function handOn(portions: Iterator<Portion>, out: Outlet, delivered = 0): number | Promise<number> {
  let rows = delivered;
  for (;;) {
    const next = out.work.during('encode', () => portions.next());
    if (next.done === true) return rows;
    rows += next.value.rowGroup.rows;
    const room = out.work.during('write', () => out.sink(next.value));
    if (room) return out.work.untilRoom(room).then(() => handOn(portions, out, rows));
  }
}

/** A source whose reader hands over what it does not say that it does. */
export function unexpected(given: string, expected: string): TidemarkError {
  return new TidemarkError('internal.bug', `a reader handed over ${given}, and its source gives ${expected}`);
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
  return error instanceof MisfitError ? error.at(rowsBefore + error.row) : error;
}
