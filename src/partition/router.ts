import type { RecordBatch } from 'apache-arrow';
import { nowhere, type Router, type Routing } from '../core/routing.js';
import { targetKey } from '../core/target-place.js';
import { type Column, writtenColumns } from '../core/types.js';
import { hashAssignment } from './hash-split.js';
import type { Partitioning } from './partitioning.js';
import { partitionRouter } from './partition-router.js';
import type { Sample } from './sample.js';
import { partsOf, positionsInAll, type Split } from './split.js';
import { splitRouter } from './split-router.js';
import { surveyRouter } from './survey-router.js';

/** Where the rows of a table go: plain data. */
export interface Route {
  readonly sample?: Sample | undefined;
  readonly split?: Split | undefined;
  readonly partitioning?: Partitioning | undefined;
  /** Whether it is noted which entities are in which parts; `by-stratum`: of the split's strata, and no row goes anywhere. */
  readonly entities: boolean | 'by-stratum';
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
  if (noted === 'by-stratum' && split?.by === 'hash') {
    const survey = surveyRouter(split, columns);
    return (read, _, out) => survey(read, out);
  }
  const bySplit = split && splitRouter(split, columns, noted !== false);
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
