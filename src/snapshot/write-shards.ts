import { type CoordinatorOptions, readAllRanges } from '../lane/coordinator.js';
import type { LaneStart } from '../lane/messages.js';
import { writeTargets } from '../lane/targets.js';
import { orderReceipts, type WrittenTable, type WrittenTarget } from '../manifest/build.js';
import { splitShardName } from '../manifest/shard-names.js';
import { type Split, splitNames } from '../partition/split.js';
import { type EmptyShardTools, writeEmptyShard } from './thread-plan.js';

/** What a table's rows became: each target has at least one file, which holds the schema where there are no rows. */
export type WrittenRows = Pick<WrittenTable, 'targets' | 'misfits'>;

export interface WrittenShards {
  /** By table. */
  readonly tables: readonly WrittenRows[];
  /** What readers saw, for the source to confirm. */
  readonly evidence: readonly unknown[];
}

type Start = Omit<LaneStart, 'encoders'>;

/** Has the lanes write all shards, of each table one target, or one for each part of a split. */
export function writeShards(
  start: Start,
  split: Split | undefined,
  options: CoordinatorOptions,
  writing: EmptyShardTools,
): Promise<WrittenShards> {
  return split === undefined ? writeWhole(start, options, writing) : writeSplit(start, split, options, writing);
}

async function writeWhole(start: Start, options: CoordinatorOptions, writing: EmptyShardTools): Promise<WrittenShards> {
  const { ranges, groups } = await readAllRanges(start, options);
  const receipts = orderReceipts(
    groups.flatMap(({ shards }) => shards),
    start.tables.length,
  );
  const tables: WrittenRows[] = [];
  for (const [table, shards] of receipts.entries()) {
    tables.push({ targets: [{ shards: shards.length > 0 ? shards : await writeEmptyShard(start, table, writing) }] });
  }
  return { tables, evidence: ranges.flatMap(({ evidence }) => evidence) };
}

async function writeSplit(
  start: Start,
  split: Split,
  options: CoordinatorOptions,
  writing: EmptyShardTools,
): Promise<WrittenShards> {
  const shardNameOf = (table: number, name: string): string => splitShardName(start.shardNames[table]!, name);
  const { ranges, targets, misfits } = await writeTargets(start, { ...options, shardNameOf });
  const tables: WrittenRows[] = [];
  for (const table of start.tables.keys()) {
    const written: WrittenTarget[] = [];
    for (const name of splitNames(split)) {
      const found = targets.find((target) => target.table === table && target.key === name);
      const [shards = []] = orderReceipts(
        (found?.groups ?? []).flatMap((group) => group.shards).map((shard) => ({ ...shard, table: 0 })),
        1,
      );
      const named = { ...start, shardNames: start.tables.map(() => shardNameOf(table, name)) };
      written.push({ split: name, shards: shards.length > 0 ? shards : await writeEmptyShard(named, table, writing) });
    }
    tables.push({ targets: written, misfits: misfits[table]! });
  }
  return { tables, evidence: ranges.flatMap(({ evidence }) => evidence) };
}
