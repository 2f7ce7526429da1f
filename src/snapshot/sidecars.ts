import type { DraftObjects } from '../core/destination.js';
import type { ManifestVersion } from '../manifest/shape.js';
import { sidecarsOf } from '../manifest/sidecars.js';

/** Writes the files beside the shards, as versions list them. @throws destination.* */
export async function writeSidecars(versions: readonly ManifestVersion[], objects: DraftObjects): Promise<void> {
  for (const version of versions) {
    const card = version.sidecars?.some(({ kind }) => kind === 'card') ?? false;
    for (const { path, bytes } of sidecarsOf(version, card)) {
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
}
