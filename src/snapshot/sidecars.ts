import type { DraftObjects } from '../core/destination.js';
import type { Manifest } from '../manifest/shape.js';
import type { Sidecar } from '../manifest/sidecar.js';
import { sidecarsOf } from '../manifest/sidecars.js';
import { encodeSignature, type SigningKey, signatureName } from '../manifest/signature.js';

/** A file beside the shards of a version that follows from its manifest. */
type Beside = Pick<Sidecar, 'path' | 'bytes'>;

/** The file with a version's signature; of a version that nobody signs there is none. */
export function signatureFiles(manifest: Manifest, key: SigningKey | undefined): readonly Beside[] {
  if (key === undefined) return [];
  return [{ path: signatureName(manifest.version.name), bytes: encodeSignature(manifest, key) }];
}

/** Writes the files beside the shards: those that versions list, and their signatures. @throws destination.* */
export async function writeSidecars(
  manifests: readonly Manifest[],
  key: SigningKey | undefined,
  objects: DraftObjects,
): Promise<void> {
  for (const manifest of manifests) {
    const { sidecars = [], part } = manifest.version;
    const card = sidecars.some(({ kind }) => kind === 'card');
    for (const { path, bytes } of [...sidecarsOf(manifest.version, card), ...signatureFiles(manifest, key)]) {
      const object = objects.create(part === undefined ? path : `${part}/${path}`);
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
