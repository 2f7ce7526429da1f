/** A bit for each of many rows, which threads share. */
export type RowBits = SharedArrayBuffer;

export function rowBits(rows: number): RowBits {
  return new SharedArrayBuffer(Math.ceil(rows / 8));
}

export function setRow(bits: Uint8Array, row: number): void {
  bits[Math.floor(row / 8)]! |= 1 << (row % 8);
}

function isSet(bits: Uint8Array, row: number): boolean {
  return ((bits[Math.floor(row / 8)]! >> (row % 8)) & 1) === 1;
}

/** How many of consecutive rows have their bits set. */
export function countSet(shared: RowBits, firstRow: number, rows: number): number {
  const bits = new Uint8Array(shared);
  let count = 0;
  for (let row = firstRow; row < firstRow + rows; row++) if (isSet(bits, row)) count += 1;
  return count;
}

/** Positions of rows whose bits are not set, from `firstRow` on; undefined: all of them. */
export function positionsWithout(shared: RowBits, firstRow: number, rows: number): Int32Array | undefined {
  const bits = new Uint8Array(shared);
  const kept = new Int32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) if (!isSet(bits, firstRow + row)) kept[count++] = row;
  return count === rows ? undefined : kept.subarray(0, count);
}
