import type { TablePlan } from '../core/source.js';
import type { LaneCommand } from './messages.js';

/** Ranges in their order, each to whichever lane is free: where they all go into spools, none waits for another. */
export class SpoolSchedule {
  private readonly left: Iterator<readonly [table: number, range: number]>;
  private stopped = false;

  constructor(tables: readonly Pick<TablePlan, 'ranges'>[]) {
    this.left = tables.flatMap(({ ranges }, table) => ranges.map((_, range) => [table, range] as const)).values();
  }

  next(): LaneCommand {
    const next = this.left.next();
    if (this.stopped || next.done === true) return { type: 'close' };
    const [table, range] = next.value;
    return { type: 'read', table, range, end: range + 1, into: 'spool' };
  }

  /** Nothing more is begun. */
  stop(): void {
    this.stopped = true;
  }
}
