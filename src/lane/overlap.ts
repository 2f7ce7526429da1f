import type { RecordBatch } from 'apache-arrow';
import { plainData } from '../core/arrow/plain-data.js';
import { takeRows } from '../core/arrow/take-rows.js';
import { HashBag } from '../core/digest/hash-list.js';
import { bytesOfHash } from '../core/digest/kernel.js';
import { rowHasher } from '../core/digest/row-hashes.js';
import { arrowSchema, type Column, writtenColumns } from '../core/types.js';

/** What an `overlap` column says of a row; 0: neither. */
const marks = { mayComeAgain: 1, mayBeKnown: 2 } as const;

/** What is found of a batch's rows where versions overlap. */
export interface Overlap {
  /** Hashes of the rows that a later run may read again. */
  readonly records: Uint8Array;
  /** Hashes of the rows that an earlier version has. */
  readonly known: Uint8Array;
  /** The others' positions; undefined: all are new. */
  readonly fresh: Int32Array | undefined;
}

/** Whether rows of a table may come in several versions. */
export function overlaps(columns: readonly Column[]): boolean {
  return columns.some(({ overlap }) => overlap);
}

/**
 * Looks at rows that may come in several versions; undefined where none do. Rows are told by the hashes of what is written of
 * them, and each that an earlier version has is dropped once: so all batches of a table must go through one of these, in turn.
 * @param seenRows hashes of rows that an earlier version has, sorted, in base 64
 */
export function overlapOf(
  columns: readonly Column[],
  seenRows: string | undefined,
): ((read: RecordBatch, written: RecordBatch) => Overlap | undefined) | undefined {
  const index = columns.findIndex(({ overlap }) => overlap);
  if (index < 0) return undefined;
  const hashesOf = rowHasher(arrowSchema(writtenColumns(columns)));
  const known = seenRows === undefined ? undefined : new HashBag(Buffer.from(seenRows, 'base64'));
  return ({ data }, written) => {
    const column = plainData(data.children[index]!);
    // 16 bits, or what files have for them.
    const of = column.values as Int16Array | Int32Array | BigInt64Array;
    const marked = positions(column.length, (row) => Number(of[row]) !== 0);
    if (marked.length === 0) return undefined;
    const { hashes } = hashesOf(takeRows(written, marked));
    const hashAt = (i: number): Uint8Array => hashes.subarray(i * bytesOfHash, (i + 1) * bytesOfHash);
    const again: Uint8Array[] = [];
    const dropped = new Map<number, Uint8Array>();
    for (const [i, row] of marked.entries()) {
      const mark = Number(of[row]);
      if ((mark & marks.mayComeAgain) !== 0) again.push(hashAt(i));
      if ((mark & marks.mayBeKnown) !== 0 && known?.take(hashes, i * bytesOfHash) === true) dropped.set(row, hashAt(i));
    }
    return {
      records: Buffer.concat(again),
      known: Buffer.concat([...dropped.values()]),
      fresh: dropped.size === 0 ? undefined : positions(column.length, (row) => !dropped.has(row)),
    };
  };
}

function positions(length: number, wanted: (row: number) => boolean): Int32Array {
  const found = new Int32Array(length);
  let count = 0;
  for (let row = 0; row < length; row++) if (wanted(row)) found[count++] = row;
  return found.subarray(0, count);
}
