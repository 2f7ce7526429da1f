import { recordWords } from '../../core/key-records.js';
import { isThere } from './records.js';

/**
 * Sees a pair of an entity and a part that was not there.
 * @param at where its record begins in `pairs`
 * @param others with how many parts the entity is there
 */
type SeePair = (pairs: Uint32Array, at: number, others: number) => void;

/** Pairs of an entity and a part, each once: by open addressing, so that all pairs of an entity are found in one chain. */
export class EntityTable {
  private readonly mask: number;
  private readonly pairs: Uint32Array;

  /** @param records how many there are at most */
  constructor(
    records: number,
    private readonly see: SeePair,
  ) {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(16, 2 * records)));
    this.mask = capacity - 1;
    this.pairs = new Uint32Array(capacity * recordWords);
  }

  add(records: Uint32Array): void {
    for (let at = 0; at < records.length; at += recordWords) this.insert(records, at);
  }

  private insert(records: Uint32Array, at: number): void {
    const { pairs, mask } = this;
    const part = records[at + 4]!;
    let others = 0;
    for (let slot = records[at]! & mask; ; slot = (slot + 1) & mask) {
      const place = slot * recordWords;
      if (pairs[place + 4] === 0) {
        pairs.set(records.subarray(at, at + recordWords), place);
        this.see(pairs, place, others);
        return;
      }
      if (!isThere(pairs, place, records, at)) continue;
      if (pairs[place + 4] === part) return;
      others += 1;
    }
  }
}
