import type { RecordBatch } from 'apache-arrow';
import { hashesOfKeys, type TakeKeyHashes } from '../core/digest/hashes-of-keys.js';
import { unsignedWordsOf } from '../core/arrow/words.js';
import { rowKeyWords } from '../core/row-key-records.js';
import type { Column } from '../core/types.js';

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
  // Those of rows are known.
  const eachKey = key.length === 0 ? undefined : hashesOfKeys(key, columns);
  return (batch, rowHashes) => {
    const out = new Uint32Array(batch.numRows * rowKeyWords);
    const rows = unsignedWordsOf(rowHashes);
    const write: TakeKeyHashes = (keys, from) => {
      for (let row = 0; 4 * row < keys.length; row++) {
        const at = (from + row) * rowKeyWords;
        // Records are short: a loop is quicker than a view of each.
        for (let word = 0; word < 4; word++) {
          out[at + word] = keys[4 * row + word]!;
          out[at + 4 + word] = rows[4 * (from + row) + word]!;
        }
      }
    };
    if (eachKey === undefined) write(rows, 0);
    else eachKey(batch, write);
    return new Uint8Array(out.buffer);
  };
}
