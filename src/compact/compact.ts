import { readAllRanges } from '../lane/coordinator.js';
import type { RunListener } from '../core/progress.js';
import type { LaneStart } from '../lane/messages.js';
import { shardsKind } from '../lane/shard-source.js';
import { tableShardName, targetShardName } from '../manifest/shard-names.js';
import type { WrittenTarget } from '../manifest/build-input.js';
import type { Manifest, ManifestVersion } from '../manifest/shape.js';
import { openScratch } from '../scratch/files.js';
import { keyedMergeNeeds, mergeNeeds } from '../snapshot/threads.js';
import { type Counted, countFirst } from '../snapshot/deleted-rows.js';
import { writeRowKeys } from '../snapshot/row-key-sidecars.js';
import { connectDestination } from '../snapshot/destination.js';
import { installedPorts, type Ports } from '../snapshot/ports.js';
import { draftTicketOf, type Places, publishInDraft } from '../snapshot/publish-in-draft.js';
import { resultOf, unchangedResult } from '../snapshot/result-of-run.js';
import { judgeRoom } from '../snapshot/room.js';
import type { SnapshotResult } from '../snapshot/result.js';
import { RunEvents } from '../snapshot/run-events.js';
import { withLanes } from '../snapshot/lane-options.js';
import { formatOptionsOf, rowGroupLimitsOf } from '../snapshot/thread-plan.js';
import { type WrittenShards, writeShards } from '../snapshot/write-shards.js';
import { hasChild } from '../version/children.js';
import type { FoundVersion } from '../version/whole-chain.js';
import { manifestOf } from './manifest.js';
import { roomToMerge } from './room.js';
import { type MergedTable, targetPlan } from './merged-tables.js';
import { type Around, fileLaneOptions, fileThreads, openChain } from './open-chain.js';
import type { CompactPlan } from './plan.js';

export interface CompactOptions {
  /** Ends the run: everything it wrote is removed. */
  readonly signal: AbortSignal;
  readonly listener?: RunListener;
  /** Those of this installation unless given. */
  readonly ports?: Ports;
}

/**
 * Merges the versions of a chain into one version that holds all rows. The source is not asked. All or nothing, as a snapshot.
 * @param chain oldest first; of a single version there is nothing to merge, and none is made
 * @throws TidemarkError request.version-exists, destination.*; verification.failed where files are not as they are listed; the
 *   signal's reason
 */
export async function runCompact(
  plan: CompactPlan,
  chain: readonly FoundVersion[],
  { signal, listener = () => undefined, ports = installedPorts }: CompactOptions,
): Promise<SnapshotResult> {
  const events = new RunEvents(listener, plan.warnings, ports.machine.clock);
  const { dataset, version } = plan;
  if (chain.length === 1) return unchangedResult(parentOf(chain[0]!), events);
  const destination = await connectDestination({ ...plan, versions: [plan] }, ports);
  for (const { kind, message } of await destination.recover([dataset], signal))
    listener({ type: 'recovered', kind, message });
  const rooms = await roomToMerge(chain, { destination, fs: ports.machine.fs, folder: plan.scratch });
  judgeRoom(rooms, 'The versions that are merged stay where they are.').forEach((text) => events.warn(text));
  const manifests = await publishInDraft(
    { ...plan, versions: [{ dataset, version, split: chain.at(-1)!.manifest.version.part }] },
    { destination, ports, events, signal },
    {
      make: async (places): Promise<readonly Manifest[]> => [
        await merge(plan, chain, places, { ports, events, signal }),
      ],
    },
  );
  return resultOf(manifests, destination, events);
}

function parentOf({ place, manifest }: FoundVersion): Parameters<typeof unchangedResult>[0] {
  return { manifest, folder: place.folder, location: place.store.join(place.folder, place.manifest) };
}

/** Has the lanes read the shards of all versions, target by target, and write them anew. */
async function merge(
  plan: CompactPlan,
  chain: readonly FoundVersion[],
  { draft, scratch }: Places,
  { ports, events, signal }: Around,
): Promise<Manifest> {
  const newest = chain.at(-1)!;
  const { version } = newest.manifest;
  const room = openScratch(ports.machine.fs, scratch);
  const { tables, ticket } = await openChain(chain, { scratch: room }, { ports, events, signal });
  const tracksDeletes = tables.every(({ told }) => told.live !== undefined);
  const plans = tables.flatMap((table) => table.targets.map((target) => targetPlan(table, target)));
  const needs = ticket.leftOut === undefined ? mergeNeeds : keyedMergeNeeds;
  const threads = fileThreads('merging', plan, { needs, tables: tables.length, targets: plans }, events);
  const draftTicket = draftTicketOf(plan.out, draft, ports);
  const start: Omit<LaneStart, 'encoders'> = {
    sourceKind: shardsKind,
    ticket,
    draft: draftTicket,
    scratch,
    // What reads files tries again by itself where that helps.
    retryFor: 0,
    tables: plans,
    misfits: version.misfits,
    digest: plan.digest,
    label: version.label,
    ...(tracksDeletes && { rowKeys: tables.flatMap(({ told, targets }) => targets.map(() => told.key)) }),
    format: formatOptionsOf(plan),
    limits: rowGroupLimitsOf(plan),
    shardSize: plan.shardSize,
    shardNames: shardNamesOf(plan, version, tables),
  };
  const format = await ports.loadFormat(start.format);
  const writing = { format, objects: await ports.openObjects(draftTicket) };
  const written = await withLanes(ports, (lanes) => {
    const options = fileLaneOptions(threads, lanes, { ports, events, signal });
    return writeShards(start, { tables: [], parts: [] }, options, { ...writing, readGroups: readAllRanges });
  });
  const keys = tracksDeletes
    ? await keysOf(plan, tables, written, { scratch: room, objects: writing.objects })
    : undefined;
  const shards = written.tables.map(({ targets }) => targets[0]!.shards).values();
  const targets = tables.map((table) =>
    table.targets.map(({ place }): WrittenTarget => ({ ...place, shards: shards.next().value! })),
  );
  const isHead = version.part === undefined && !(await hasChild(newest.place, newest.manifest));
  return manifestOf({
    plan,
    chain,
    isHead,
    tables,
    targets,
    keys,
    lanes: threads.lanes,
    events,
    storedAs: format.typeName,
  });
}

/** The keys of all rows, for runs that go on from here. */
async function keysOf(
  plan: CompactPlan,
  tables: readonly MergedTable[],
  written: WrittenShards,
  writing: Parameters<typeof writeRowKeys>[2],
): Promise<Omit<Counted, 'evidence'>> {
  const rowKeys = written.tables.map((target) => target.rowKeys).values();
  const byTable = tables.map(({ told, targets }) => ({
    name: told.name,
    rowKeys: targets.flatMap(() => rowKeys.next().value!),
  }));
  return countFirst(await writeRowKeys(plan, byTable, writing), writing.scratch);
}

/** By target. */
function shardNamesOf(plan: CompactPlan, { part }: ManifestVersion, tables: readonly MergedTable[]): readonly string[] {
  return tables.flatMap(({ told, targets }) => {
    const name = tableShardName(plan.name, told.name, tables.length);
    return targets.map(({ place: { split, partition } }) =>
      targetShardName(name, { split: part === undefined ? split : undefined, partition }),
    );
  });
}
