import { addHashSums, type HashSum, hashSumOfWords, noHashes } from '../../core/digest/sums.js';
import type { LiveRows } from '../../core/live-rows.js';
import { rowKeyWords, taggedWords } from '../../core/row-key-records.js';
import { KeySlots } from './key-slots.js';
import type { RangeBuckets } from './ranges.js';

/** What a record of a key says; it comes in the order in which that happened, the scan last. */
export const keyTags = {
  /** An earlier version has a row of it. */
  row: 1,
  /** An earlier version found it gone. */
  gone: 2,
  /** The version that is made has a row of it. */
  fresh: 3,
  /** It is there now. */
  scanned: 4,
} as const;

/** What was found of keys. */
export interface LiveCount extends LiveRows {
  /** Keys that are there, and in no version. */
  readonly unknown: number;
  /** Rows of this version whose keys are not there; keys that are there twice. */
  readonly vanished: number;
  readonly twice: number;
}

const [isLive, isFresh, isScanned, isUsed] = [1, 2, 4, 8] as const;

/**
 * Counts which rows count, in memory that is bounded.
 * @param all records of {@link taggedWords} words
 * @param takeGone gets records of keys that are gone, with the hashes of their last rows: in an order that follows from them alone
 */
export function countLiveRows(all: RangeBuckets, takeGone: (records: Uint8Array) => void): LiveCount {
  const counted = { rows: 0, inserted: 0, replaced: 0, gone: 0, unknown: 0, vanished: 0, twice: 0 };
  let [sum, keys]: [HashSum, HashSum] = [noHashes, noHashes];
  const slots = new KeySlots(taggedWords);
  all.visit((records, chunks) => {
    slots.empty(records);
    const { entries } = slots;
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += taggedWords)
        counted.twice += note(entries, slots.placeOf(chunk, at), chunk, at);
    }
    const summed = { keys: [0, 0, 0, 0], rows: [0, 0, 0, 0] };
    const gone: Uint32Array[] = [];
    for (let at = 0; at < entries.length; at += taggedWords) {
      const state = entries[at + rowKeyWords]!;
      if (state === 0) continue;
      const [live, fresh, scanned] = [isLive, isFresh, isScanned].map((bit) => (state & bit) !== 0);
      if (scanned) {
        counted.rows += 1;
        for (let word = 0; word < 4; word++) {
          summed.keys[word]! += entries[at + word]!;
          summed.rows[word]! += entries[at + 4 + word]!;
        }
        if (!fresh && !live) counted.unknown += 1;
      }
      if (fresh) counted[live ? 'replaced' : 'inserted'] += 1;
      if (fresh && !scanned) counted.vanished += 1;
      if (live && !scanned) gone.push(entries.slice(at, at + rowKeyWords));
    }
    sum = addHashSums(sum, hashSumOfWords(summed.rows));
    keys = addHashSums(keys, hashSumOfWords(summed.keys));
    counted.gone += gone.length;
    for (const record of gone.sort(byHash)) takeGone(new Uint8Array(record.buffer));
  });
  return { ...counted, sum, keys };
}

/** Notes a record of a key. @returns 1 where the key was scanned before */
function note(entries: Uint32Array, place: number, chunk: Uint32Array, at: number): number {
  const state = entries[place + rowKeyWords]!;
  const tag = chunk[at + rowKeyWords]!;
  if (tag === keyTags.row || tag === keyTags.fresh)
    for (let word = 4; word < rowKeyWords; word++) entries[place + word] = chunk[at + word]!;
  entries[place + rowKeyWords] = isUsed | after(state, tag);
  return tag === keyTags.scanned && (state & isScanned) !== 0 ? 1 : 0;
}

function after(state: number, tag: number): number {
  if (tag === keyTags.row) return state | isLive;
  if (tag === keyTags.gone) return state & ~isLive;
  return state | (tag === keyTags.fresh ? isFresh : isScanned);
}

/** Ranges come by the second word. */
function byHash(a: Uint32Array, b: Uint32Array): number {
  return a[1]! - b[1]! || a[0]! - b[0]! || a[2]! - b[2]! || a[3]! - b[3]!;
}
