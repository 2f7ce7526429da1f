import { sha256 } from './canonical.js';
import type { ManifestVersion } from './shape.js';

/** A file beside the shards, as the manifest lists it. */
export type SidecarLine = NonNullable<ManifestVersion['sidecars']>[number];

/** A file beside the shards. */
export interface Sidecar extends Pick<SidecarLine, 'kind' | 'path'> {
  readonly bytes: Uint8Array;
}

/** As the manifest lists it. */
export function sidecarLine({ kind, path, bytes }: Sidecar): SidecarLine {
  return { kind, path, bytes: bytes.length, sha256: sha256(bytes) };
}
