import type { RecordBatch } from 'apache-arrow';
import { bitAt, validity } from '../core/arrow/bitmap.js';
import { MisfitError } from '../core/misfit-error.js';
import { nowhere, type Router, type Routing } from '../core/routing.js';
import { targetKey } from '../core/target-place.js';
import { type Column, writtenColumns } from '../core/types.js';
import { EntityRecords } from './entity-records.js';
import { type AssignRows, hashAssignment } from './hash-split.js';
import type { Partitioning } from './partitioning.js';
import { partitionRouter } from './partition-router.js';
import type { Sample } from './sample.js';
import { partsOf, positionsInAll, type Split, splitColumns, splitNames } from './split.js';
import { columnAssignment, timeAssignment } from './value-split.js';

/** Where the rows of a table go: plain data. */
export interface Route {
  readonly sample?: Sample | undefined;
  readonly split?: Split | undefined;
  readonly partitioning?: Partitioning | undefined;
  /** Whether it is noted which entities are in which parts. */
  readonly entities: boolean;
}

/**
 * Sends rows to their targets, by {@link targetKey}: a part of the split by what was read, and a partition by what is written.
 * @param columns those that are read, checked by `checkSplit` and `checkPartitioning`
 * @returns a router that throws data.misfit for a row that belongs nowhere, data.partitions where there are too many
 */
export function routerOf({ sample, ...places }: Route, columns: readonly Column[]): Router {
  const byPlace = placeRouter(places, columns);
  if (sample === undefined) return byPlace;
  const deciding = sample.key.map((name) => columns.findIndex((column) => column.name === name));
  const parts = [
    { name: 'in', below: sample.below },
    { name: 'out', below: positionsInAll },
  ];
  const assign = hashAssignment({ place: 'sample', salt: sample.salt, parts }, columns, deciding);
  return (read, written) => {
    const out = new Int32Array(read.numRows);
    assign(read, out);
    const { of, ...routing } = byPlace(read, written, out);
    for (let row = 0; row < of.length; row++) if (out[row] === 1) of[row] = nowhere;
    return { ...routing, of };
  };
}

/** @param out 1 for a row that is left out */
type PlaceRouter = (read: RecordBatch, written: RecordBatch, out?: Int32Array) => Routing;

function placeRouter({ split, partitioning, entities: noted }: Route, columns: readonly Column[]): PlaceRouter {
  const bySplit = split && splitRouter(split, columns, noted);
  const byPartition = partitioning && partitionRouter(partitioning, writtenColumns(columns));
  if (byPartition === undefined) {
    if (bySplit === undefined) return ({ numRows }) => ({ keys: [''], of: new Int32Array(numRows) });
    return (read, _, out) => bySplit(read, out);
  }
  const keys: string[] = [];
  const parts = partsOf(split);
  return (read, written, out) => {
    const { partitions, of } = byPartition(written);
    for (let at = keys.length / parts.length; at < partitions.length; at++) {
      for (const part of parts) keys.push(targetKey({ split: part, partition: partitions[at]! }));
    }
    if (bySplit === undefined) return { keys, of };
    const { of: partOf, entities } = bySplit(read, out);
    for (let row = 0; row < of.length; row++) of[row] = of[row]! * parts.length + partOf[row]!;
    return { keys, of, ...(entities && { entities }) };
  };
}

/** Sends rows to the parts of a split, whose keys are their names. @param noted whether it is noted which entities are in them */
function splitRouter(
  split: Split,
  columns: readonly Column[],
  noted: boolean,
): (read: RecordBatch, out?: Int32Array) => Routing {
  const keys = splitNames(split);
  const indices = (names: readonly string[]): number[] =>
    names.map((name) => columns.findIndex((column) => column.name === name));
  const deciding = indices(splitColumns(split));
  const assign = assignmentOf(split, columns, deciding, keys);
  const ofNull = split.nullKeys === 'fail' ? undefined : keys.indexOf(split.nullKeys.to);
  const key = indices(split.key);
  const noteEntities = noted && key.length > 0 ? entityNotes(split, columns, key) : undefined;
  return (batch, out) => {
    const of = new Int32Array(batch.numRows);
    const hashes = noteEntities && new Uint32Array(4 * batch.numRows);
    for (const index of deciding) if (ofNull === undefined) assertNoNull(batch, index, columns[index]!);
    assign(batch, of, hashes);
    if (ofNull !== undefined) for (const index of deciding) setWhereNull(batch, index, ofNull, of);
    return { keys, of, ...(noteEntities && { entities: noteEntities(batch, of, hashes!, out) }) };
  };
}

type NoteEntities = (
  batch: RecordBatch,
  parts: Int32Array,
  hashes: Uint32Array,
  out: Int32Array | undefined,
) => Uint8Array;

/** Where the key does not decide, its hashes are still to be made. */
function entityNotes(split: Split, columns: readonly Column[], key: readonly number[]): NoteEntities {
  const records = new EntityRecords();
  const parts = [{ name: '', below: positionsInAll }];
  const hash = split.by === 'hash' ? undefined : hashAssignment({ place: 'split', salt: '', parts }, columns, key);
  return (batch, of, hashes, out) => {
    hash?.(batch, new Int32Array(batch.numRows), hashes);
    const counted = new Uint8Array(batch.numRows).fill(1);
    for (let row = 0; row < counted.length; row++) if (out?.[row] === 1) counted[row] = 0;
    // A row without a key is of no entity.
    for (const index of key) setWhereNull(batch, index, 0, counted);
    return records.of({ hashes, parts: of, counted });
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
      return hashAssignment({ ...split, place: 'split' }, columns, deciding);
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

/** Writes a number for each row in which a column is NULL. */
function setWhereNull(batch: RecordBatch, index: number, value: number, out: Int32Array | Uint8Array): void {
  const valid = validity(batch.data.children[index]!);
  if (valid === undefined) return;
  for (let row = 0; row < out.length; row++) if (bitAt(valid, row) === 0) out[row] = value;
}
