import type { RecordBatch } from 'apache-arrow';
import { plainData } from '../core/arrow/plain-data.js';
import type { Column } from '../core/types.js';

/** Whether a table's rows tell ids of transactions that a later run must know. */
export function tellsTransactions(columns: readonly Column[]): boolean {
  return columns.some(({ transaction }) => transaction);
}

/** The ids of transactions in a batch, each once and in 8 bytes, the lowest first; undefined where rows tell none. */
export function transactionIds(columns: readonly Column[]): ((batch: RecordBatch) => Uint8Array) | undefined {
  const index = columns.findIndex(({ transaction }) => transaction);
  if (index < 0) return undefined;
  return ({ data }) => {
    const column = plainData(data.children[index]!);
    const { length } = column;
    const values = column.values as BigInt64Array;
    // Few rows have an id, and a number of 64 bits is slow to make.
    const halves = new Int32Array(values.buffer, values.byteOffset, 2 * length);
    const found = new Set<bigint>();
    for (let row = 0; row < length; row++) {
      if (halves[2 * row] !== 0 || halves[2 * row + 1] !== 0) found.add(values[row]!);
    }
    return new Uint8Array(BigUint64Array.from(found).buffer);
  };
}
