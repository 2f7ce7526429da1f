import type { RecordBatch } from 'apache-arrow';
import { unsignedWordsOf } from '../arrow/words.js';
import { arrowSchema, type Column, indicesOf } from '../types.js';
import { keyHashes } from './key-hashes.js';
import { bytesOfHash, DigestKernel } from './kernel.js';
import { rowHasher } from './row-hashes.js';

/** Sees the hashes of keys, four words each, some rows at a time, the first of them row `from`; valid until it returns. */
export type TakeKeyHashes = (words: Uint32Array, from: number) => void;

/** Hashes the keys of rows; without a key a row is its own. @param columns those of the batches */
export function hashesOfKeys(
  key: readonly string[],
  columns: readonly Column[],
): (batch: RecordBatch, take: TakeKeyHashes) => void {
  if (key.length === 0) {
    const hashRows = rowHasher(arrowSchema(columns));
    return (batch, take) => take(unsignedWordsOf(hashRows(batch).hashes), 0);
  }
  const kernel = new DigestKernel();
  const hashKeys = keyHashes(kernel, columns, indicesOf(key, columns));
  return (batch, take) =>
    hashKeys(batch, (hashes, from, count) => take(unsignedWordsOf(kernel.view(hashes, count * bytesOfHash)), from));
}
