import type { Destination } from '../core/destination.js';
import { versionDigest } from '../core/digest/digest.js';
import type { Manifest, ManifestShard, ManifestVersion } from '../manifest/shape.js';
import { shardsOfVersion } from '../manifest/shards.js';
import { roundedWork } from '../core/work.js';
import { bottleneckOf } from './bottleneck.js';
import type { SnapshotResult, VersionResult } from './result.js';
import type { RunEvents } from './run-events.js';
import type { Parent } from '../version/parent.js';

/** What a run made, by the manifests of its versions. */
export function resultOf(
  manifests: readonly Manifest[],
  destination: Pick<Destination, 'locationOf'>,
  events: EventsOfRun,
): SnapshotResult {
  const versions = manifests.map((manifest) => versionResult(manifest, destination));
  const [first] = versions as [VersionResult];
  return {
    status: 'created',
    ...first,
    rows: versions.reduce((sum, { rows }) => sum + rows, 0),
    bytes: versions.reduce((sum, { bytes }) => sum + bytes, 0),
    versions,
    splits: splitsOf(manifests),
    expectations: manifests[0]!.run.expectations ?? [],
    ...measured(events),
    warnings: manifests[0]!.run.warnings,
  };
}

type EventsOfRun = Pick<RunEvents, 'seconds' | 'cpuSeconds' | 'bytesRead' | 'work' | 'encodersPerLane'>;

function measured(
  events: EventsOfRun,
): Pick<SnapshotResult, 'seconds' | 'cpuSeconds' | 'bytesRead' | 'work' | 'bottleneck'> {
  const { bytesRead, encodersPerLane } = events;
  const work = roundedWork(events.work);
  const cpuSeconds = events.cpuSeconds();
  const bottleneck = bottleneckOf(work, { encodersPerLane, cpuSeconds });
  return { seconds: events.seconds(), cpuSeconds, bytesRead, work, ...(bottleneck && { bottleneck }) };
}

/** Where nothing is new since a version: that one is what there is. */
export function unchangedResult(
  { manifest: { id, version }, folder }: Parent,
  events: EventsOfRun & Pick<RunEvents, 'warnings'>,
): SnapshotResult {
  return {
    status: 'unchanged',
    version: version.uri,
    id,
    digest: version.digest ?? 'off',
    rows: 0,
    bytes: 0,
    shards: [],
    location: folder,
    versions: [],
    splits: {},
    expectations: [],
    ...measured(events),
    warnings: events.warnings,
  };
}

function versionResult({ id, version }: Manifest, destination: Pick<Destination, 'locationOf'>): VersionResult {
  const shards = shardsOfVersion(version);
  return {
    ...(version.part !== undefined && { part: version.part }),
    version: version.uri,
    id,
    digest: version.digest ?? 'off',
    rows: version.rows,
    bytes: version.bytes,
    shards: shards.map(({ path, bytes, sha256, reused, facts: { rows } }) => ({
      path,
      rows,
      bytes,
      sha256,
      ...(reused && { reused }),
    })),
    ...(version.reuses && { reuses: { version: version.reuses.uri, newBytes: newBytesOf(shards) } }),
    location: destination.locationOf({ dataset: version.dataset, version: version.name }),
    ...(version.parent && { parent: version.parent.uri }),
    ...(version.chain && { chain: version.chain }),
    ...liveOfVersion(version),
  };
}

function newBytesOf(shards: readonly ManifestShard[]): number {
  return shards.reduce((sum, { bytes, reused }) => (reused ? sum : sum + bytes), 0);
}

/** Of all tables. */
function liveOfVersion({ tables }: ManifestVersion): Pick<VersionResult, 'live'> {
  const all = tables.flatMap(({ live }) => live ?? []);
  if (all.length === 0) return {};
  const total = (of: keyof (typeof all)[number] & ('rows' | 'inserted' | 'replaced' | 'gone')): number =>
    all.reduce((sum, live) => sum + live[of], 0);
  return {
    live: { rows: total('rows'), inserted: total('inserted'), replaced: total('replaced'), gone: total('gone') },
  };
}

/** Parts of the split, over all tables. */
function splitsOf(manifests: readonly Manifest[]): SnapshotResult['splits'] {
  const tables = manifests.flatMap(({ version }) => version.tables);
  const parts = tables.flatMap(({ name, parts, targets }) => (parts ?? targets).map((part) => ({ ...part, name })));
  const names = new Set(parts.flatMap(({ split }) => split ?? []));
  return Object.fromEntries(
    [...names].map((name) => {
      const own = parts.filter(({ split }) => split === name);
      const rows = own.reduce((sum, { facts }) => sum + facts.rows, 0);
      const digests = own.flatMap(({ name, digest }) => (digest === undefined ? [] : [{ name, digest }]));
      return [name, { rows, digest: digests.length === 0 ? 'off' : versionDigest(digests) }];
    }),
  );
}
