import type { Scratch } from '../../core/scratch.js';
import { recordWords } from '../../core/key-records.js';
import { type EntityRecordsRead, inRanges } from './ranges.js';
import { KeySlots } from './key-slots.js';

/** Keys that come more than once. */
export interface RepeatedKeys {
  /** Records whose key came before. */
  readonly repeats: number;
  /** Hashes of a few of those keys, in hexadecimal digits: the same ones for the same records. */
  readonly some: readonly string[];
}

/** Counts records whose key is that of another one before it, in memory that is bounded, and that is used again. */
export class RepeatCounter {
  /** With each key, how often it has come. */
  private readonly keys = new KeySlots(recordWords);

  /** @param most how many keys are told */
  constructor(
    private readonly scratch: Scratch,
    private readonly most: number,
  ) {}

  count(all: EntityRecordsRead): RepeatedKeys {
    const { keys, most } = this;
    let repeats = 0;
    const some: string[] = [];
    inRanges(all, this.scratch, (records, chunks) => {
      keys.empty(records);
      for (const words of chunks) {
        for (let at = 0; at < words.length; at += recordWords) {
          const place = keys.placeOf(words, at);
          const times = (keys.entries[place + 4]! += 1);
          if (times === 1) continue;
          repeats += 1;
          if (times === 2 && some.length < most) some.push(hashText(words, at));
        }
      }
    });
    return { repeats, some };
  }
}

function hashText(words: Uint32Array, at: number): string {
  return Buffer.from(words.slice(at, at + recordWords - 1).buffer).toString('hex');
}
