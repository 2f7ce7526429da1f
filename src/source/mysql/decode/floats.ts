import { Float32, Float64 } from 'apache-arrow';
import type { FieldBlock } from '../../../core/fields/field-block.js';
import type { MisfitTally } from '../../../core/fields/misfit-tally.js';
import { ShortBuilder } from '../../../core/arrow/build/short-builder.js';
import { ColumnDecoder } from '../../../core/fields/column-decoder.js';
import { WordColumn } from '../../../core/fields/word-column.js';

/** FLOAT: 32 bits, IEEE 754. The server has neither NaN nor infinities. */
export class Float32Column extends WordColumn {
  constructor(tally: MisfitTally) {
    super(tally, new Float32(), 1, { View: Float32Array, itemsPerValue: 1 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      if (lengths[k] === 4) {
        out[i] = view.getInt32(offsets[k]!, true);
      } else {
        this.allowNull(lengths[k]!);
        out[i] = 0;
      }
    }
  }
}

/** DOUBLE: 64 bits, IEEE 754. */
export class Float64Column extends WordColumn {
  constructor(tally: MisfitTally) {
    super(tally, new Float64(), 2, { View: Float64Array, itemsPerValue: 1 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row * 2, k = first, end = first + rows; k < end; i += 2, k++) {
      if (lengths[k] === 8) {
        const at = offsets[k]!;
        out[i] = view.getInt32(at, true);
        out[i + 1] = view.getInt32(at + 4, true);
      } else {
        this.allowNull(lengths[k]!);
        out[i] = out[i + 1] = 0;
      }
    }
  }
}

/** Small whole numbers that come as doubles, as int16. */
export class MarkColumn extends ColumnDecoder<ShortBuilder> {
  constructor(tally: MisfitTally) {
    super(tally, new ShortBuilder());
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.values;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      if (lengths[k] !== 8) this.allowNull(lengths[k]!);
      out[i] = lengths[k] === 8 ? view.getFloat64(offsets[k]!, true) : 0;
    }
  }
}
