import { wordsOfBytes } from './arrow/words.js';
import { type HashSum, hashSumOfWords } from './digest/sums.js';

/** A record of a row: the 128 bits of its key's hash, and those of its own. */
export const rowKeyWords = 8;
export const bytesOfRowKey = rowKeyWords * 4;
/** Such a record with a tag at its end: where it comes from. */
export const taggedWords = rowKeyWords + 1;

/** Tags records. @param words of those that come; of those that are no records of rows the key's hash alone is kept */
export function taggedRecords(bytes: Uint8Array, tag: number, words = rowKeyWords): Uint32Array {
  const from = wordsOfBytes(bytes);
  const count = from.length / words;
  const out = new Uint32Array(count * taggedWords);
  const kept = words === rowKeyWords ? rowKeyWords : 4;
  for (let i = 0; i < count; i++) {
    for (let word = 0; word < kept; word++) out[i * taggedWords + word] = from[i * words + word]!;
    out[i * taggedWords + rowKeyWords] = tag;
  }
  return out;
}

/** The sums of the hashes of keys and of rows in some records, of which there may be two million. */
export function sumsOfRecords(words: Uint32Array): { readonly keys: HashSum; readonly rows: HashSum } {
  const sums = [0, 0, 0, 0, 0, 0, 0, 0];
  // Of a file that was changed, the last record may be cut short.
  for (let at = 0; at + rowKeyWords <= words.length; at += rowKeyWords)
    for (let word = 0; word < rowKeyWords; word++) sums[word]! += words[at + word]!;
  return { keys: hashSumOfWords(sums.slice(0, 4)), rows: hashSumOfWords(sums.slice(4)) };
}
