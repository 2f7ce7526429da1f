import type { StoredObject, VersionStore } from '../core/destination.js';

/** A folder of a version, in its store. */
export interface StoredFolder {
  readonly store: VersionStore;
  readonly folder: string;
}

/** Where a shard of a version may be: where the manifest has it, or beside the manifest, where a platform put all files into one folder. */
export function shardLocations({ store, folder }: StoredFolder, path: string): readonly string[] {
  const base = path.slice(path.lastIndexOf('/') + 1);
  return [...new Set([path, base])].map((name) => store.join(folder, name));
}

/** Opens a shard of a version. */
export async function openShard(at: StoredFolder, path: string): Promise<StoredObject | undefined> {
  for (const location of shardLocations(at, path)) {
    const found = await at.store.open(location);
    if (found !== undefined) return found;
  }
  return undefined;
}
