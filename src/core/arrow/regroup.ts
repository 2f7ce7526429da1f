import { type Data, makeData, RecordBatch, type Schema, Struct } from 'apache-arrow';
import { RowGroupBounds } from '../row-group-bounds.js';
import type { RowGroupLimits } from '../source.js';
import { concatenate } from './concatenate.js';
import { plainData } from './plain-data.js';
import { rowSizes } from './row-sizes.js';

/** Cuts and joins record batches of any size into row groups. Where they end depends on the rows, not on the batches. */
export class Regrouper {
  private pieces: Data[][] = [];
  private rows = 0;
  private bounds: RowGroupBounds;

  /** @param limits in Arrow's bytes */
  constructor(
    private readonly schema: Schema,
    private readonly limits: RowGroupLimits,
  ) {
    this.bounds = new RowGroupBounds(limits);
  }

  /** Takes a batch and gives the row groups that it completes. Batches must stay as they are until these were written. */
  *add(batch: RecordBatch): Generator<RecordBatch> {
    const columns = batch.data.children.map(plainData);
    const sizes = rowSizes(columns, batch.numRows);
    let from = 0;
    for (let row = 0; row < batch.numRows; row++) {
      if (this.bounds.startsNew(sizes[row]!)) {
        this.take(columns, from, row);
        from = row;
        yield this.complete();
      }
      this.rows++;
    }
    this.take(columns, from, batch.numRows);
  }

  /** The last row group; undefined where nothing is left. */
  finish(): RecordBatch | undefined {
    this.bounds = new RowGroupBounds(this.limits);
    return this.rows === 0 ? undefined : this.complete();
  }

  private take(columns: readonly Data[], from: number, to: number): void {
    if (to > from) this.pieces.push(columns.map((column) => column.slice(from, to - from)));
  }

  private complete(): RecordBatch {
    const children = this.schema.fields.map((_, i) => concatenate(this.pieces.map((piece) => piece[i]!)));
    const type = new Struct(this.schema.fields);
    const batch = new RecordBatch(this.schema, makeData({ type, length: this.rows, nullCount: 0, children }));
    this.pieces = [];
    this.rows = 0;
    return batch;
  }
}
