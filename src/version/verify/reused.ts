import { openShard } from '../../lane/open-shard.js';
import type { Manifest, ManifestShard } from '../../manifest/shape.js';
import { shardsOfVersion } from '../../manifest/shards.js';
import type { VersionLocation } from '../locate.js';
import { type Finding, warning } from './finding.js';

/**
 * Files of an earlier version that a platform adds by itself: the outputs of the run do not have them. Where some of them are, all have
 * to be.
 */
export async function absentReused(
  place: VersionLocation,
  { version, run }: Manifest,
): Promise<{ readonly absent: ReadonlySet<ManifestShard>; readonly findings: readonly Finding[] }> {
  const reused = run.publishing.exclude === undefined ? [] : shardsOfVersion(version).filter((shard) => shard.reused);
  for (const { path } of reused) {
    const file = await openShard(place, path);
    await file?.close();
    if (file !== undefined) return { absent: new Set(), findings: [] };
  }
  if (reused.length === 0) return { absent: new Set(), findings: [] };
  const what = reused.length === 1 ? '1 file' : `${reused.length} files`;
  const message = `${what} of ${version.reuses?.uri ?? 'an earlier version'}, which are part of this version, too, are not here, and were not checked`;
  return { absent: new Set(reused), findings: [warning('missing', place.manifest, message)] };
}
