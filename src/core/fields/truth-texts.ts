import { BitBuilder } from '../arrow/build/bit-builder.js';
import { ColumnDecoder } from './column-decoder.js';
import type { FieldBlock } from './field-block.js';
import type { MisfitTally } from './misfit-tally.js';

const longest = 5;

/** Truth, which stands as words that differ in their length or in their first letter. */
export class TruthTextColumn extends ColumnDecoder<BitBuilder> {
  /** What values of a length begin with: a word that is true, and one that is false; 0: there is none. */
  private readonly truths = new Uint8Array(longest + 1);
  private readonly falsities = new Uint8Array(longest + 1);

  constructor(
    tally: MisfitTally,
    { truths, falsities }: { readonly truths: readonly string[]; readonly falsities: readonly string[] },
  ) {
    super(tally, new BitBuilder());
    for (const word of truths) this.truths[word.length] = word.charCodeAt(0);
    for (const word of falsities) this.falsities[word.length] = word.charCodeAt(0);
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { bytes, offsets, lengths, rows } = block;
    const { truths, falsities } = this;
    const out = this.builder.bits;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      const mask = 1 << (i & 7);
      out[i >> 3]! &= ~mask;
      const length = lengths[k]!;
      if (length === -1) continue;
      const letter = bytes[offsets[k]!]!;
      if (length < 1 || length > longest || letter === 0) throw this.malformed(`a text of ${length} bytes`);
      if (letter === truths[length]) out[i >> 3]! |= mask;
      else if (letter !== falsities[length]) throw this.malformed(`a text of ${length} bytes`);
    }
  }
}
