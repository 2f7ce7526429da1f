import type { DraftObjects } from '../core/destination.js';
import { datasetCard } from '../manifest/dataset-card.js';
import type { ManifestVersion } from '../manifest/shape.js';

/** Writes the files beside the shards, as versions list them. @throws destination.* */
export async function writeSidecars(versions: readonly ManifestVersion[], objects: DraftObjects): Promise<void> {
  for (const version of versions) {
    if (version.sidecars === undefined) continue;
    const { path, bytes } = datasetCard(version);
    const object = objects.create(version.part === undefined ? path : `${version.part}/${path}`);
    try {
      object.write(bytes);
      await object.close();
    } catch (error) {
      await object.discard();
      throw error;
    }
  }
}
