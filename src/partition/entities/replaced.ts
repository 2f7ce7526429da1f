import { recordWords } from '../../core/key-records.js';
import { KeySlots } from './key-slots.js';
import type { RangeBuckets } from './ranges.js';

/** A record that another one of the same key comes after. */
type SeeReplaced = (number: number, by: number) => void;

/**
 * Finds the records whose key comes again with a higher number, in memory that is bounded. Each is told once.
 * @param all records with numbers from 1 on, in ascending order
 */
export function findReplaced(all: RangeBuckets, see: SeeReplaced): void {
  const keys = new KeySlots(recordWords);
  all.visit((records, chunks) => {
    keys.empty(records);
    const { entries } = keys;
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += recordWords) {
        const last = keys.placeOf(chunk, at) + 4;
        const [before, number] = [entries[last]!, chunk[at + 4]!];
        if (before !== 0) see(before, number);
        entries[last] = number;
      }
    }
  });
}
