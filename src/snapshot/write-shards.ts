import type { CoordinatorOptions, LaneReceipts } from '../lane/coordinator.js';
import type { Facts } from '../core/facts.js';
import { addRuleCounts } from '../core/rule-counts.js';
import type { ShardReceipt } from '../core/shard.js';
import type { TablePlan } from '../core/source.js';
import type { LaneStart } from '../lane/messages.js';
import {
  spooledKeys,
  spooledOverlap,
  type SpooledRecords,
  spooledRowKeys,
  spooledTransactions,
} from '../lane/spooled-records.js';
import { writeTargets } from '../lane/targets.js';
import { partitionName, placeOf, targetKey, type TargetPlace } from '../core/target-place.js';
import { orderReceipts, orderShards } from '../manifest/build.js';
import type { WrittenTable, WrittenTarget } from '../manifest/build-input.js';
import { targetShardName } from '../manifest/shard-names.js';
import { partsOf } from '../partition/split.js';
import type { ReadGroups } from './leading.js';
import type { Plan, TableWork } from './plan.js';
import { type EmptyShardTools, isRouted, writeEmptyShard } from './thread-plan.js';

/** What a table's rows became: each target has at least one file, which holds the schema where there are no rows. */
export interface WrittenRows extends Pick<WrittenTable, 'targets' | 'misfits' | 'misfitsOfMore'> {
  /** Rule by rule, what was counted of its rows; undefined: nothing is expected, or there were no rows. */
  readonly rules: Facts['rules'];
  /** Where the keys of its rows are that must not come twice. */
  readonly keys: readonly SpooledRecords[];
  /** Where the keys of its rows are, with the rows' hashes. */
  readonly rowKeys: readonly SpooledRecords[];
  /** The table's name in the version. */
  readonly name: string;
  /** Where hashes of its rows are that come in several versions. */
  readonly overlap: ReturnType<typeof spooledOverlap>;
}

export interface WrittenShards {
  /** By table. */
  readonly tables: readonly WrittenRows[];
  /** What readers saw, for the source to confirm. */
  readonly evidence: readonly unknown[];
  /** Where the records of entities are. */
  readonly entities: readonly SpooledRecords[];
  /** Where ids of transactions are that a later run must know. */
  readonly transactions: readonly SpooledRecords[];
  /** What each of several machines wrote; undefined: this one did all. */
  readonly members?: LaneReceipts['members'] | undefined;
}

type Places = Pick<Plan, 'tables' | 'parts'>;

type Start = Omit<LaneStart, 'encoders'>;

/** How files are written. */
export interface WritingTools extends EmptyShardTools {
  readonly readGroups: ReadGroups;
}

/** Has the lanes write all shards, of each table one target, or one for each part of a split and partition. */
export function writeShards(
  start: Start,
  plan: Places,
  options: CoordinatorOptions,
  writing: WritingTools,
): Promise<WrittenShards> {
  return isRouted(plan, start.tables)
    ? writeRouted(start, plan, options, writing)
    : writeWhole(start, plan, options, writing);
}

/** Rows of a table go into the same files, or stay in those that they are in. */
async function writeWhole(
  start: Start,
  plan: Places,
  options: CoordinatorOptions,
  { readGroups, ...writing }: WritingTools,
): Promise<WrittenShards> {
  const { ranges, groups, members } = await readGroups(start, options);
  const receipts = orderReceipts(
    groups.flatMap(({ shards }) => shards),
    start.tables.length,
  );
  const tables: WrittenRows[] = [];
  for (const [table, shards] of receipts.entries()) {
    const found = byTarget(shards, start.tables[table]!);
    const shardNameOf = (key: string): string => targetShardName(start.shardNames[table]!, placeOf(key));
    tables.push({
      name: start.tables[table]!.name,
      targets: await targetsWith(found, plan.tables[table], (key) =>
        writeEmptyShard(key === '' ? start : named(start, shardNameOf(key)), table, writing),
      ),
      rules: rulesIn(shards),
      keys: spooledKeys(ranges, table),
      overlap: spooledOverlap(ranges, table),
      rowKeys: spooledRowKeys(ranges, table),
    });
  }
  const evidence = ranges.flatMap((receipt) => receipt.evidence);
  return { tables, evidence, entities: [], transactions: spooledTransactions(ranges), members };
}

function rulesIn(shards: readonly ShardReceipt[]): Facts['rules'] {
  const counted = shards.flatMap(({ facts }) => (facts.rules === undefined ? [] : [facts.rules]));
  return counted.length === 0 ? undefined : counted.reduce(addRuleCounts);
}

async function writeRouted(
  start: Start,
  plan: Places,
  options: CoordinatorOptions,
  writing: EmptyShardTools,
): Promise<WrittenShards> {
  const outermost = plan.parts.length > 0 ? 'part' : 'table';
  const shardNameOf = (table: number, key: string): string =>
    targetShardName(start.shardNames[table]!, placeOf(key), outermost);
  const { ranges, targets, told, entities } = await writeTargets(start, { ...options, shardNameOf });
  const tables: WrittenRows[] = [];
  for (const table of start.tables.keys()) {
    const found = new Map(
      targets
        .filter((target) => target.table === table)
        .map(({ key, groups }) => [key, orderShards(groups.flatMap(({ shards }) => shards))]),
    );
    const written = await targetsWith(found, plan.tables[table]!, (key) =>
      writeEmptyShard(named(start, shardNameOf(table, key)), table, writing),
    );
    const { rules, ...misfits } = told[table]!;
    const beside = {
      keys: spooledKeys(ranges, table),
      overlap: spooledOverlap(ranges, table),
      rowKeys: spooledRowKeys(ranges, table),
    };
    const { name } = start.tables[table]!;
    tables.push({ name, targets: written, misfits, rules, ...beside });
  }
  const evidence = ranges.flatMap((receipt) => receipt.evidence);
  return { tables, evidence, entities, transactions: spooledTransactions(ranges) };
}

/** Shards by the place that they are of, in the order of the places' keys. */
function byTarget(shards: readonly ShardReceipt[], { ranges }: TablePlan): Map<string, readonly ShardReceipt[]> {
  const found = new Map<string, ShardReceipt[]>();
  for (const shard of shards) {
    // A group of files that stay is one of them.
    const key = ranges[shard.group]?.file?.becomes?.target ?? '';
    const before = found.get(key);
    if (before === undefined) found.set(key, [shard]);
    else before.push(shard);
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The targets of a table, each with at least one shard. */
async function targetsWith(
  found: ReadonlyMap<string, readonly ShardReceipt[]>,
  work: TableWork | undefined,
  emptyShard: (key: string) => Promise<readonly ShardReceipt[]>,
): Promise<WrittenTarget[]> {
  const targets: WrittenTarget[] = [];
  for (const key of keysOf(work, [...found.keys()])) {
    const shards = found.get(key) ?? [];
    targets.push({ ...placeOf(key), shards: shards.length > 0 ? shards : await emptyShard(key) });
  }
  return targets;
}

/** All shards have this name. */
const named = (start: Start, name: string): Start => ({ ...start, shardNames: start.tables.map(() => name) });

/** Keys of a table's targets in their order: parts in the split's order, in each of them its partitions, and a place where there are no rows. */
function keysOf(work: TableWork | undefined, found: readonly string[]): string[] {
  const { split, onlyPart, partitioning } = work ?? {};
  return partsOf(onlyPart === undefined ? split : undefined).flatMap((part) => {
    const own = found.filter((key) => placeOf(key).split === part);
    return own.length > 0 ? own : [targetKey(emptyPlace(part, partitioning))];
  });
}

/** Where the file without rows lies. */
function emptyPlace(part: string | undefined, partitioning: TableWork['partitioning']): TargetPlace {
  const nulls = partitioning?.by.map((one) => [partitionName(one), null] as const);
  return { split: part, partition: nulls && Object.fromEntries(nulls) };
}
