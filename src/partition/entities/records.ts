import { recordWords } from '../../core/key-records.js';

/** Entities that were met last, by the low bits of their hashes: most rows are of one of them. */
const slots = 1 << 16;

/** Rows of a batch as far as entities are counted. */
interface SplitRows {
  /** Four words a row: the hash of its entity. */
  readonly hashes: Uint32Array;
  /** By row, the number of its part. */
  readonly parts: Int32Array;
  /** By row, 0 where it is left out, or has no key. */
  readonly counted: Uint8Array;
}

/**
 * Notes which entities are in which parts, so that it can be counted whether any is in two. What was noted shortly before is left
 * out; the same record may come again.
 */
export class EntityRecords {
  private readonly met = new Uint32Array(slots * recordWords);

  /** Records of the rows of a batch. */
  of({ hashes, parts, counted }: SplitRows): Uint8Array {
    const { met } = this;
    let out = new Uint32Array(1024 * recordWords);
    let length = 0;
    for (let row = 0; row < parts.length; row++) {
      if (counted[row] === 0) continue;
      const at = 4 * row;
      const part = parts[row]! + 1;
      const slot = (hashes[at]! & (slots - 1)) * recordWords;
      if (isThere(met, slot, hashes, at) && met[slot + 4] === part) continue;
      for (let word = 0; word < 4; word++) met[slot + word] = hashes[at + word]!;
      met[slot + 4] = part;
      if (length === out.length) out = doubled(out);
      out.set(met.subarray(slot, slot + recordWords), length);
      length += recordWords;
    }
    return new Uint8Array(out.buffer, 0, length * 4);
  }
}

/** Whether the four words at two places are the same. */
export function isThere(a: Uint32Array, at: number, b: Uint32Array, bAt: number): boolean {
  return a[at] === b[bAt] && a[at + 1] === b[bAt + 1] && a[at + 2] === b[bAt + 2] && a[at + 3] === b[bAt + 3];
}

/** The same records, in one and the same part. @param part from 1 on */
export function markRecords(records: Uint8Array, part: number): Uint8Array {
  const marked = new Uint8Array(records);
  const words = new Uint32Array(marked.buffer);
  for (let at = recordWords - 1; at < words.length; at += recordWords) words[at] = part;
  return marked;
}

function doubled(words: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(words.length * 2);
  larger.set(words);
  return larger;
}
