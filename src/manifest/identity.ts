import { sha256 } from './canonical.js';
import { manifestText, partText } from './encode.js';

/** The version's id: sha-256 of the canonical JSON of the version part, lower-case hex. */
export function versionId(version: object): string {
  return sha256(partText(version));
}

/** The seal: sha-256 of the canonical JSON of the manifest without its seal, so that any edit shows. */
export function manifestSeal(manifest: object): string {
  return sha256(manifestText({ ...manifest, seal: undefined }));
}
