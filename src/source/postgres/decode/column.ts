import type { Data } from 'apache-arrow';
import { TidemarkError } from '../../../core/errors.js';
import type { Block } from './block.js';
import type { MisfitTally } from './misfits.js';
import { Validity } from './validity.js';

/**
 * One column of the record batch in the making. Its arrays grow as needed and are used again for the next row group.
 * A NULL's slot always holds zeros (or no bytes), never what an earlier row group left there.
 */
export abstract class ColumnDecoder {
  protected readonly validity = new Validity();

  constructor(protected readonly tally: MisfitTally) {}

  /** Appends the block's rows after the `row` rows that are already there. */
  append(block: Block, row: number): void {
    if (row === 0) this.validity.clear();
    this.reserve(row + block.rows, row);
    const first = this.tally.index * block.stride;
    if (block.nulls[this.tally.index] !== 0) this.validity.markNulls(block.lengths, first, block.rows, row);
    this.decode(block, first, row);
  }

  /** The first `rows` rows, over the column's own arrays. */
  abstract finish(rows: number): Data;

  /** Makes room for `rows` rows, keeping the first `used`. */
  protected abstract reserve(rows: number, used: number): void;

  /** Decodes the fields at `first` and following into rows `row` and following. */
  protected abstract decode(block: Block, first: number, row: number): void;

  /** What `makeData` wants to know of NULLs: a bitmap only where there are any. */
  protected nullsOf(rows: number): { nullCount: number; nullBitmap: Uint8Array | null } {
    if (rows === 0) this.validity.clear();
    return { nullCount: this.validity.nulls, nullBitmap: this.validity.bitmap(rows) };
  }

  /**
   * Called for a field that is not of the type's length.
   * @throws source.protocol unless it is NULL
   */
  protected allowNull(length: number): void {
    if (length !== -1) throw this.malformed(`a field of ${length} bytes`);
  }

  protected malformed(what: string): TidemarkError {
    const { name, sourceType, wire } = this.tally.column;
    return new TidemarkError(
      'source.protocol',
      `Column "${name}" (${sourceType}): the server sent ${what}, which is not ${wire}`,
      { hint: `If the server's binary form of this type differs, --cast ${name}=text reads it as text.` },
    );
  }
}
