import type { RecordBatch } from 'apache-arrow';
import { rowsWithKey } from '../core/arrow/where-null.js';
import { unsignedWordsOf } from '../core/arrow/words.js';
import { bytesOfHash, DigestKernel } from '../core/digest/kernel.js';
import { keyHashes } from '../core/digest/key-hashes.js';
import { recordWords } from '../core/key-records.js';
import type { Column } from '../core/types.js';

/** A record for each row of a batch that has a key, valid until the next batch. @param key indices of its columns */
export function keyRecords(columns: readonly Column[], key: readonly number[]): (batch: RecordBatch) => Uint8Array {
  const kernel = new DigestKernel();
  const hash = keyHashes(kernel, columns, key);
  let out = new Uint32Array(0);
  return (batch) => {
    const counted = rowsWithKey(batch, key);
    if (out.length < batch.numRows * recordWords) out = new Uint32Array(batch.numRows * recordWords);
    let length = 0;
    hash(batch, (hashes, from, count) => {
      const words = unsignedWordsOf(kernel.view(hashes, count * bytesOfHash));
      for (let row = 0; row < count; row++) {
        if (counted[from + row] === 0) continue;
        for (let word = 0; word < 4; word++) out[length + word] = words[4 * row + word]!;
        out[length + 4] = 1;
        length += recordWords;
      }
    });
    return new Uint8Array(out.buffer, 0, length * 4);
  };
}

/** The rows of a batch whose keys have one of some hashes. */
export function keyFinder(
  columns: readonly Column[],
  key: readonly number[],
  hashes: readonly string[],
): (batch: RecordBatch) => readonly number[] {
  const kernel = new DigestKernel();
  const hash = keyHashes(kernel, columns, key);
  const wanted = new Set(hashes);
  const firstWords = new Set(hashes.map((hex) => Buffer.from(hex, 'hex').readUInt32LE(0)));
  return (batch) => {
    const counted = rowsWithKey(batch, key);
    const found: number[] = [];
    hash(batch, (at, from, count) => {
      const bytes = kernel.view(at, count * bytesOfHash);
      const words = unsignedWordsOf(bytes);
      for (let row = 0; row < count; row++) {
        if (counted[from + row] === 0 || !firstWords.has(words[4 * row]!)) continue;
        const hex = Buffer.from(bytes.subarray(row * bytesOfHash, (row + 1) * bytesOfHash)).toString('hex');
        if (wanted.has(hex)) found.push(from + row);
      }
    });
    return found;
  };
}
