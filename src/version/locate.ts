import type { StoredObject, VersionStore } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import { destinationOf } from '../destination/registry.js';
import { parseManifest } from '../manifest/parse.js';
import { endings } from '../shard/registry.js';

/** Which destination a location belongs to: one of this installation unless another is given. */
export type FindDestination = typeof destinationOf;

/** Where a version's files are. */
export interface VersionLocation {
  readonly store: VersionStore;
  /** The store's location of the folder that holds the manifest and the shards. */
  readonly folder: string;
  /** File name of the manifest. */
  readonly manifest: string;
  /** The folder is not the version's own: files of other versions, or of anybody, may lie beside. */
  readonly flat: boolean;
}

const manifestPattern = /^_manifest\.(.+)\.json$/;

/** Deep enough for `<outputs>/<dataset>/<version>` and for an input that keeps such folders below one of its own. */
const searchDepth = 4;

/**
 * Finds the version that a LOCATION means: a version's folder, its manifest, a flat folder (a platform's input) into which
 * its files were mounted, or an outputs folder that holds exactly one version. In a flat folder with the versions of one
 * chain it is the newest: the one that no other starts from.
 *
 * @throws request.invalid where there is no version, or more than one; verification.failed for data without a manifest
 */
export async function locateVersion(location: string, find: FindDestination = destinationOf): Promise<VersionLocation> {
  const store = await find(location).loadStore();
  const path = store.resolve(location);
  if ((await store.kindOf(path)) === 'file') return manifestFile(store, path, location);
  const entries = await store.list(path);
  const here = entries.filter((entry) => !entry.folder && manifestPattern.test(entry.name)).map((entry) => entry.name);
  if (here.length > 0) return inFolder(store, path, here);
  const below = await search(store, path, searchDepth);
  if (below.length === 1) return place(store, below[0]!.folder, below[0]!.manifest);
  if (below.length > 1)
    throw ambiguous(
      location,
      below.map((found) => found.below),
      'Give the folder of one of them.',
    );
  throw notFound(
    location,
    entries.map((entry) => entry.name),
  );
}

/** The bytes of the manifest of a located version. @throws destination.* */
export async function readManifestFile({ store, folder, manifest }: VersionLocation): Promise<Uint8Array> {
  const path = store.join(folder, manifest);
  const bytes = await store.read(path);
  if (bytes !== undefined) return bytes;
  throw new TidemarkError('destination.io', `${path} cannot be read: it is no longer there`);
}

/** Opens a shard of a located version: where the manifest has it, or beside the manifest, where a platform put all files into one folder. */
export async function openShard(
  { store, folder }: Pick<VersionLocation, 'store' | 'folder'>,
  path: string,
): Promise<StoredObject | undefined> {
  const found = await store.open(store.join(folder, path));
  const base = path.slice(path.lastIndexOf('/') + 1);
  return found === undefined && base !== path ? store.open(store.join(folder, base)) : found;
}

function manifestFile(store: VersionStore, path: string, location: string): VersionLocation {
  const { folder, name } = store.split(path);
  if (manifestPattern.test(name)) return place(store, folder, name);
  throw new TidemarkError('request.invalid', `location: ${location} is a file, and not a manifest`, {
    hint: "Give a version's folder, or an outputs folder that holds exactly one version.",
  });
}

function place(store: VersionStore, folder: string, manifest: string): VersionLocation {
  const flat = store.split(folder).name !== manifestPattern.exec(manifest)![1];
  return { store, folder, manifest, flat };
}

async function inFolder(store: VersionStore, folder: string, manifests: readonly string[]): Promise<VersionLocation> {
  if (manifests.length === 1) return place(store, folder, manifests[0]!);
  const own = manifests.find((manifest) => !place(store, folder, manifest).flat);
  const chosen = own ?? (await newestOfChain(store, folder, manifests));
  if (chosen === undefined) {
    throw ambiguous(folder, manifests, 'Give the manifest of one of them: its path is a location, too.');
  }
  return { store, folder, manifest: chosen, flat: own === undefined };
}

/** The manifest from which all others are reached by `from`; undefined where the versions are no single chain. */
async function newestOfChain(
  store: VersionStore,
  folder: string,
  manifests: readonly string[],
): Promise<string | undefined> {
  const versions = await Promise.all(
    manifests.map(async (file) => {
      const { version } = parseManifest(await readManifestFile(place(store, folder, file)), file).manifest;
      return { file, uri: version.uri, from: version.from };
    }),
  );
  const parents = new Set(versions.map((version) => version.from));
  const heads = versions.filter((version) => !parents.has(version.uri));
  return heads.length === 1 && versions.filter((version) => parents.has(version.uri)).length === versions.length - 1
    ? heads[0]!.file
    : undefined;
}

/** A manifest somewhere below a folder; `below` is the way to it, for people. */
interface FoundManifest {
  readonly folder: string;
  readonly manifest: string;
  readonly below: string;
}

async function search(store: VersionStore, folder: string, depth: number, below = ''): Promise<FoundManifest[]> {
  if (depth === 0) return [];
  const found: FoundManifest[] = [];
  for (const { name, folder: isFolder } of await store.list(folder)) {
    if (!isFolder) {
      if (manifestPattern.test(name)) found.push({ folder, manifest: name, below });
    } else if (!/^[._]/.test(name)) {
      found.push(
        ...(await search(store, store.join(folder, name), depth - 1, below === '' ? name : `${below}/${name}`)),
      );
    }
  }
  return found;
}

function ambiguous(location: string, found: readonly string[], hint: string): TidemarkError {
  return new TidemarkError('request.invalid', `location: ${location} holds ${found.length} versions: ${some(found)}`, {
    hint,
  });
}

function notFound(location: string, names: readonly string[]): TidemarkError {
  if (names.some((name) => endings.some((ending) => name.endsWith(ending)))) {
    return new TidemarkError('verification.failed', `${location} holds data, but no _manifest.<version>.json`, {
      hint: 'Without its manifest a version cannot be checked. Fetch the manifest from where the version was published.',
    });
  }
  const found = names.length === 0 ? 'it is empty' : `it holds ${some(names)}`;
  return new TidemarkError('request.invalid', `location: ${location} holds no version: ${found}`, {
    hint: "Give a version's folder, or an outputs folder that holds exactly one version.",
  });
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
