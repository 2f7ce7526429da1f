import { grownCapacity } from './capacity.js';

/** Which rows of a column hold a value: Arrow's validity bitmap, least significant bit first. Costs nothing until the first NULL. */
export class ValidityBuilder {
  nulls = 0;
  private bits = new Uint8Array(0);

  clear(): void {
    this.nulls = 0;
  }

  /** Marks the rows whose length is −1. */
  markNulls(lengths: Int32Array, first: number, count: number, row: number): void {
    this.reserve(row + count);
    const bits = this.bits;
    let nulls = 0;
    for (let i = row, k = first; i < row + count; i++, k++) {
      if (lengths[k] !== -1) continue;
      bits[i >> 3]! &= ~(1 << (i & 7));
      nulls++;
    }
    this.nulls += nulls;
  }

  /** Marks one row that was not NULL. */
  setNull(row: number): void {
    this.reserve(row + 1);
    this.bits[row >> 3]! &= ~(1 << (row & 7));
    this.nulls++;
  }

  bitmap(rows: number): Uint8Array | null {
    if (this.nulls === 0) return null;
    this.reserve(rows);
    return this.bits.subarray(0, (rows + 7) >> 3);
  }

  /** Rows without a mark are valid: bits start as ones, the earlier rows' too when the first NULL comes. */
  private reserve(rows: number): void {
    const bytes = (rows + 7) >> 3;
    if (this.bits.length < bytes) {
      const grown = new Uint8Array(grownCapacity(this.bits.length, bytes)).fill(0xff);
      if (this.nulls > 0) grown.set(this.bits);
      this.bits = grown;
    } else if (this.nulls === 0) {
      this.bits.fill(0xff);
    }
  }
}
