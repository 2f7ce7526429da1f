/** A bit for each of many rows, which threads share. */
export type RowBits = SharedArrayBuffer;

/** Positions of rows whose bits are not set, from `firstRow` on; undefined: all of them. */
export function positionsWithout(shared: RowBits, firstRow: number, rows: number): Int32Array | undefined {
  const bits = new Uint8Array(shared);
  const kept = new Int32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const at = firstRow + row;
    if (((bits[Math.floor(at / 8)]! >> (at % 8)) & 1) === 0) kept[count++] = row;
  }
  return count === rows ? undefined : kept.subarray(0, count);
}
