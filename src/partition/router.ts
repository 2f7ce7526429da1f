import { takeRows } from '../core/arrow/take-rows.js';
import { MisfitError } from '../core/misfit-error.js';
import { nowhere, type Router } from '../core/routing.js';
import { targetKey } from '../core/target-place.js';
import { type Column, indicesOf, writtenColumns } from '../core/types.js';
import { hashAssignment } from './hash-split.js';
import { type Among, keptAmong } from './among.js';
import type { Partitioning } from './partitioning.js';
import { partitionRouter } from './partition-router.js';
import type { Sample } from './sample.js';
import { partsOf, positionsInAll, type Split } from './split.js';
import { splitRouter } from './split-router.js';
import { surveyRouter } from './exact/survey-router.js';

/** Where the rows of a table go: plain data. */
export interface Route {
  readonly sample?: Sample | undefined;
  /** Only rows of some keys are kept; absent: all are. */
  readonly among?: Among | undefined;
  readonly split?: Split | undefined;
  /** Only rows of this part of the split are kept, all of which go to one place; absent: those of all are. */
  readonly onlyPart?: string | undefined;
  readonly partitioning?: Partitioning | undefined;
  /** Whether it is noted which entities are in which parts; `by-stratum`: of the split's strata, and no row goes anywhere. */
  readonly entities: boolean | 'by-stratum';
  /** `false`: no row goes anywhere. */
  readonly kept?: boolean;
}

/** For rows that are looked at, and not kept. */
export const routeNowhere: Route = { entities: false, kept: false };

/**
 * Sends rows to their targets, by {@link targetKey}: a part of the split by what was read, and a partition by what is written.
 * @param columns those that are read, checked by `checkSplit` and `checkPartitioning`
 * @returns a router that throws data.misfit for a row that belongs nowhere, data.partitions where there are too many
 */
export function routerOf({ sample, among, onlyPart, split, ...places }: Route, columns: readonly Column[]): Router {
  const keeps = [
    ...(among ? [keptAmong(among, columns)] : []),
    ...(sample ? [sampler(sample, columns)] : []),
    ...(onlyPart !== undefined && split ? [keptOfPart(split, onlyPart, columns)] : []),
  ];
  return {
    ...(keeps.length > 0 && { keep: keeps.reduce(keptByBoth) }),
    route: placeRouter({ ...places, ...(onlyPart === undefined && { split }) }, columns),
  };
}

type Keep = NonNullable<Router['keep']>;

function keptByBoth(first: Keep, second: Keep): Keep {
  return (read) => {
    const kept = first(read);
    if (kept === undefined) return second(read);
    try {
      const left = second(takeRows(read, kept));
      return left?.map((row) => kept[row]!) ?? kept;
    } catch (thrown) {
      throw thrown instanceof MisfitError ? thrown.at(kept[thrown.row]!) : thrown;
    }
  };
}

function keptOfPart(split: Split, part: string, columns: readonly Column[]): Keep {
  const route = splitRouter(split, columns, false);
  return (read) => {
    const { keys, of } = route(read);
    return positionsOf(keys.indexOf(part), of);
  };
}

function sampler({ key, salt, below }: Sample, columns: readonly Column[]): Keep {
  const parts = [
    { name: 'in', below },
    { name: 'out', below: positionsInAll },
  ];
  const assign = hashAssignment({ place: 'sample', salt, parts }, columns, indicesOf(key, columns));
  return (read) => {
    const out = new Int32Array(read.numRows);
    assign(read, out);
    return positionsOf(0, out);
  };
}

/** Undefined: all rows are of it. */
function positionsOf(wanted: number, of: Int32Array): Int32Array | undefined {
  const kept = new Int32Array(of.length);
  let count = 0;
  for (let row = 0; row < of.length; row++) if (of[row] === wanted) kept[count++] = row;
  return count === of.length ? undefined : kept.subarray(0, count);
}

function placeRouter(
  { split, partitioning, entities: noted, kept = true }: Route,
  columns: readonly Column[],
): Router['route'] {
  if (!kept) return ({ numRows }) => ({ keys: [], of: new Int32Array(numRows).fill(nowhere) });
  if (noted === 'by-stratum' && split?.by === 'hash') return surveyRouter(split, columns);
  const bySplit = split && splitRouter(split, columns, noted !== false);
  const byPartition = partitioning && partitionRouter(partitioning, writtenColumns(columns));
  if (byPartition === undefined) return bySplit ?? (({ numRows }) => ({ keys: [''], of: new Int32Array(numRows) }));
  const keys: string[] = [];
  const parts = partsOf(split);
  return (read, written) => {
    const { partitions, of } = byPartition(written);
    for (let at = keys.length / parts.length; at < partitions.length; at++) {
      for (const part of parts) keys.push(targetKey({ split: part, partition: partitions[at]! }));
    }
    if (bySplit === undefined) return { keys, of };
    const { of: partOf, entities } = bySplit(read);
    for (let row = 0; row < of.length; row++) of[row] = of[row]! * parts.length + partOf[row]!;
    return { keys, of, ...(entities && { entities }) };
  };
}
