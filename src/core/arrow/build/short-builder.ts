import { type Data, Int16, makeData } from 'apache-arrow';
import { grownCapacity } from './capacity.js';
import { ColumnBuilder } from './column-builder.js';

/** Integers of 16 bits. */
export class ShortBuilder extends ColumnBuilder {
  values = new Int16Array(0);

  reserve(rows: number, used: number): void {
    if (this.values.length >= rows) return;
    const grown = new Int16Array(grownCapacity(this.values.length, rows));
    grown.set(this.values.subarray(0, used));
    this.values = grown;
  }

  finish(rows: number): Data {
    return makeData({ type: new Int16(), length: rows, ...this.nullsOf(rows), data: this.values.subarray(0, rows) });
  }
}
