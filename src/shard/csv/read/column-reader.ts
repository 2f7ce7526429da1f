import type { Data } from 'apache-arrow';

/** Values of one column, from fields. */
export interface ColumnReader {
  /** @throws Malformed for a field that is not of the type */
  add(bytes: Uint8Array, from: number, to: number): void;
  addNull(): void;
  /** All values since the last call, in arrays of their own. */
  finish(): Data;
}
