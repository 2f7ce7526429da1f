import { Bool, type Data, Int16, makeData } from 'apache-arrow';
import type { Block } from './block.js';
import { grownCapacity } from './capacity.js';
import { ColumnDecoder } from './column.js';

/** int2: 16 bits. */
export class Int16Column extends ColumnDecoder {
  private values = new Int16Array(0);

  protected reserve(rows: number, used: number): void {
    if (this.values.length >= rows) return;
    const grown = new Int16Array(grownCapacity(this.values.length, rows));
    grown.set(this.values.subarray(0, used));
    this.values = grown;
  }

  protected decode(block: Block, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.values;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      if (lengths[k] === 2) {
        out[i] = view.getInt16(offsets[k]!);
      } else {
        this.allowNull(lengths[k]!);
        out[i] = 0;
      }
    }
  }

  finish(rows: number): Data {
    return makeData({ type: new Int16(), length: rows, ...this.nullsOf(rows), data: this.values.subarray(0, rows) });
  }
}

/** bool: a byte, 0 or 1, packed to bits with the least significant first. */
export class BoolColumn extends ColumnDecoder {
  private bits = new Uint8Array(0);

  protected reserve(rows: number, used: number): void {
    const needed = (rows + 7) >> 3;
    if (this.bits.length >= needed) return;
    const grown = new Uint8Array(grownCapacity(this.bits.length, needed));
    grown.set(this.bits.subarray(0, (used + 7) >> 3));
    this.bits = grown;
  }

  protected decode(block: Block, first: number, row: number): void {
    const { bytes, offsets, lengths, rows } = block;
    const out = this.bits;
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

  finish(rows: number): Data {
    const data = this.bits.subarray(0, (rows + 7) >> 3);
    return makeData({ type: new Bool(), length: rows, ...this.nullsOf(rows), data });
  }
}
