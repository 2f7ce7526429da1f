import type { Struct } from 'apache-arrow';
import { StructBuilder } from '../../arrow/build/struct-builder.js';
import { ColumnDecoder } from '../column-decoder.js';
import type { FieldBlock } from '../field-block.js';
import type { MisfitTally } from '../misfit-tally.js';
import { arrowType } from '../../type-table.js';
import { type DecoderOf, Parts } from './parts.js';

/** Values of the same fields each. */
export abstract class StructColumn extends ColumnDecoder<StructBuilder> {
  protected readonly parts: Parts;

  constructor(tally: MisfitTally, decoderOf: DecoderOf) {
    super(tally, new StructBuilder(arrowType(tally.column.type) as Struct, (rows) => this.parts.finish(rows)));
    this.parts = new Parts(tally, tally.column.parts!, decoderOf);
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { parts } = this;
    const { view, offsets, lengths, rows } = block;
    parts.begin(block, row === 0);
    for (let i = row, k = first; k < first + rows; i++, k++) {
      const length = lengths[k]!;
      if (length === -1) parts.nextNull();
      else this.gather(view, offsets[k]!, length, i);
    }
    parts.decode();
  }

  /** Gathers the fields of one value, and ends their row. @throws source.protocol, source.changed; data.misfit */
  protected abstract gather(view: DataView, at: number, length: number, row: number): void;
}
