import type { Data, List, Map_ } from 'apache-arrow';
import { ListBuilder } from '../../arrow/build/list-builder.js';
import { ColumnDecoder } from '../column-decoder.js';
import type { FieldBlock } from '../field-block.js';
import type { MisfitTally } from '../misfit-tally.js';
import { arrowType } from '../../type-table.js';
import { type DecoderOf, Parts } from './parts.js';

/** Values of any number of elements, or of entries. */
export abstract class ListColumn extends ColumnDecoder<ListBuilder> {
  protected readonly parts: Parts;
  /** The row that is looked at. */
  protected row = 0;

  /** @param elements the elements, of what their parts are */
  constructor(
    tally: MisfitTally,
    decoderOf: DecoderOf,
    elements: (parts: Data[], count: number) => Data = ([only]) => only!,
  ) {
    const type = arrowType(tally.column.type) as List | Map_;
    super(tally, new ListBuilder(type, (count) => elements(this.parts.finish(count), count)));
    this.parts = new Parts(tally, tally.column.parts!, decoderOf, (element) => this.rowOf(element));
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { parts, builder } = this;
    const { offsets, lengths, rows } = block;
    parts.begin(block, row === 0);
    for (let i = row, k = first; k < first + rows; i++, k++) {
      this.row = i;
      const length = lengths[k]!;
      if (length !== -1) this.gather(block, offsets[k]!, length);
      builder.offsets[i + 1] = parts.rows;
    }
    parts.decode();
  }

  /** Gathers the elements of one value. @throws source.protocol; data.misfit */
  protected abstract gather(block: FieldBlock, at: number, length: number): void;

  /** The last row that begins at the element or before it. */
  private rowOf(element: number): number {
    const { offsets } = this.builder;
    let low = 0;
    for (let high = this.row; low < high;) {
      const middle = (low + high + 1) >> 1;
      if (offsets[middle]! <= element) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
