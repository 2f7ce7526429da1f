import { type Data, type DataType, makeData } from 'apache-arrow';
import { grownCapacity } from './capacity.js';
import { ColumnBuilder } from './column-builder.js';

/** How Arrow wants to see the bytes of a column. */
export interface ArrowView {
  readonly View: new (buffer: ArrayBuffer, byteOffset: number, length: number) => ArrayLike<unknown>;
  readonly itemsPerValue: number;
}

/** Values of one, two, four or eight 32-bit words, the least significant first. */
export class WordBuilder extends ColumnBuilder {
  words = new Int32Array(0);

  constructor(
    private readonly type: DataType,
    private readonly wordsPerValue: number,
    private readonly view: ArrowView,
  ) {
    super();
  }

  reserve(rows: number, used: number): void {
    const needed = rows * this.wordsPerValue;
    if (this.words.length >= needed) return;
    const grown = new Int32Array(grownCapacity(this.words.length, needed));
    grown.set(this.words.subarray(0, used * this.wordsPerValue));
    this.words = grown;
  }

  finish(rows: number): Data {
    const data = new this.view.View(this.words.buffer, 0, rows * this.view.itemsPerValue);
    return makeData({ type: this.type, length: rows, ...this.nullsOf(rows), data } as never);
  }
}
