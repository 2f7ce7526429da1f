import type { RecordBatch } from 'apache-arrow';
import { unsignedWordsOf } from '../core/arrow/words.js';
import { bytesOfHash, DigestKernel } from '../core/digest/kernel.js';
import { keyHashes } from '../core/digest/key-hashes.js';
import { rowHasher } from '../core/digest/row-hashes.js';
import { arrowSchema, type Column, indicesOf } from '../core/types.js';

/** Keys of which some rows are wanted: a bit for each value of the first bits of their hashes. Others may have the same. */
export interface Among {
  /** Columns; none: the row itself. */
  readonly key: readonly string[];
  readonly bits: SharedArrayBuffer;
}

const usedBits = 27;

/** Room for keys, however many there will be: 16 MiB. */
export const keyBits = (): SharedArrayBuffer => new SharedArrayBuffer(2 ** usedBits / 8);

/** @param word the first one of a key's hash */
export function setKey(bits: Uint8Array, word: number): void {
  const place = word >>> (32 - usedBits);
  bits[place >>> 3]! |= 1 << (place & 7);
}

/** Positions of the rows whose keys may be among those. @param columns those of the batches */
export function keptAmong({ key, bits }: Among, columns: readonly Column[]): (batch: RecordBatch) => Int32Array {
  const wanted = new Uint8Array(bits);
  // A row is what is compared of it.
  const shown = columns.flatMap(({ hidden }, index) => (hidden ? [] : [index]));
  const eachHash = hashesOf(
    key,
    shown.map((index) => columns[index]!),
  );
  return (batch) => {
    const kept = new Int32Array(batch.numRows);
    let count = 0;
    eachHash(batch.selectAt(shown), (words, from) => {
      for (let row = 0; 4 * row < words.length; row++) {
        const place = words[4 * row]! >>> (32 - usedBits);
        if ((wanted[place >>> 3]! & (1 << (place & 7))) !== 0) kept[count++] = from + row;
      }
    });
    return kept.subarray(0, count);
  };
}

/** Sees the hashes of keys, four words each, some rows at a time; valid until it returns. */
type TakeHashes = (words: Uint32Array, from: number) => void;

/** Hashes the keys of rows; without a key a row is its own. */
export function hashesOf(
  key: readonly string[],
  columns: readonly Column[],
): (batch: RecordBatch, take: TakeHashes) => void {
  if (key.length === 0) {
    const hashRows = rowHasher(arrowSchema(columns));
    return (batch, take) => take(unsignedWordsOf(hashRows(batch).hashes), 0);
  }
  const kernel = new DigestKernel();
  const hashKeys = keyHashes(kernel, columns, indicesOf(key, columns));
  return (batch, take) =>
    hashKeys(batch, (hashes, from, count) => take(unsignedWordsOf(kernel.view(hashes, count * bytesOfHash)), from));
}
