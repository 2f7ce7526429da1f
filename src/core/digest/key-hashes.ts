import type { Data, RecordBatch } from 'apache-arrow';
import { plainData } from '../arrow/plain-data.js';
import { arrowSchema, type Column } from '../types.js';
import { rowsAtOnce, type TakeRowHashes } from './batch-hasher.js';
import { columnHasher } from './column-hashes.js';
import { bytesOfHash, type DigestKernel, nowhere } from './kernel.js';

/**
 * Hashes the keys of rows: of each row, the sum of the hashes of the key's values. docs/splits.md.
 * @param columns those of the batches; `key` their indices
 * @returns a function whose `take` sees the hashes in the kernel's memory, some rows at a time
 */
export function keyHashes(
  kernel: DigestKernel,
  columns: readonly Column[],
  key: readonly number[],
): (batch: RecordBatch, take: TakeRowHashes) => void {
  const { fields } = arrowSchema(columns);
  const hashers = key.map((index, occurrence) =>
    columnHasher(kernel, fields[index]!, { place: 'key', occurrence, name: '' }),
  );
  return ({ data, numRows }, take) => {
    const children: Data[] = key.map((index) => plainData(data.children[index]!));
    for (let from = 0; from < numRows; from += rowsAtOnce) {
      const count = Math.min(rowsAtOnce, numRows - from);
      const mark = kernel.mark;
      const sums = kernel.reserveZeros(count * bytesOfHash);
      for (const [i, hasher] of hashers.entries()) {
        kernel.functions.addToRows(hasher(children[i]!, from, count), sums, nowhere, count);
      }
      take(sums, from, count);
      kernel.release(mark);
    }
  };
}
