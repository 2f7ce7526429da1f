import { type Data, makeData, type Struct } from 'apache-arrow';
import { ColumnBuilder } from './column-builder.js';

/** Structs: their fields are built elsewhere, each with a value or a NULL for every row. */
export class StructBuilder extends ColumnBuilder {
  constructor(
    private readonly type: Struct,
    private readonly fields: (rows: number) => Data[],
  ) {
    super();
  }

  reserve(): void {
    // There is nothing but the bits that say which rows are NULL.
  }

  finish(rows: number): Data {
    const children = this.fields(rows);
    return makeData({ type: this.type, length: rows, ...this.nullsOf(rows), children });
  }
}
