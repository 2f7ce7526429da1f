import { BitBuilder } from '../../../core/arrow/build/bit-builder.js';
import { ShortBuilder } from '../../../core/arrow/build/short-builder.js';
import type { FieldBlock } from '../../../core/fields/field-block.js';
import { ColumnDecoder } from '../../../core/fields/column-decoder.js';
import type { MisfitTally } from '../../../core/fields/misfit-tally.js';

/** int2: 16 bits. */
export class Int16Column extends ColumnDecoder<ShortBuilder> {
  constructor(tally: MisfitTally) {
    super(tally, new ShortBuilder());
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.values;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      if (lengths[k] === 2) {
        out[i] = view.getInt16(offsets[k]!);
      } else {
        this.allowNull(lengths[k]!);
        out[i] = 0;
      }
    }
  }
}

/** bool: a byte, 0 or 1, packed to bits with the least significant first. */
export class BoolColumn extends ColumnDecoder<BitBuilder> {
  constructor(tally: MisfitTally) {
    super(tally, new BitBuilder());
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { bytes, offsets, lengths, rows } = block;
    const out = this.builder.bits;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      let bit = 0;
      if (lengths[k] === 1) {
        bit = bytes[offsets[k]!]!;
        if (bit > 1) throw this.malformed(`the byte ${bit}`);
      } else {
        this.allowNull(lengths[k]!);
      }
      // The first bit of a byte sets all eight: what an earlier row group left there goes.
      if ((i & 7) === 0) out[i >> 3] = bit;
      else out[i >> 3]! |= bit << (i & 7);
    }
  }
}
