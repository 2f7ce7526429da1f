import { type Float32, type Float64, Int32, Int64 } from 'apache-arrow';
import { ShortBuilder } from '../../../core/arrow/build/short-builder.js';
import { ColumnDecoder } from '../../../core/fields/column-decoder.js';
import type { FieldBlock } from '../../../core/fields/field-block.js';
import type { MisfitTally } from '../../../core/fields/misfit-tally.js';
import { WordColumn } from '../../../core/fields/word-column.js';

/** Numbers of four bytes, in Arrow as they come: INT and FLOAT (IEEE 754; the server has neither NaN nor infinities). */
export class FourBytesColumn extends WordColumn {
  constructor(tally: MisfitTally, type: Int32 | Float32) {
    const View = type instanceof Int32 ? Int32Array : Float32Array;
    super(tally, type, 1, { View, itemsPerValue: 1 });
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

/** Numbers of eight bytes, in Arrow as they come: BIGINT and DOUBLE. */
export class EightBytesColumn extends WordColumn {
  constructor(tally: MisfitTally, type: Int64 | Float64) {
    const View = type instanceof Int64 ? BigInt64Array : Float64Array;
    super(tally, type, 2, { View, itemsPerValue: 1 });
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
