import type { Data } from 'apache-arrow';
import { inLine } from '../in-line.js';
import { columnFlag } from '../option-name.js';
import type { ColumnBuilder } from '../arrow/build/column-builder.js';
import { TidemarkError } from '../errors.js';
import type { FieldBlock } from './field-block.js';
import type { MisfitTally } from './misfit-tally.js';

/** Fills one column of the record batch in the making from the fields of blocks of rows. */
export abstract class ColumnDecoder<Builder extends ColumnBuilder = ColumnBuilder> {
  constructor(
    protected readonly tally: MisfitTally,
    protected readonly builder: Builder,
  ) {}

  /** Appends the block's rows after the `row` rows that are already there. */
  append(block: FieldBlock, row: number): void {
    const { validity } = this.builder;
    if (row === 0) validity.clear();
    this.builder.reserve(row + block.rows, row);
    const first = this.tally.index * block.stride;
    if (block.nulls[this.tally.index] !== 0) validity.markNulls(block.lengths, first, block.rows, row);
    this.decode(block, first, row);
  }

  /** The first `rows` rows. */
  finish(rows: number): Data {
    return this.builder.finish(rows);
  }

  /** Decodes the fields at `first` and following into rows `row` and following. */
  protected abstract decode(block: FieldBlock, first: number, row: number): void;

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
      `Column "${inLine(name)}" (${sourceType}): the server sent ${what}, which is not ${wire}`,
      {
        hint: `If the server's binary form of this type differs, ${columnFlag('cast', name, 'text')} reads it as text.`,
      },
    );
  }
}
