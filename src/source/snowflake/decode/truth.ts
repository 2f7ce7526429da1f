import { BitBuilder } from '../../../core/arrow/build/bit-builder.js';
import { ColumnDecoder } from '../../../core/fields/column-decoder.js';
import type { FieldBlock } from '../../../core/fields/field-block.js';
import type { MisfitTally } from '../../../core/fields/misfit-tally.js';

/** Truth: `1` and `0` of the drivers' protocol, `true` and `false` of the SQL API. */
export class TruthColumn extends ColumnDecoder<BitBuilder> {
  constructor(tally: MisfitTally) {
    super(tally, new BitBuilder());
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { bytes, offsets, lengths, rows } = block;
    const out = this.builder.bits;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      const mask = 1 << (i & 7);
      out[i >> 3]! &= ~mask;
      const length = lengths[k]!;
      if (length === -1) continue;
      const letter = bytes[offsets[k]!]!;
      const isTrue = length === 4 ? letter === 0x74 : letter === 0x31;
      const isFalse = length === 5 ? letter === 0x66 : letter === 0x30;
      if ((!isTrue && !isFalse) || length === 0 || length === 2 || length === 3 || length > 5)
        throw this.malformed(`a text of ${length} bytes`);
      if (isTrue) out[i >> 3]! |= mask;
    }
  }
}
