import type { Data } from 'apache-arrow';
import { ValidityBuilder } from './validity-builder.js';

/**
 * The arrays of one column of a record batch in the making. They grow as needed and are used again for the next batch.
 * Whoever fills them leaves zeros (or no bytes) in a NULL's slot, never what an earlier batch left there.
 */
export abstract class ColumnBuilder {
  readonly validity = new ValidityBuilder();

  /** Makes room for `rows` rows, keeping the first `used`. */
  abstract reserve(rows: number, used: number): void;

  /** The first `rows` rows, over the builder's own arrays: valid until rows are added again. */
  abstract finish(rows: number): Data;

  /** What `makeData` wants to know of NULLs: a bitmap only where there are any. */
  protected nullsOf(rows: number): { nullCount: number; nullBitmap: Uint8Array | null } {
    if (rows === 0) this.validity.clear();
    return { nullCount: this.validity.nulls, nullBitmap: this.validity.bitmap(rows) };
  }
}
