import { destinationOf } from '../destination/registry.js';
import type { Manifest } from '../manifest/shape.js';
import { type FindDestination, locateVersion, newestChain } from './locate.js';
import { readChecked } from './read-checked.js';

/** A version that another one is to go on from. */
export interface Parent {
  readonly manifest: Manifest;
  /** Where its manifest is, for people and for the command that makes the child again. */
  readonly location: string;
  /** The folder that its files are in. */
  readonly folder: string;
}

/**
 * Reads the version at a location; undefined where there is nothing, or an empty folder. Of several versions it is the newest
 * one of the newest chain. Its data is not looked at.
 * @param part of a split that is wanted, where several lie there
 * @throws request.invalid where there is something else, or a chain that forks; verification.failed for a manifest that does not hold
 */
export async function findParent(
  location: string,
  find: FindDestination = destinationOf,
  part?: string,
): Promise<Parent | undefined> {
  const store = await find(location).loadStore();
  const path = store.resolve(location);
  const kind = await store.kindOf(path);
  if (kind === undefined) return undefined;
  if (kind === 'folder' && (await store.list(path)).every(({ name }) => name.startsWith('.'))) return undefined;
  const place = await locateVersion(location, find, newestChain(part));
  const manifest = await readChecked(place, {
    where: `parent: ${location}`,
    hint: '`tidemark verify` says more. Fetch the version again, or begin a new chain: --full.',
  });
  return { manifest, location: store.join(place.folder, place.manifest), folder: place.folder };
}
