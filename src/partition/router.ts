import type { RecordBatch } from 'apache-arrow';
import { bitAt, validity } from '../core/arrow/bitmap.js';
import { MisfitError } from '../core/misfit-error.js';
import type { Router } from '../core/routing.js';
import type { Column } from '../core/types.js';
import { type AssignRows, hashAssignment } from './hash-split.js';
import { type Split, splitColumns, splitNames } from './split.js';
import { columnAssignment, timeAssignment } from './value-split.js';

/**
 * Sends rows to the targets of a split, whose keys are the names of its parts.
 * @param columns those that are read, checked by `checkSplit`
 * @returns a router that throws data.misfit for a row that belongs to no part
 */
export function splitRouter(split: Split, columns: readonly Column[]): Router {
  const keys = splitNames(split);
  const deciding = splitColumns(split).map((name) => columns.findIndex((column) => column.name === name));
  const assign = assignmentOf(split, columns, deciding, keys);
  const ofNull = split.nullKeys === 'fail' ? undefined : keys.indexOf(split.nullKeys.to);
  return (batch) => {
    const of = new Int32Array(batch.numRows);
    for (const index of deciding) if (ofNull === undefined) assertNoNull(batch, index, columns[index]!);
    assign(batch, of);
    if (ofNull !== undefined) for (const index of deciding) sendNulls(batch, index, ofNull, of);
    return { keys, of };
  };
}

function assignmentOf(
  split: Split,
  columns: readonly Column[],
  deciding: readonly number[],
  keys: readonly string[],
): AssignRows {
  switch (split.by) {
    case 'hash':
      return hashAssignment(split, columns, deciding);
    case 'time':
      return timeAssignment(split, deciding[0]!);
    case 'column':
      return columnAssignment(split, columns[deciding[0]!]!, deciding[0]!, keys);
  }
}

function assertNoNull(batch: RecordBatch, index: number, { name, sourceType }: Column): void {
  const valid = validity(batch.data.children[index]!);
  if (valid === undefined) return;
  let row = 0;
  while (bitAt(valid, row) === 1) row++;
  throw new MisfitError(
    { column: index, row },
    'data.misfit',
    `Column "${name}" (${sourceType}): NULL belongs to no split`,
    '--split-null <split> sends rows without a key there; or leave them out in the query: WHERE … IS NOT NULL.',
  );
}

function sendNulls(batch: RecordBatch, index: number, part: number, of: Int32Array): void {
  const valid = validity(batch.data.children[index]!);
  if (valid === undefined) return;
  for (let row = 0; row < of.length; row++) if (bitAt(valid, row) === 0) of[row] = part;
}
