import type { Data, Schema } from 'apache-arrow';
import { rowSizes } from '../core/arrow/row-sizes.js';
import { RowsCollector } from '../core/arrow/rows-collector.js';
import { RowsWriter } from '../core/arrow/rows-writer.js';
import type { RowGroupLimits } from '../core/source.js';
import type { SpooledRun } from './spool.js';

/** Rows that are in one row group. */
export interface RunPiece {
  /** A new row group begins before them. */
  readonly startsNew: boolean;
  readonly rows: number;
  /** As {@link RowsWriter} writes them; valid until the next piece. */
  readonly bytes: Uint8Array;
}

/**
 * Says where row groups end in the runs of a target. That depends on its rows alone: which other rows came between them, and how they
 * came in runs, changes nothing, so that a partition in which nothing was changed has the same files.
 */
export class RunCutter {
  private rows = 0;
  private size = 0;
  private readonly collector: RowsCollector;
  private readonly writer = new RowsWriter();

  constructor(
    schema: Schema,
    private readonly limits: RowGroupLimits,
  ) {
    this.collector = new RowsCollector(schema);
  }

  *pieces({ rows, bytes, size }: SpooledRun): Generator<RunPiece> {
    if (this.rows + rows <= this.limits.rows && this.size + size <= this.limits.bytes) {
      this.count(rows, size);
      yield { startsNew: false, rows, bytes };
      return;
    }
    this.collector.add(bytes);
    const columns = this.collector.finish().data.children;
    let from = 0;
    let startsNew = false;
    for (const [row, own] of rowSizes(columns, rows).entries()) {
      if (this.rows > 0 && (this.rows >= this.limits.rows || this.size + own > this.limits.bytes)) {
        if (row > from) yield this.piece(columns, [from, row], startsNew);
        [this.rows, this.size, from, startsNew] = [0, 0, row, true];
      }
      this.count(1, own);
    }
    yield this.piece(columns, [from, rows], startsNew);
  }

  private piece(columns: readonly Data[], [from, to]: readonly [number, number], startsNew: boolean): RunPiece {
    const positions = Int32Array.from({ length: to - from }, (_, index) => from + index);
    return { startsNew, rows: to - from, bytes: this.writer.write(columns, positions) };
  }

  private count(rows: number, size: number): void {
    this.rows += rows;
    this.size += size;
  }
}
