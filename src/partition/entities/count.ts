import type { Scratch } from '../../core/scratch.js';
import { type EntityRecordsRead, inRanges } from './ranges.js';
import { EntityTable } from './table.js';

/** How many entities there are: all of them are counted, none is guessed. */
export interface EntityCounts {
  readonly total: number;
  /** By number of the part, the entities that have a row in it. */
  readonly parts: readonly number[];
  /** Entities with rows in more than one part. */
  readonly inSeveral: number;
  /** Of the hashes of all entities, the same for the same ones. */
  readonly fingerprint: string;
}

/** Counts entities from their records, in memory that is bounded. */
export function countEntities(parts: number, all: EntityRecordsRead, scratch: Scratch): EntityCounts {
  const counts = { total: 0, parts: new Array<number>(parts).fill(0), inSeveral: 0 };
  const fingerprint = new Uint32Array(4);
  inRanges(all, scratch, (records, chunks) => {
    const table = new EntityTable(records, (pairs, at, others) => {
      counts.parts[pairs[at + 4]! - 1]! += 1;
      if (others === 1) counts.inSeveral += 1;
      if (others > 0) return;
      counts.total += 1;
      for (let word = 0; word < 4; word++) fingerprint[word]! ^= pairs[at + word]!;
    });
    for (const words of chunks) table.add(words);
  });
  return { ...counts, fingerprint: Buffer.from(fingerprint.buffer).toString('hex') };
}
