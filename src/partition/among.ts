import type { RecordBatch } from 'apache-arrow';
import { hashesOfKeys } from '../core/digest/hashes-of-keys.js';
import type { Column } from '../core/types.js';

/** Keys of which some rows are wanted: a bit for each value of the first bits of their hashes. Others may have the same. */
export interface Among {
  /** Columns; none: the row itself. */
  readonly key: readonly string[];
  readonly bits: SharedArrayBuffer;
}

const usedBits = 25;

/** Room for keys, however many there will be: 4 MiB. */
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
  const eachHash = hashesOfKeys(
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
