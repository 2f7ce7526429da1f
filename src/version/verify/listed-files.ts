import type { StoreEntry } from '../../core/destination.js';
import { manifestName } from '../../manifest/encode.js';
import type { Manifest } from '../../manifest/shape.js';
import { shardsOfVersion } from '../../manifest/shards.js';
import { signatureName } from '../../manifest/signature.js';

/**
 * Every file of a version, its manifest too, by its path from the folder that holds the manifest: in its folders, or beside the manifest where a
 * platform left the folders out.
 * @param entries of that folder
 */
export function placedFiles(manifest: Manifest, entries: readonly StoreEntry[]): ReadonlySet<string> {
  const folders = new Set(entries.filter(({ folder }) => folder).map(({ name }) => name));
  return new Set(listedFiles(manifest).map((path) => (folders.has(path.split('/')[0]!) ? path : baseName(path))));
}

/** A signature that nobody has made is told where signatures are looked at. */
function listedFiles({ version }: Manifest): string[] {
  const files = [...shardsOfVersion(version), ...(version.sidecars ?? [])];
  return [manifestName(version.name), signatureName(version.name), ...files.map(({ path }) => path)];
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
