import { wordsOfBytes } from './arrow/words.js';
import { type HashSum, hashSumOfWords } from './digest/sums.js';

/** A record of a row: the 128 bits of its key's hash, and those of its own. */
export const rowKeyWords = 8;
export const bytesOfRowKey = rowKeyWords * 4;
/** Such a record with a tag at its end: where it comes from. */
export const taggedWords = rowKeyWords + 1;

/** Tags records: what one call gives is valid until the next. */
export class RecordTagger {
  private tagged = new Uint32Array(0);

  /** @param words of those that come; of those that are no records of rows the key's hash alone is kept */
  tag(bytes: Uint8Array, tag: number, words = rowKeyWords): Uint32Array {
    const from = wordsOfBytes(bytes);
    const length = (from.length / words) * taggedWords;
    if (this.tagged.length < length) this.tagged = new Uint32Array(length);
    const out = this.tagged;
    const kept = words === rowKeyWords ? rowKeyWords : 4;
    for (let at = 0, to = 0; to < length; at += words, to += taggedWords) {
      for (let word = 0; word < kept; word++) out[to + word] = from[at + word]!;
      for (let word = kept; word < rowKeyWords; word++) out[to + word] = 0;
      out[to + rowKeyWords] = tag;
    }
    return out.subarray(0, length);
  }
}

/** The sums of the hashes of keys and of rows in some records, of which there may be two million. */
export function sumsOfRecords(words: Uint32Array): { readonly keys: HashSum; readonly rows: HashSum } {
  const sums = [0, 0, 0, 0, 0, 0, 0, 0];
  // Of a file that was changed, the last record may be cut short.
  for (let at = 0; at + rowKeyWords <= words.length; at += rowKeyWords)
    for (let word = 0; word < rowKeyWords; word++) sums[word]! += words[at + word]!;
  return { keys: hashSumOfWords(sums.slice(0, 4)), rows: hashSumOfWords(sums.slice(4)) };
}
