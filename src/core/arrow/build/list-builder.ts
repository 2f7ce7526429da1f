import { type Data, type List, makeData, type Map_ } from 'apache-arrow';
import { grownCapacity } from './capacity.js';
import { ColumnBuilder } from './column-builder.js';

/** Lists and maps: int32 offsets into elements or entries, which are built elsewhere. */
export class ListBuilder extends ColumnBuilder {
  offsets = new Int32Array(1);

  /** @param elements gives the first elements, as many as there are in all lists */
  constructor(
    private readonly type: List | Map_,
    private readonly elements: (count: number) => Data,
  ) {
    super();
  }

  reserve(rows: number, used: number): void {
    if (this.offsets.length > rows) return;
    const grown = new Int32Array(grownCapacity(this.offsets.length, rows + 1));
    grown.set(this.offsets.subarray(0, used + 1));
    this.offsets = grown;
  }

  finish(rows: number): Data {
    const valueOffsets = this.offsets.subarray(0, rows + 1);
    const child = this.elements(this.offsets[rows]!);
    return makeData({ type: this.type, length: rows, ...this.nullsOf(rows), valueOffsets, child } as never);
  }
}
