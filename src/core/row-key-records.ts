import { type HashSum, hashSumOfWords } from './digest/sums.js';

/** A record of a row: the 128 bits of its key's hash, and those of its own. */
export const rowKeyWords = 8;
export const bytesOfRowKey = rowKeyWords * 4;

/** The sums of the hashes of keys and of rows in some records, of which there may be two million. */
export function sumsOfRecords(words: Uint32Array): { readonly keys: HashSum; readonly rows: HashSum } {
  const sums = [0, 0, 0, 0, 0, 0, 0, 0];
  // Of a file that was changed, the last record may be cut short.
  for (let at = 0; at + rowKeyWords <= words.length; at += rowKeyWords)
    for (let word = 0; word < rowKeyWords; word++) sums[word]! += words[at + word]!;
  return { keys: hashSumOfWords(sums.slice(0, 4)), rows: hashSumOfWords(sums.slice(4)) };
}
