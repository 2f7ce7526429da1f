import { bytesOfRowKey, rowKeyWords, RecordTagger, taggedWords } from '../core/row-key-records.js';
import type { Scratch } from '../core/scratch.js';
import { readSpool } from '../lane/spool.js';
import type { SpooledRecords } from '../lane/spooled-records.js';
import { gatherRecords, KeySlots, type RangeBuckets } from '../partition/entities/index.js';

/** How rows of two sides differ. */
export interface RowDifferences {
  /** Rows that are the same on both sides. */
  readonly same: number;
  /** Rows of the second side whose key, or without one that, the first one does not have. */
  readonly added: number;
  /** The other way round. */
  readonly removed: number;
  /** Rows of the same key that are not the same; without a key there are none. */
  readonly changed: number;
  /** Rows of each side whose key another one of that side has, too. */
  readonly repeated: readonly [number, number];
}

/** Hears of the keys of rows that differ: their first words say it, in the place `at`. */
export type TakeDiffering = (keys: Uint32Array, at: number, how: 'added' | 'removed' | 'changed') => void;

/** A place: the key's hash; the sum of the hashes of rows, those of the second side taken away; how many rows each side has; that it is taken. */
const [sumAt, countsAt, placeWords] = [4, 8, 11] as const;

/** Records of the rows of a side, and where they wait. */
export interface SideRecords {
  readonly pieces: readonly SpooledRecords[];
  readonly scratch: Scratch;
}

/**
 * Compares the rows of two sides by the hashes of their keys, in memory that is bounded: records wait in scratch files.
 * @param isKeyed whether a key is more than the row itself
 */
export function compareRows(
  sides: readonly [SideRecords, SideRecords],
  { isKeyed, scratch, take }: { isKeyed: boolean; scratch: Scratch; take: TakeDiffering },
): RowDifferences {
  const all = gatherSides(sides, scratch);
  const slots = new KeySlots(placeWords);
  const found = { same: 0, added: 0, removed: 0, changed: 0 };
  const repeated: [number, number] = [0, 0];
  all.visit((records, chunks) => {
    slots.empty(records);
    const { entries } = slots;
    for (const chunk of chunks)
      for (let at = 0; at < chunk.length; at += taggedWords) note(entries, slots.placeOf(chunk, at), chunk, at);
    for (let at = 0; at < entries.length; at += placeWords) {
      if (entries[at + placeWords - 1] === 0) continue;
      const [first, second] = [entries[at + countsAt]!, entries[at + countsAt + 1]!];
      const both = Math.min(first, second);
      const isSame = !isKeyed || isBalanced(entries, at);
      found[isSame ? 'same' : 'changed'] += both;
      found.removed += first - both;
      found.added += second - both;
      if (isKeyed) {
        repeated[0] += Math.max(0, first - 1);
        repeated[1] += Math.max(0, second - 1);
      }
      if (first > both) take(entries, at, 'removed');
      else if (second > both) take(entries, at, 'added');
      else if (!isSame) take(entries, at, 'changed');
    }
  });
  return { ...found, repeated };
}

/** Of keys that tell rows apart, whether the row is the same; of others, whether all are. */
function isBalanced(entries: Uint32Array, at: number): boolean {
  for (let word = sumAt; word < countsAt; word++) if (entries[at + word] !== 0) return false;
  return true;
}

function note(entries: Uint32Array, place: number, chunk: Uint32Array, at: number): void {
  const side = chunk[at + rowKeyWords]!;
  const sign = side === 0 ? 1 : -1;
  for (let word = 0; word < 4; word++) entries[place + sumAt + word]! += sign * chunk[at + 4 + word]!;
  entries[place + countsAt + side]! += 1;
  entries[place + placeWords - 1] = 1;
}

/** Records that are compared at a time: as many places and more take 12 MB. */
const mostAtOnce = 1 << 17;

function gatherSides(sides: readonly [SideRecords, SideRecords], scratch: Scratch): RangeBuckets {
  const bytes = sides.flatMap(({ pieces }) => pieces).reduce((sum, piece) => sum + piece.bytes, 0);
  const all = gatherRecords(bytes / bytesOfRowKey, { words: taggedWords, name: 'sides', most: mostAtOnce }, scratch);
  const tagger = new RecordTagger();
  for (const [side, { pieces, scratch: room }] of sides.entries())
    for (const piece of pieces) for (const run of readSpool(room, piece, piece)) all.add(tagger.tag(run.bytes, side));
  return all;
}
