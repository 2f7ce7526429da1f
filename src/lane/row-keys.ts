import type { RecordBatch } from 'apache-arrow';
import { bytesOfHash, DigestKernel } from '../core/digest/kernel.js';
import { keyHashes } from '../core/digest/key-hashes.js';
import { unsignedWordsOf } from '../core/arrow/words.js';
import { rowKeyWords } from '../core/row-key-records.js';
import { type Column, indicesOf } from '../core/types.js';

/** Without a key a row is its own: what is the same in all columns is the same row. */
function ownKeys(rows: Uint32Array, out: Uint32Array<ArrayBuffer>): Uint8Array {
  for (let from = 0, to = 0; from < rows.length; from += 4, to += rowKeyWords)
    for (let word = 0; word < 4; word++) out[to + word] = out[to + 4 + word] = rows[from + word]!;
  return new Uint8Array(out.buffer);
}

/**
 * Records of a batch's rows: of each the hash of its key, and that of the row. docs/incremental.md.
 * @param columns those that are written
 * @param key none: the row is its own
 * @returns a function of a batch and the hashes of its rows
 */
export function rowKeysOf(
  columns: readonly Column[],
  key: readonly string[],
): (batch: RecordBatch, rowHashes: Uint8Array) => Uint8Array {
  const kernel = new DigestKernel();
  const hashKeys = keyHashes(kernel, columns, indicesOf(key, columns));
  return (batch, rowHashes) => {
    const out = new Uint32Array(batch.numRows * rowKeyWords);
    const rows = unsignedWordsOf(rowHashes);
    if (key.length === 0) return ownKeys(rows, out);
    hashKeys(batch, (hashes, from, count) => {
      const keys = unsignedWordsOf(kernel.view(hashes, count * bytesOfHash));
      for (let row = 0; row < count; row++) {
        const at = (from + row) * rowKeyWords;
        // Records are short: a loop is quicker than a view of each.
        for (let word = 0; word < 4; word++) {
          out[at + word] = keys[4 * row + word]!;
          out[at + 4 + word] = rows[4 * (from + row) + word]!;
        }
      }
    });
    return new Uint8Array(out.buffer);
  };
}
