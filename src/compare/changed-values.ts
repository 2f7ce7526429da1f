import type { Data } from 'apache-arrow';
import { unsignedWordsOf } from '../core/arrow/words.js';
import { hashesOfKeys } from '../core/digest/hashes-of-keys.js';
import { fieldHashers } from '../core/digest/column-hashes.js';
import { bytesOfHash, DigestKernel } from '../core/digest/kernel.js';
import type { Scratch } from '../core/scratch.js';
import { arrowSchema } from '../core/types.js';
import { gatherRecords, KeySlots, type RangeBuckets } from '../partition/entities/index.js';
import type { ChangedRow, RowSamples } from './diff-shape.js';
import type { DifferingKeys } from './differing-keys.js';
import type { WaitingRows } from './read-versions.js';
import { changedRowOf, type ShownRows, shownRows } from './shown-rows.js';
import { batchesOf } from './waiting-batches.js';

/** What was found in the rows that differ. */
export interface ChangedValues {
  /** By column, rows of the same key that have another value in it. */
  readonly changed: readonly number[];
  readonly samples: RowSamples;
}

/** Columns whose hashes are compared at a time: the more, the longer are records that have to wait in scratch files. */
const columnsAtOnce = 32;
/** Records that are compared at a time. */
const mostAtOnce = 1 << 15;
/** Words of a hash that are compared: 64 bits. */
const wordsOfHash = 2;

/**
 * Looks which columns of changed rows have other values, and takes a few rows to be shown.
 * @param sides rows of both, of the keys that differ and a few others
 */
export function changedValues(
  [from, to]: readonly [WaitingRows, WaitingRows],
  { key, keys, scratch }: { readonly key: readonly string[]; readonly keys: DifferingKeys; readonly scratch: Scratch },
): ChangedValues {
  const { columns } = from;
  const changed: number[] = [];
  if (key.length > 0)
    for (let first = 0; first < columns.length; first += columnsAtOnce) {
      const names = columns.slice(first, first + columnsAtOnce).map(({ name }) => name);
      changed.push(...changedInColumns([from, to], { key, names, scratch }));
    }
  const [before, after] = [from, to].map((side) => shownRows(side, key, keys)) as [ShownRows, ShownRows];
  const changedRow = (hash: string): ChangedRow => changedRowOf(before.get(hash)!, after.get(hash)!);
  const { added, removed, changed: both } = keys.shown;
  return {
    changed,
    samples: {
      added: [...added].map((hash) => after.get(hash)!.row),
      removed: [...removed].map((hash) => before.get(hash)!.row),
      changed: [...both].map(changedRow),
    },
  };
}

/** By column, how many keys have other values in it. */
function changedInColumns(
  sides: readonly [WaitingRows, WaitingRows],
  {
    key,
    names,
    scratch,
  }: { readonly key: readonly string[]; readonly names: readonly string[]; readonly scratch: Scratch },
): number[] {
  const words = 4 + names.length * wordsOfHash + 1;
  const rows = sides.flatMap(({ pieces }) => pieces).reduce((sum, piece) => sum + piece.rows, 0);
  const all = gatherRecords(rows, { words, name: 'values', most: mostAtOnce }, scratch);
  for (const [side, rowsOfSide] of sides.entries())
    gatherValues(all, rowsOfSide, { key, names, words, side: side + 1 });
  const counts = names.map(() => 0);
  // A place: the hash of the key, the hashes of the first side's values without those of the second's, and which sides have it.
  const slots = new KeySlots(words);
  all.visit((records, chunks) => {
    slots.empty(records);
    const { entries } = slots;
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += words) {
        const place = slots.placeOf(chunk, at);
        const side = chunk[at + words - 1]!;
        const sign = side === 1 ? 1 : -1;
        for (let word = 4; word < words - 1; word++) entries[place + word]! += sign * chunk[at + word]!;
        entries[place + words - 1]! |= side;
      }
    }
    for (let at = 0; at < entries.length; at += words) {
      if (entries[at + words - 1] !== 3) continue;
      for (let column = 0; column < names.length; column++) {
        const first = at + 4 + column * wordsOfHash;
        if (entries[first] !== 0 || entries[first + 1] !== 0) counts[column]! += 1;
      }
    }
  });
  return counts;
}

function gatherValues(
  all: RangeBuckets,
  { columns, pieces, scratch }: WaitingRows,
  {
    key,
    names,
    words,
    side,
  }: {
    readonly key: readonly string[];
    readonly names: readonly string[];
    readonly words: number;
    readonly side: number;
  },
): void {
  const own = names.map((name) => columns.findIndex((column) => column.name === name));
  const kernel = new DigestKernel();
  const hashers = fieldHashers(kernel, arrowSchema(columns).fields, 'column');
  const eachKey = hashesOfKeys(key, columns);
  for (const batch of batchesOf(columns, { pieces, scratch })) {
    const out = new Uint32Array(batch.numRows * words);
    eachKey(batch, (hashes, from) => {
      for (let row = 0; 4 * row < hashes.length; row++)
        for (let word = 0; word < 4; word++) out[(from + row) * words + word] = hashes[4 * row + word]!;
    });
    for (const [place, index] of own.entries()) {
      const mark = kernel.mark;
      const at = hashers[index]!(batch.data.children[index] as Data, 0, batch.numRows);
      const hashes = unsignedWordsOf(kernel.view(at, batch.numRows * bytesOfHash));
      for (let row = 0; row < batch.numRows; row++)
        for (let word = 0; word < wordsOfHash; word++)
          out[row * words + 4 + place * wordsOfHash + word] = hashes[4 * row + word]!;
      kernel.release(mark);
    }
    for (let row = 1; row <= batch.numRows; row++) out[row * words - 1] = side;
    all.add(out);
  }
}
