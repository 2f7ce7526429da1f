import { Bool, type Data, makeData } from 'apache-arrow';
import { grownCapacity } from './capacity.js';
import { ColumnBuilder } from './column-builder.js';

/** Booleans: packed to bits, the least significant first. */
export class BitBuilder extends ColumnBuilder {
  bits = new Uint8Array(0);

  reserve(rows: number, used: number): void {
    const needed = (rows + 7) >> 3;
    if (this.bits.length >= needed) return;
    const grown = new Uint8Array(grownCapacity(this.bits.length, needed));
    grown.set(this.bits.subarray(0, (used + 7) >> 3));
    this.bits = grown;
  }

  finish(rows: number): Data {
    const data = this.bits.subarray(0, (rows + 7) >> 3);
    return makeData({ type: new Bool(), length: rows, ...this.nullsOf(rows), data });
  }
}
