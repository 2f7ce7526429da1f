import type { Scratch } from '../../core/scratch.js';
import { recordWords } from '../../core/key-records.js';
import { type EntityRecordsRead, inRanges } from './ranges.js';
import { isThere } from './records.js';

/** Keys that come more than once. */
export interface RepeatedKeys {
  /** Records whose key came before. */
  readonly repeats: number;
  /** Hashes of a few of those keys, in hexadecimal digits: the same ones for the same records. */
  readonly some: readonly string[];
}

/** Counts records whose key is that of another one before it, in memory that is bounded, and that is used again. */
export class RepeatCounter {
  private readonly keys = new KeyTable();

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
          const times = keys.add(words, at);
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

/** Keys, and how often each has come, by open addressing. */
class KeyTable {
  private mask = 0;
  private entries = new Uint32Array(0);

  /** @param records how many will be added at most */
  empty(records: number): void {
    const words = 2 ** Math.ceil(Math.log2(Math.max(16, 2 * records))) * recordWords;
    if (words === this.entries.length) this.entries.fill(0);
    else this.entries = new Uint32Array(words);
    this.mask = words / recordWords - 1;
  }

  /** How often the key has come now. */
  add(records: Uint32Array, at: number): number {
    const { entries, mask } = this;
    for (let slot = records[at]! & mask; ; slot = (slot + 1) & mask) {
      const place = slot * recordWords;
      const times = entries[place + 4]!;
      if (times > 0 && !isThere(entries, place, records, at)) continue;
      if (times === 0) for (let word = 0; word < 4; word++) entries[place + word] = records[at + word]!;
      return (entries[place + 4] = times + 1);
    }
  }
}
