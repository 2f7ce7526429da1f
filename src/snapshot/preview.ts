import { wouldMergeInto } from '../compact/before-run.js';
import type { RunListener } from '../core/progress.js';
import { bytesOfRowKey } from '../core/row-key-records.js';
import type { TablePlan } from '../core/source.js';
import { writtenColumns } from '../core/types.js';
import { partitionName } from '../core/target-place.js';
import { oneFile } from '../core/shard.js';
import { versionUri } from '../core/version-uri.js';
import { scratchNeeded } from '../lane/schedule.js';
import { shardPath, tableShardName, targetShardName } from '../manifest/shard-names.js';
import { splitCautions } from '../partition/check-split.js';
import { partsOf, splitNames } from '../partition/split.js';
import { formatOf } from '../shard/registry.js';
import { confusableColumns } from './column-names.js';
import { checksOf, rulesOf } from './expectations.js';
import { exactSplitOf } from './exact-split.js';
import { openUnlocked } from './until-unlocked.js';
import { assertSameRows } from './increment.js';
import { continuedPlan, newestOf } from './parent.js';
import { connectDestination } from './destination.js';
import { type Plan, plannedVersions } from './plan.js';
import { installedPorts, type Ports } from './ports.js';
import { proposeCasts } from './proposed-casts.js';
import type { Preview, PreviewTable } from './result.js';
import { judgeRoom, readLess, roomOf } from './room.js';
import type { Parent } from '../version/parent.js';
import { isRouted } from './thread-plan.js';
import { laneLimit } from './threads.js';
import { openRegistration } from './register.js';
import { assertWritable } from './writable.js';

/**
 * What a snapshot would do: opens the source at one moment, as the run does, and reads no row but a sample of numbers that are kept as text.
 * @throws TidemarkError request.invalid, request.version-exists, source.*; destination.full, scratch.full where it would not fit; the signal's reason
 */
export async function previewSnapshot(
  asked: Plan,
  {
    signal,
    listener = () => undefined,
    ports = installedPorts,
  }: { readonly signal: AbortSignal; readonly listener?: RunListener; readonly ports?: Ports },
): Promise<Preview> {
  assertWritable(asked);
  const { plan, parents } = await continuedPlan(asked, ports);
  const mergesInto = wouldMergeInto(asked, parents);
  const destination = await connectDestination({ ...plan, versions: plannedVersions(plan) }, ports);
  for (const version of plannedVersions(plan)) await destination.assertAbsent(version);
  await openRegistration(plan, destination, { ports, signal });
  const source = await openUnlocked(plan, { ports, signal, listener }, { onlyPlans: true });
  try {
    if (parents.length > 0) assertSameRows(plan, newestOf(parents).manifest, source.tables);
    const { server, certificate, tables } = source;
    const { lanes, because } = laneLimit(plan, source);
    const increment = parents.length > 0;
    const room = await roomOf(plan, { source, lanes, destination, fs: ports.machine.fs, increment });
    const shortage = judgeRoom(room, readLess);
    const exact = exactSplitOf(plan);
    const checks = checksOf(plan, tables);
    const unseen = parents.length > 0 ? notSeen(plan) : undefined;
    return {
      server,
      certificate,
      tables: tables.map((table, index) => ({ ...previewTable(table), expected: rulesOf(checks[index]) })),
      lanes,
      lanesBecause: because,
      scratchBytes: isRouted(plan, tables) ? spoolNeeded(tables) : scratchNeeded(tables, lanes),
      room,
      version: versionUri(plan),
      location: destination.locationOf(plan),
      versions: plannedVersions(plan).map((one) => ({
        version: versionUri(one),
        location: destination.locationOf(one),
      })),
      shardNames: firstNames(plan, tables),
      shardSize: plan.shardSize === oneFile ? undefined : plan.shardSize,
      ...(mergesInto !== undefined && { mergesInto }),
      ...stagingOf(plan),
      ...(unseen !== undefined && { notSeen: unseen }),
      ...(plan.tracksDeletes && { keyBytes: keyBytes(tables, parents) }),
      ...(plan.sample && { sample: plan.sample }),
      splits: plan.split === undefined ? [] : splitNames(plan.split),
      ...(exact && { exactStrata: exact.exact.strata }),
      partitions: [...new Set(plan.tables.flatMap(({ partitioning }) => partitioning?.by.map(partitionName) ?? []))],
      casts: await proposeCasts(plan, tables, { signal, listener }),
      warnings: [
        ...plan.warnings,
        ...source.warnings,
        ...confusableColumns(tables),
        ...splitCautions(plan.tables, tables),
        ...shortage,
      ],
    };
  } finally {
    await source.close();
  }
}

/** Each run has a folder of its own there. */
function stagingOf({ staging, source: { unload } }: Plan): Pick<Preview, 'staging'> {
  if (staging === undefined || unload === undefined) return {};
  return { staging: { location: staging, when: unload.when === 'asked' ? 'always' : 'large' } };
}

/** What the keys of rows take: of those that are read, and of those of earlier versions, which are read again. */
function keyBytes(tables: readonly TablePlan[], parents: readonly Parent[]): NonNullable<Preview['keyBytes']> {
  const [parent] = parents;
  const known = parent === undefined ? 0 : (parent.manifest.version.chain ?? parent.manifest.version).rows;
  const rows = tables.reduce((sum, { estimatedRows = 0 }) => sum + estimatedRows, 0);
  return { written: Math.round(rows) * bytesOfRowKey, read: known * bytesOfRowKey };
}

/** An increment holds rows that are new or were written anew. */
function notSeen({ tables, source, tracksDeletes }: Plan): string | undefined {
  const unmoved = source.tables.some(({ cursor, table }) => cursor !== undefined && table === undefined);
  const all = [
    ...(tracksDeletes ? [] : ['rows that were deleted: they stay in earlier versions']),
    ...(tables.some(({ key }) => key === undefined)
      ? ['which rows were replaced by those that were changed: both are there (--mode upsert --key … tells)']
      : []),
    ...(unmoved ? ['rows that were changed and whose cursor was not'] : []),
  ];
  return all.length === 0 ? undefined : all.join('; ');
}

function previewTable(table: TablePlan): Omit<PreviewTable, 'expected'> {
  const { name, query, columns, ranges, estimatedRows, sourceBytes, billed, cost, statement } = table;
  return {
    name,
    table: table.table,
    query,
    columns: writtenColumns(columns),
    ranges: ranges.map((range) => range.label),
    estimatedRows,
    sourceBytes,
    ...(billed === undefined ? {} : { billed }),
    ...(cost === undefined ? {} : { cost }),
    ...(statement === undefined ? {} : { statement }),
  };
}

/** A split's rows all wait in scratch files, about as large as the server has them. */
function spoolNeeded(tables: readonly TablePlan[]): number {
  return tables.reduce((sum, { sourceBytes = 0 }) => sum + sourceBytes, 0);
}

/** Ranges are not grouped before they are read, and may give several shards or none: these names are likely. */
function firstNames(plan: Plan, tables: readonly TablePlan[]): readonly string[] {
  const ending = formatOf(plan.format).endingOf(plan.compression);
  const { length } = tables;
  if (isRouted(plan, tables))
    return tables.flatMap(({ name }, index) =>
      targetNames(plan, index, tableShardName(plan.name, name, length)).map((target) =>
        shardPath(target, name, { group: 0, groups: 1, part: 0 }, ending),
      ),
    );
  return tables.flatMap(({ name, ranges }) => {
    const groups = plan.shardSize === oneFile ? 1 : ranges.length;
    return Array.from({ length: Math.min(groups, 3) }, (_, group) =>
      shardPath(tableShardName(plan.name, name, length), name, { group, groups, part: 0 }, ending),
    );
  });
}

/** One for each part; values of partitions are not known before. */
function targetNames({ tables, parts: versions }: Plan, table: number, name: string): readonly string[] {
  const { split, partitioning } = tables[table]!;
  const partition = partitioning && Object.fromEntries(partitioning.by.map((one) => [partitionName(one), 'VALUE']));
  return partsOf(split).map((part) => {
    const place = { split: part, partition };
    if (versions.length === 0) return targetShardName(name, place);
    return targetShardName(name, place, 'part').slice(part!.length + 1);
  });
}
