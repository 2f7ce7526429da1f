import type { OpenSource, Range, TablePlan } from '../core/source.js';
import { placeOf, targetKey } from '../core/target-place.js';
import { foldersOf } from '../files/partition-folders.js';
import { shardPath, tableShardName, targetShardName } from '../manifest/shard-names.js';
import { assertFewPartitions } from '../partition/partition-router.js';
import { formatOf } from '../shard/registry.js';
import type { Plan, TableWork } from './plan.js';
import { withTables } from './with-tables.js';

/** A run, and its source, whose files say what they become where they stay as they are. */
interface KeptRun {
  readonly plan: Plan;
  readonly source: OpenSource;
}

/**
 * Files of another engine stay as they are where nothing is asked for that makes others of their rows, by a table's own options either;
 * and where folders are asked for, if they lie in such.
 * @throws data.partitions
 */
export function keptFiles(plan: Plan, source: OpenSource): KeptRun {
  const { codecs, tables } = source;
  if (codecs === undefined || !plan.keepsFiles) return { plan, source };
  const targets = tables.map((table, index) => targetsOf(table, plan.tables[index]!));
  if (targets.includes(undefined)) return { plan, source };
  const ending = formatOf(plan.format).endingOf(plan.compression);
  const kept = tables.map((table, index) => {
    const name = tableShardName(plan.name, table.name, tables.length);
    return { ...table, ranges: keptRanges(table, targets[index]!, { name, ending }) };
  });
  return { plan: { ...plan, kept: { codecs } }, source: withTables(source, kept) };
}

/** Where rows of each file go; undefined: its rows do not all go to one place, or not as they are. */
function targetsOf(
  { columns, ranges, seenRows }: TablePlan,
  { sample, split, partitioning }: TableWork,
): readonly string[] | undefined {
  if (seenRows !== undefined || sample || split) return undefined;
  if (columns.some(({ hidden, mask }) => hidden || mask !== undefined)) return undefined;
  if (partitioning === undefined) return ranges.map(() => '');
  const partitions = foldersOf({ columns, files: ranges.map(({ file }) => file!) }, partitioning);
  const targets = partitions?.map((partition) => targetKey({ partition }));
  if (targets) assertFewPartitions(new Set(targets).size, partitioning.by);
  return targets;
}

/** In each place files are counted in their order. */
function keptRanges(
  { name: table, ranges }: TablePlan,
  targets: readonly string[],
  { name, ending }: { readonly name: string; readonly ending: string },
): readonly Range[] {
  const counts = new Map<string, number>();
  for (const target of targets) counts.set(target, (counts.get(target) ?? 0) + 1);
  const names = new Map(
    [...counts.keys()].map((target) => [target, target === '' ? name : targetShardName(name, placeOf(target))]),
  );
  const before = new Map<string, number>();
  return ranges.map((range, index) => {
    const target = targets[index]!;
    const group = before.get(target) ?? 0;
    before.set(target, group + 1);
    const path = shardPath(names.get(target)!, table, { group, groups: counts.get(target)!, part: 0 }, ending);
    return { ...range, file: { ...range.file!, becomes: { path, target } } };
  });
}
