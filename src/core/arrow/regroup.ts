import { type Data, makeData, RecordBatch, type Schema, Struct } from 'apache-arrow';
import { concatenate } from './concatenate.js';
import { plainData } from './plain-data.js';
import { rowSizes } from './row-sizes.js';

/** Where a row group ends: after this many rows, or before the row that would make it larger than this many Arrow bytes. */
export interface RowGroupSize {
  readonly rows: number;
  readonly bytes: number;
}

/** Cuts and joins record batches of any size into row groups. Where they end depends on the rows, not on the batches. */
export class Regrouper {
  private pieces: Data[][] = [];
  private rows = 0;
  private bytes = 0;

  constructor(
    private readonly schema: Schema,
    private readonly limit: RowGroupSize,
  ) {}

  /** Takes a batch and gives the row groups that it completes. Batches must stay as they are until these were written. */
  *add(batch: RecordBatch): Generator<RecordBatch> {
    const columns = batch.data.children.map(plainData);
    const sizes = rowSizes(columns, batch.numRows);
    let from = 0;
    for (let row = 0; row < batch.numRows; row++) {
      const size = sizes[row]!;
      if (this.rows > 0 && (this.rows >= this.limit.rows || this.bytes + size > this.limit.bytes)) {
        this.take(columns, from, row);
        from = row;
        yield this.complete();
      }
      this.rows++;
      this.bytes += size;
    }
    this.take(columns, from, batch.numRows);
  }

  /** The last row group; undefined where nothing is left. */
  finish(): RecordBatch | undefined {
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
    this.rows = this.bytes = 0;
    return batch;
  }
}
