/** Which rows are not NULL, and how many rows there are. */
export class Rows {
  length = 0;
  nulls = 0;
  private bits = new Uint8Array(128);

  add(valid: boolean): number {
    const row = this.length++;
    if (row >> 3 >= this.bits.length) this.bits = enlarged(this.bits, 2 * this.bits.length);
    if (valid) this.bits[row >> 3]! |= 1 << (row & 7);
    else this.nulls++;
    return row;
  }

  finish(): { readonly length: number; readonly nullCount: number; readonly nullBitmap: Uint8Array | undefined } {
    const { length, nulls: nullCount, bits } = this;
    const nullBitmap = nullCount === 0 ? undefined : bits.slice(0, (length + 7) >> 3);
    this.length = this.nulls = 0;
    bits.fill(0);
    return { length, nullCount, nullBitmap };
  }
}

export function enlarged(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size);
  larger.set(bytes);
  return larger;
}
