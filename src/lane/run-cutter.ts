import type { Data, Schema } from 'apache-arrow';
import { rowSizes } from '../core/arrow/row-sizes.js';
import { RowsCollector } from '../core/arrow/rows-collector.js';
import { RowsWriter } from '../core/arrow/rows-writer.js';
import { RowGroupBounds } from '../core/row-group-bounds.js';
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
  private readonly bounds: RowGroupBounds;
  /** Most targets are one row group: made when a run is cut. */
  private tools: { readonly collector: RowsCollector; readonly writer: RowsWriter } | undefined;

  /** @param schemaOf of the rows */
  constructor(
    private readonly schemaOf: () => Schema,
    limits: RowGroupLimits,
  ) {
    this.bounds = new RowGroupBounds(limits);
  }

  *pieces({ rows, bytes, size }: SpooledRun): Generator<RunPiece> {
    if (this.bounds.takes(rows, size)) {
      yield { startsNew: false, rows, bytes };
      return;
    }
    this.tools ??= { collector: new RowsCollector(this.schemaOf()), writer: new RowsWriter() };
    const { collector, writer } = this.tools;
    collector.add(bytes);
    const data = collector.finish().data.children;
    let from = 0;
    let startsNew = false;
    for (const [row, own] of rowSizes(data, rows).entries()) {
      if (!this.bounds.startsNew(own)) continue;
      if (row > from) yield pieceOf(writer, data, { from, to: row, startsNew });
      from = row;
      startsNew = true;
    }
    yield pieceOf(writer, data, { from, to: rows, startsNew });
  }
}

function pieceOf(
  writer: RowsWriter,
  data: readonly Data[],
  { from, to, startsNew }: { readonly from: number; readonly to: number; readonly startsNew: boolean },
): RunPiece {
  const positions = Int32Array.from({ length: to - from }, (_, index) => from + index);
  return { startsNew, rows: to - from, bytes: writer.write(data, positions) };
}
