import type { Scratch } from '../../core/scratch.js';
import { recordWords } from '../../core/key-records.js';
import { type EntityRecordsRead, inRanges } from './ranges.js';
import { isThere } from './records.js';

/** A record that another one of the same key comes after. */
type SeeReplaced = (number: number, by: number) => void;

/**
 * Finds the records whose key comes again with a higher number, in memory that is bounded. Each is told once.
 * @param all records with numbers from 1 on, no two the same
 */
export function findReplaced(all: EntityRecordsRead, scratch: Scratch, see: SeeReplaced): void {
  let entries = new Uint32Array(0);
  inRanges(all, scratch, (records, chunks) => {
    const words = 2 ** Math.ceil(Math.log2(Math.max(16, 2 * records))) * recordWords;
    if (words === entries.length) entries.fill(0);
    else entries = new Uint32Array(words);
    const mask = words / recordWords - 1;
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += recordWords) keepLast(entries, mask, { chunk, at }, see);
    }
  });
}

/** By open addressing. */
function keepLast(
  entries: Uint32Array,
  mask: number,
  { chunk, at }: { readonly chunk: Uint32Array; readonly at: number },
  see: SeeReplaced,
): void {
  const number = chunk[at + 4]!;
  for (let slot = chunk[at]! & mask; ; slot = (slot + 1) & mask) {
    const place = slot * recordWords;
    const before = entries[place + 4]!;
    if (before === 0) {
      for (let word = 0; word < recordWords; word++) entries[place + word] = chunk[at + word]!;
      return;
    }
    if (!isThere(entries, place, chunk, at)) continue;
    see(Math.min(before, number), Math.max(before, number));
    entries[place + 4] = Math.max(before, number);
    return;
  }
}
