import { Binary } from 'apache-arrow';
import { BytesBuilder } from '../arrow/build/bytes-builder.js';
import { ColumnDecoder } from './column-decoder.js';
import type { FieldBlock } from './field-block.js';
import type { MisfitTally } from './misfit-tally.js';

/** What a digit stands for; 16 for what is none. */
const digits = new Uint8Array(256).fill(16);
for (const [value, digit] of [...'0123456789ABCDEF'].entries()) {
  digits[digit.charCodeAt(0)] = value;
  digits[digit.toLowerCase().charCodeAt(0)] = value;
}

/** Bytes, which stand as hexadecimal digits. */
export class HexColumn extends ColumnDecoder<BytesBuilder> {
  constructor(tally: MisfitTally) {
    super(tally, new BytesBuilder(new Binary()));
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { bytes, lengths, offsets, rows } = block;
    let total = 0;
    for (let k = first; k < first + rows; k++) total += Math.max(0, lengths[k]!) >> 1;
    this.builder.reserveBytes(total);
    const { data, offsets: ends } = this.builder;
    let out = this.builder.used;
    for (let i = row + 1, k = first; k < first + rows; i++, k++) {
      const length = Math.max(0, lengths[k]!);
      if (length % 2 !== 0) throw this.malformed(`a text of ${length} bytes`);
      const stop = offsets[k]! + length;
      for (let at = offsets[k]!; at < stop; at += 2) {
        const [high, low] = [digits[bytes[at]!]!, digits[bytes[at + 1]!]!];
        if (high > 15 || low > 15) throw this.malformed('other than hexadecimal digits');
        data[out++] = (high << 4) | low;
      }
      ends[i] = out;
    }
    this.builder.used = out;
  }
}
