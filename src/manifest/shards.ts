import type { Manifest, ManifestShard, ManifestTable, ManifestVersion } from './shape.js';
import type { SidecarLine } from './sidecar.js';

/** A table's targets, as it was written or as a manifest has it. */
interface InTargets<Shard> {
  readonly targets: readonly { readonly shards: readonly Shard[] }[];
}

/** All files of a table, in the order of its targets and of their rows. */
export function shardsOf<Shard>({ targets }: InTargets<Shard>): Shard[] {
  return targets.flatMap(({ shards }) => shards);
}

/** All files of a version, table by table. */
export function shardsOfVersion({ tables }: Pick<ManifestVersion, 'tables'>): ManifestShard[] {
  return tables.flatMap(shardsOf);
}

/** Files beside the shards that a platform is told of: a dataset card is for another one. */
export function announcedSidecars({ sidecars = [] }: Pick<ManifestVersion, 'sidecars'>): readonly SidecarLine[] {
  return sidecars.filter(({ kind }) => kind !== 'card');
}

/** Those of a table that are in the outputs of the run: reused ones a platform may take over from an earlier version by itself. */
export function uploadedShards({ run }: Pick<Manifest, 'run'>, table: Pick<ManifestTable, 'targets'>): ManifestShard[] {
  const all = shardsOf(table);
  return run.publishing.exclude === undefined ? all : all.filter(({ reused }) => !reused);
}
