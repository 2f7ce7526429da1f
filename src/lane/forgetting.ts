import type { RecordBatch } from 'apache-arrow';
import { type Facts, noFacts } from '../core/facts.js';
import type { Outlet, Pipeline } from './pipeline.js';
import { onlyTarget, type Portion, type Stage } from './stage.js';

/*
 * What takes the place of stages and pipelines where it is measured how fast rows come, or how fast they are decoded: rows are
 * counted, and forgotten.
 */

/** Forgets rows as they come: as fast as a reader can be. */
export class ForgettingPipeline implements Pipeline {
  private count = 0;

  /** @param columns how many are written */
  constructor(
    private readonly columns: number,
    private readonly out: Outlet,
  ) {}

  rows(_bytes: Uint8Array, _start: number, _end: number, count: number): void {
    this.count += count;
  }

  batch({ numRows }: RecordBatch): void {
    this.count += numRows;
  }

  cut(): void {
    // Row groups are nothing here.
  }

  finish(): void | Promise<void> {
    if (this.count > 0) return this.out.sink(forgotten(this.count, this.columns));
  }
}

/** Forgets rows that were decoded. @param columns how many are written */
export const forgettingStage = (columns: number): Stage => ({
  *portions({ numRows }) {
    yield forgotten(numRows, columns);
  },
});

function forgotten(rows: number, columns: number): Portion {
  const facts: Facts = { ...noFacts(columns), rows };
  return { target: onlyTarget, rowGroup: { rows, bytes: new Uint8Array(0), meta: null }, facts };
}
