import { canonicalJson } from './canonical.js';

/** File name of a version's manifest: unique over the dataset, and passed over by readers that take a folder. */
export function manifestName(version: string): string {
  return `_manifest.${version}.json`;
}

/** The bytes of the manifest file: canonical JSON and one newline. */
export function encodeManifest(manifest: object): Uint8Array {
  return new TextEncoder().encode(`${canonicalJson(manifest)}\n`);
}
