import type { ManifestShard, ManifestTable, ManifestVersion } from './shape.js';

/** All files of a table, in the order of its targets and of their rows. */
export function shardsOf({ targets }: Pick<ManifestTable, 'targets'>): ManifestShard[] {
  return targets.flatMap(({ shards }) => shards);
}

/** All files of a version, table by table. */
export function shardsOfVersion({ tables }: Pick<ManifestVersion, 'tables'>): ManifestShard[] {
  return tables.flatMap(shardsOf);
}
