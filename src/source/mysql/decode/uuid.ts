import { FixedSizeBinary } from 'apache-arrow';
import type { FieldBlock } from '../../../core/fields/field-block.js';
import type { MisfitTally } from '../../../core/fields/misfit-tally.js';
import { WordColumn } from '../../../core/fields/word-column.js';

const textLength = 36;
const hyphen = 0x2d;
const hyphens = [8, 13, 18, 23] as const;
/** Where the hexadecimal digits of each byte begin in `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`. */
const places = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;

/** MariaDB's UUID, which comes as its text: 16 bytes in their order. */
export class UuidColumn extends WordColumn {
  constructor(tally: MisfitTally) {
    super(tally, new FixedSizeBinary(16), 4, { View: Uint8Array, itemsPerValue: 16 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { bytes, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row * 4, k = first, end = first + rows; k < end; i += 4, k++) {
      out.fill(0, i, i + 4);
      if (lengths[k] !== textLength) {
        this.allowNull(lengths[k]!);
        continue;
      }
      const start = offsets[k]!;
      if (hyphens.some((place) => bytes[start + place] !== hyphen)) throw this.malformed('a text that is no UUID');
      for (const [index, place] of places.entries()) {
        const at = start + place;
        const byte = (this.nibble(bytes[at]!) << 4) | this.nibble(bytes[at + 1]!);
        out[i + (index >> 2)]! |= byte << (8 * (index & 3));
      }
    }
  }

  private nibble(character: number): number {
    if (character >= 0x30 && character <= 0x39) return character - 0x30;
    const letter = character | 0x20;
    if (letter < 0x61 || letter > 0x66) throw this.malformed('a text that is no UUID');
    return letter - 0x57;
  }
}
