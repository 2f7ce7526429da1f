import type { FormatOptions } from '../core/format.js';
import type { ShardReceipt } from '../core/shard.js';
import type { OpenSource, RowGroupLimits, TablePlan } from '../core/source.js';
import { tool } from './tool.js';
import type { DraftObjects } from '../core/destination.js';
import { groupFiles } from '../lane/group-files.js';
import type { LoadedFormat } from '../lane/load-format.js';
import type { LikelyWork, ThreadPlan } from '../lane/messages.js';
import type { Route } from '../partition/router.js';
import type { WritingPlan } from '../manifest/build-input.js';
import { tableShardName } from '../manifest/shard-names.js';
import type { Plan, TableWork } from './plan.js';
import { type chooseThreads, type LaneBudget, longestRow, type Threads } from './threads.js';

/**
 * Where row groups end. Rows: what readers of Parquet like to take at once. Bytes, as they come from the server: they
 * bound the memory of a lane whatever the rows are like.
 */
const rowGroupLimits: RowGroupLimits = { rows: 131_072, bytes: 8 * 1024 * 1024 };

/** Smaller than this, row groups hardly compress. */
const smallestRowGroup = 64 * 1024;

/** Two row groups and more have room in a shard, as large as it may be. */
export function rowGroupLimitsOf({ shardSize }: Pick<Plan, 'shardSize'>): RowGroupLimits {
  const bytes = Math.min(rowGroupLimits.bytes, Math.max(smallestRowGroup, Math.floor(shardSize / 2)));
  return { ...rowGroupLimits, bytes };
}

/** What every thread of the run needs to know. */
export function threadPlanOf(plan: Plan, source: OpenSource, checks: ThreadPlan['checks']): ThreadPlan {
  return {
    sourceKind: source.readBy ?? plan.sourceKind,
    tables: source.tables,
    misfits: plan.misfits,
    digest: plan.digest,
    maskKey: plan.masks.key?.reveal(),
    label: plan.label,
    ...(plan.tracksDeletes && { rowKeys: plan.tables.map(({ key }) => key) }),
    checks,
    format: formatOptionsOf(plan),
    limits: rowGroupLimitsOf(plan),
    shardSize: plan.shardSize,
    shardNames: source.tables.map(({ name }, _, { length }) => tableShardName(plan.name, name, length)),
    ...(plan.kept && { keepsFiles: true, heldTo: plan.tables.map(placesOfKept) }),
    ...(isRouted(plan, source.tables) && { routes: plan.tables.map(routeOf) }),
  };
}

/** A row that this machine has no memory for is found before it is there. */
export function withLongestRow<Start extends Pick<ThreadPlan, 'limits'>>(
  start: Start,
  plan: LaneBudget,
  { threads, source }: { readonly threads: Threads; readonly source: Parameters<typeof chooseThreads>[1] },
): Start {
  const { rows, bytes } = start.limits;
  const longest = longestRow(plan, threads, { source, usual: bytes });
  return { ...start, limits: { rows, bytes, ...(longest !== undefined && { longestRow: longest }) } };
}

/** What lanes will most likely need. */
export const likelyWork = (plan: Pick<Plan, 'sourceKind'> & WritingPlan): LikelyWork => ({
  sourceKind: plan.sourceKind,
  format: formatOptionsOf(plan),
});

/** How shards are written. */
export function formatOptionsOf({ format, compression, csv }: WritingPlan): FormatOptions {
  return { format, compression, csv, createdBy: `${tool.name} version ${tool.version}` };
}

/** Whether every row is sent where it belongs: files that stay as they are lie there. */
export function isRouted(
  { tables: works, kept }: Pick<Plan, 'tables' | 'kept'>,
  tables: readonly TablePlan[],
): boolean {
  if (kept !== undefined) return false;
  if (tables.some(({ seenRows }) => seenRows !== undefined)) return true;
  return works.some(({ sample, split, partitioning }) => sample ?? split ?? partitioning);
}

const routeOf = ({ sample, split, onlyPart, partitioning }: TableWork): Route => ({
  sample,
  split,
  onlyPart,
  partitioning,
  entities: true,
});

/** Where rows of files that stay must be; undefined: anywhere. */
const placesOfKept = ({ partitioning }: TableWork): Route | undefined =>
  partitioning && { partitioning, entities: false };

/** What files without rows are written with. */
export interface EmptyShardTools {
  readonly format: LoadedFormat;
  readonly objects: DraftObjects;
}

/** Writes one shard without rows for a table, which holds the schema. */
export async function writeEmptyShard(
  work: ThreadPlan,
  table: number,
  { format, objects }: EmptyShardTools,
): Promise<readonly ShardReceipt[]> {
  const files = groupFiles(work, { format, objects, place: { table, group: 0, groups: 1 } }, () => undefined);
  return files.finish({ empty: true });
}
