import type { Manifest, ManifestShard, ManifestTable, ManifestVersion } from './shape.js';

/** All files of a table, in the order of its targets and of their rows. */
export function shardsOf({ targets }: Pick<ManifestTable, 'targets'>): ManifestShard[] {
  return targets.flatMap(({ shards }) => shards);
}

/** All files of a version, table by table. */
export function shardsOfVersion({ tables }: Pick<ManifestVersion, 'tables'>): ManifestShard[] {
  return tables.flatMap(shardsOf);
}

/** Those of a table that are in the outputs of the run: reused ones a platform may take over from an earlier version by itself. */
export function uploadedShards({ run }: Pick<Manifest, 'run'>, table: Pick<ManifestTable, 'targets'>): ManifestShard[] {
  const all = shardsOf(table);
  return run.publishing.exclude === undefined ? all : all.filter(({ reused }) => !reused);
}
