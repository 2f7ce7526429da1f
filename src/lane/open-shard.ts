import { posix } from 'node:path';
import type { StoredObject, VersionStore } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import { fetchAgain } from '../core/naming-file.js';

/** A folder of a version, in its store. */
export interface StoredFolder {
  readonly store: VersionStore;
  readonly folder: string;
}

/** Names that a shard may have in a version's folder: where the manifest has it, or beside the manifest, where a platform put all files into one. */
export const shardNames = (path: string): readonly string[] => [...new Set([path, posix.basename(path)])];

/** Opens a shard of a version. */
export async function openShard({ store, folder }: StoredFolder, path: string): Promise<StoredObject | undefined> {
  for (const name of shardNames(path)) {
    const found = await store.open(store.join(folder, name));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A shard is missing, or is not as the manifest has it. */
export function notAsListed(folder: string, path: string, what: string): TidemarkError {
  return new TidemarkError('verification.failed', `${path} in ${folder} ${what}`, { hint: fetchAgain });
}
