import type { RecordBatch } from 'apache-arrow';
import { inLine } from '../core/in-line.js';
import { bitAt, validity } from '../core/arrow/bitmap.js';
import { rowsWithKey, setWhereNull } from '../core/arrow/where-null.js';
import { MisfitError } from '../core/misfit-error.js';
import type { Routing } from '../core/routing.js';
import { type Column, indicesOf } from '../core/types.js';
import { EntityRecords } from './entities/records.js';
import { assertOfStrata, exactAssignment } from './exact/assignment.js';
import { type AssignRows, hashAssignment } from './hash-split.js';
import { positionsInAll, type Split, splitColumns, splitNames } from './split.js';
import { columnAssignment, timeAssignment } from './value-split.js';

export type SplitRouter = (read: RecordBatch) => Routing;

/** Sends rows to the parts of a split, whose keys are their names. @param noted whether it is noted which entities are in them */
export function splitRouter(split: Split, columns: readonly Column[], noted: boolean): SplitRouter {
  const keys = splitNames(split);
  const deciding = indicesOf(splitColumns(split), columns);
  const assign = assignmentOf(split, columns, deciding, keys);
  const ofNull = split.nullKeys === 'fail' ? undefined : keys.indexOf(split.nullKeys.to);
  const strata = split.by === 'hash' ? split.exact?.strata : undefined;
  const key = indicesOf(split.key, columns);
  const noteEntities = noted && key.length > 0 ? entityNotes(split, columns, key) : undefined;
  return (batch) => {
    const of = new Int32Array(batch.numRows);
    const hashes = noteEntities && new Uint32Array(4 * batch.numRows);
    for (const index of deciding) if (ofNull === undefined) assertNoNull(batch, index, columns[index]!);
    assign(batch, of, hashes);
    if (ofNull !== undefined) for (const index of deciding) setWhereNull(batch, index, ofNull, of);
    if (strata !== undefined) assertOfStrata(of, strata, columns);
    if (noteEntities === undefined) return { keys, of };
    return { keys, of, entities: [{ key: '', records: noteEntities(batch, of, hashes!) }] };
  };
}

type NoteEntities = (batch: RecordBatch, parts: Int32Array, hashes: Uint32Array) => Uint8Array;

/** Where the key does not decide, its hashes are still to be made. */
function entityNotes(split: Split, columns: readonly Column[], key: readonly number[]): NoteEntities {
  const records = new EntityRecords();
  const parts = [{ name: '', below: positionsInAll }];
  const hash = split.by === 'hash' ? undefined : hashAssignment({ place: 'split', salt: '', parts }, columns, key);
  return (batch, of, hashes) => {
    hash?.(batch, new Int32Array(batch.numRows), hashes);
    return records.of({ hashes, parts: of, counted: rowsWithKey(batch, key) });
  };
}

function assignmentOf(
  split: Split,
  columns: readonly Column[],
  deciding: readonly number[],
  keys: readonly string[],
): AssignRows {
  switch (split.by) {
    case 'hash': {
      const { exact } = split;
      return exact === undefined
        ? hashAssignment({ ...split, place: 'split' }, columns, deciding)
        : exactAssignment({ ...split, exact }, columns, deciding);
    }
    case 'time':
      return timeAssignment(split, deciding[0]!);
    case 'column':
      return columnAssignment(split, columns[deciding[0]!]!, deciding[0]!, keys);
  }
}

/** @throws data.misfit for a row without a key */
export function assertNoNull(batch: RecordBatch, index: number, { name, sourceType }: Column): void {
  const valid = validity(batch.data.children[index]!);
  if (valid === undefined) return;
  let row = 0;
  while (bitAt(valid, row) === 1) row++;
  throw new MisfitError(
    { column: index, row },
    'data.misfit',
    `Column "${inLine(name)}" (${sourceType}): NULL belongs to no split`,
    '--split-null <split> sends rows without a key there; or leave them out in the query: WHERE … IS NOT NULL.',
  );
}
