import type { RecordBatch } from 'apache-arrow';
import { bitAt, validity } from './bitmap.js';

/** Writes a number for each row in which a column is NULL. */
export function setWhereNull(batch: RecordBatch, index: number, value: number, out: Int32Array | Uint8Array): void {
  const valid = validity(batch.data.children[index]!);
  if (valid === undefined) return;
  for (let row = 0; row < out.length; row++) if (bitAt(valid, row) === 0) out[row] = value;
}

/** 1 for a row that has a key: one without is of no entity, and the same as no other. @param key indices of its columns */
export function rowsWithKey(batch: RecordBatch, key: readonly number[]): Uint8Array {
  const counted = new Uint8Array(batch.numRows).fill(1);
  for (const index of key) setWhereNull(batch, index, 0, counted);
  return counted;
}
