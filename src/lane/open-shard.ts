import type { StoredObject, VersionStore } from '../core/destination.js';

/** A folder of a version, in its store. */
export interface StoredFolder {
  readonly store: VersionStore;
  readonly folder: string;
}

/** Opens a shard of a version: where the manifest has it, or beside the manifest, where a platform put all files into one folder. */
export async function openShard({ store, folder }: StoredFolder, path: string): Promise<StoredObject | undefined> {
  const found = await store.open(store.join(folder, path));
  const base = path.slice(path.lastIndexOf('/') + 1);
  return found === undefined && base !== path ? store.open(store.join(folder, base)) : found;
}
