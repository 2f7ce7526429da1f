import type { Data, RecordBatch } from 'apache-arrow';
import { plainBatch } from '../core/arrow/plain-data.js';
import { RowsCollector } from '../core/arrow/rows-collector.js';
import { unsignedWordsOf } from '../core/arrow/words.js';
import { hashText } from '../core/digest/hash-text.js';
import { hashesOfKeys } from '../core/digest/hashes-of-keys.js';
import { fieldHashers } from '../core/digest/column-hashes.js';
import { bytesOfHash, DigestKernel } from '../core/digest/kernel.js';
import type { Scratch } from '../core/scratch.js';
import { arrowSchema, type Column } from '../core/types.js';
import { readSpool } from '../lane/spool.js';
import { gatherRecords, KeySlots, type RangeBuckets } from '../partition/entities/index.js';
import type { RowSamples, SampledRow } from './diff-shape.js';
import type { DifferingKeys } from './differing-keys.js';
import type { WaitingRows } from './read-versions.js';
import { rowText } from './row-text.js';

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
  const { added, removed, changed: both } = keys.shown;
  return {
    changed,
    samples: {
      added: [...added].map((hash) => after.get(hash)!),
      removed: [...removed].map((hash) => before.get(hash)!),
      changed: [...both].map((hash) => ({ from: before.get(hash)!, to: after.get(hash)! })),
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

/** Rows as text, by the hash of their key. */
type ShownRows = ReadonlyMap<string, SampledRow>;

function shownRows(rows: WaitingRows, key: readonly string[], { shown }: DifferingKeys): ShownRows {
  const found = new Map<string, SampledRow>();
  const wanted = new Set([...shown.added, ...shown.removed, ...shown.changed]);
  if (wanted.size === 0) return found;
  const { columns } = rows;
  const eachKey = hashesOfKeys(key, columns);
  for (const batch of batchesOf(columns, rows))
    eachKey(batch, (hashes, from) => {
      for (let row = 0; 4 * row < hashes.length; row++) {
        const hash = hashText(hashes, 4 * row);
        if (wanted.has(hash)) found.set(hash, rowText(batch, from + row, columns));
      }
    });
  return found;
}

/** Rows that are looked at together. */
const rowsAtOnce = 4096;

function* batchesOf(
  columns: readonly Column[],
  { pieces, scratch }: Pick<WaitingRows, 'pieces' | 'scratch'>,
): Generator<RecordBatch> {
  const collector = new RowsCollector(arrowSchema(columns));
  let waiting = 0;
  for (const piece of pieces)
    for (const { rows, bytes } of readSpool(scratch, piece, piece)) {
      collector.add(bytes);
      waiting += rows;
      if (waiting < rowsAtOnce) continue;
      waiting = 0;
      yield plainBatch(collector.finish());
    }
  if (waiting > 0) yield plainBatch(collector.finish());
}
