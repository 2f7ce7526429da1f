import { BitBuilder } from '../../../core/arrow/build/bit-builder.js';
import { ColumnDecoder } from '../../../core/fields/column-decoder.js';
import type { FieldBlock } from '../../../core/fields/field-block.js';
import type { MisfitTally } from '../../../core/fields/misfit-tally.js';

const [letterT, letterF] = [0x74, 0x66];

/** BOOLEAN: `t` and `f`. */
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
      if (lengths[k] === -1) continue;
      const letter = bytes[offsets[k]!]!;
      if (lengths[k] !== 1 || (letter !== letterT && letter !== letterF))
        throw this.malformed(`a text of ${lengths[k]} bytes`);
      if (letter === letterT) out[i >> 3]! |= mask;
    }
  }
}
