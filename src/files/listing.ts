import { posix } from 'node:path';
import type { VersionStore } from '../core/destination.js';
import { invalidRequest } from '../core/errors.js';
import { filesBelow } from './folder-listing.js';
import type { ListedFile, Listing } from './found.js';
import { isManifestName, listedByRedshift } from './redshift-manifest.js';
import { listedByRds } from './rds-export.js';

/**
 * Which files there are at a location: one file, what an engine's own list names, or all that lie in a folder.
 * @throws request.invalid where there are none; verification.failed where a list does not add up
 */
export async function listFiles(store: VersionStore, location: string): Promise<Listing> {
  const kind = await store.kindOf(location);
  if (kind === undefined) throw invalidRequest(`location: there is nothing at ${location}`, lookAt);
  if (kind === 'file') return ofOneFile(store, location);
  const name = tableName(store, location);
  const names = (await store.list(location)).filter((entry) => !entry.folder).map((entry) => entry.name);
  const exported = await listedByRds(store, location, names);
  if (exported !== undefined) return { listedBy: 'rds-export', ...exported };
  const manifests = names.filter(isManifestName);
  if (manifests.length > 1)
    throw invalidRequest(
      `location: ${location} has several manifests: ${manifests.join(', ')}`,
      'Name the one that is meant.',
    );
  const [manifest] = manifests;
  if (manifest !== undefined) {
    const files = await manifestOf(store, store.join(location, manifest));
    if (files !== undefined) return listed('redshift-manifest', name, files);
  }
  const files = await filesBelow(store, location);
  if (files.length === 0)
    throw invalidRequest(`location: no file below ${location} has a name that ends in .parquet`, lookAt);
  return listed('folder', name, files);
}

const lookAt = 'Give the folder that the files are in, one of them, or the manifest that the engine has written.';

async function ofOneFile(store: VersionStore, location: string): Promise<Listing> {
  const { folder, name } = store.split(location);
  if (isManifestName(name)) {
    const files = await manifestOf(store, location);
    if (files !== undefined) return listed('redshift-manifest', tableName(store, folder), files);
  }
  return listed('folder', stem(name), [{ path: name, location }]);
}

async function manifestOf(store: VersionStore, location: string): Promise<readonly ListedFile[] | undefined> {
  const text = await store.read(location);
  return text && listedByRedshift(store, store.split(location).folder, text);
}

function listed(listedBy: Listing['listedBy'], name: string, files: readonly ListedFile[]): Listing {
  const inOrder = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { listedBy, tables: [{ name, files: inOrder }], warnings: [] };
}

/** Names that tables may have: what is odd in the name of a folder becomes a hyphen. */
function tableName(store: VersionStore, folder: string): string {
  return stem(store.split(folder).name);
}

function stem(name: string): string {
  const plain = posix
    .basename(name, '.parquet')
    .replaceAll(/[^\w.-]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  return plain === '' ? 'files' : plain;
}
