import type { Data, RecordBatch } from 'apache-arrow';
import { unsignedWordsOf } from '../core/arrow/words.js';
import { fieldHashers } from '../core/digest/column-hashes.js';
import { hashText } from '../core/digest/hash-text.js';
import { hashesOfKeys } from '../core/digest/hashes-of-keys.js';
import { bytesOfHash, DigestKernel } from '../core/digest/kernel.js';
import { arrowSchema, type Column } from '../core/types.js';
import type { ChangedRow, SampledRow } from './diff-shape.js';
import type { DifferingKeys } from './differing-keys.js';
import type { WaitingRows } from './read-versions.js';
import { rowText } from './row-text.js';
import { batchesOf } from './waiting-batches.js';

/** A row as text, and the hashes of its values by column: they also tell of those that are not shown whether they are the same. */
export interface ShownRow {
  readonly row: SampledRow;
  readonly hashes: ReadonlyMap<string, string>;
}

/** By the hash of their key. */
export type ShownRows = ReadonlyMap<string, ShownRow>;

/** Of rows of one side those that are shown. */
export function shownRows(rows: WaitingRows, key: readonly string[], { shown }: DifferingKeys): ShownRows {
  const found = new Map<string, ShownRow>();
  const wanted = new Set([...shown.added, ...shown.removed, ...shown.changed]);
  if (wanted.size === 0) return found;
  const { columns } = rows;
  const eachKey = hashesOfKeys(key, columns);
  const valueHashes = rowHasher(columns);
  for (const batch of batchesOf(columns, rows))
    eachKey(batch, (hashes, from) => {
      for (let row = 0; 4 * row < hashes.length; row++) {
        const hash = hashText(hashes, 4 * row);
        if (!wanted.has(hash)) continue;
        found.set(hash, { row: rowText(batch, from + row, columns), hashes: valueHashes(batch, from + row) });
      }
    });
  return found;
}

/** A row of both sides that is not the same, with the columns in which it is not. */
export function changedRowOf(from: ShownRow, to: ShownRow): ChangedRow {
  const columns = [...from.hashes].flatMap(([name, hash]) => (to.hashes.get(name) === hash ? [] : [name]));
  return { from: from.row, to: to.row, columns };
}

function rowHasher(columns: readonly Column[]): (batch: RecordBatch, row: number) => ShownRow['hashes'] {
  const kernel = new DigestKernel();
  const hashers = fieldHashers(kernel, arrowSchema(columns).fields, 'column');
  return (batch, row) =>
    new Map(
      columns.map(({ name }, index) => {
        const mark = kernel.mark;
        const at = hashers[index]!(batch.data.children[index] as Data, row, 1);
        const hash = hashText(unsignedWordsOf(kernel.view(at, bytesOfHash)), 0);
        kernel.release(mark);
        return [name, hash];
      }),
    );
}
