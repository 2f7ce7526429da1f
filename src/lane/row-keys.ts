import type { RecordBatch } from 'apache-arrow';
import { bytesOfHash, DigestKernel } from '../core/digest/kernel.js';
import { keyHashes } from '../core/digest/key-hashes.js';
import { rowHasher } from '../core/digest/row-hashes.js';
import { bytesOfRowKey } from '../core/row-key-records.js';
import { arrowSchema, type Column, indicesOf } from '../core/types.js';

/**
 * Records of a batch's rows: of each the hash of its key, and that of the row. docs/incremental.md.
 * @param columns those that are written
 */
export function rowKeysOf(columns: readonly Column[], key: readonly string[]): (batch: RecordBatch) => Uint8Array {
  const kernel = new DigestKernel();
  const hashKeys = keyHashes(kernel, columns, indicesOf(key, columns));
  const rowHashes = rowHasher(arrowSchema(columns));
  return (batch) => {
    const out = new Uint8Array(batch.numRows * bytesOfRowKey);
    const rows = rowHashes(batch);
    hashKeys(batch, (hashes, from, count) => {
      const keys = kernel.view(hashes, count * bytesOfHash);
      for (let row = 0; row < count; row++) {
        const at = (from + row) * bytesOfRowKey;
        out.set(keys.subarray(row * bytesOfHash, (row + 1) * bytesOfHash), at);
        out.set(rows.subarray((from + row) * bytesOfHash, (from + row + 1) * bytesOfHash), at + bytesOfHash);
      }
    });
    return out;
  };
}
