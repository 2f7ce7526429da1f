import pLimit from 'p-limit';
import type { VersionStore } from '../core/destination.js';
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

/** A manifest takes many times its bytes while it is read, and a folder may have any number of them. */
export const readAtOnce = 8;

const manifestPattern = /^_manifest\.(.+)\.json$/;

/** Whether a file's name is that of a manifest. */
export const isManifest = (name: string): boolean => manifestPattern.test(name);

/** Deep enough for `<outputs>/<dataset>/<version>` and for an input that keeps such folders below one of its own. */
const searchDepth = 4;

/**
 * Finds the version that a LOCATION means: a version's folder, its manifest, a flat folder (a platform's input) into which
 * its files were mounted, or an outputs folder that holds exactly one version. In a flat folder with the versions of one
 * chain it is the newest: the one that no other starts from. So it is in a folder of the folders of one chain's versions.
 *
 * @param choose which of several versions is meant
 * @throws request.invalid where there is no version, or more than one; verification.failed for data without a manifest
 */
export async function locateVersion(
  location: string,
  find: FindDestination = destinationOf,
  choose: ChooseVersion = onlyChain,
): Promise<VersionLocation> {
  const store = await find(location).loadStore();
  const path = store.resolve(location);
  if ((await store.kindOf(path)) === 'file') return manifestFile(store, path, location);
  const entries = await store.list(path);
  const here = entries.filter((entry) => !entry.folder && manifestPattern.test(entry.name)).map((entry) => entry.name);
  if (here.length > 0) return inFolder(store, path, { manifests: here, choose });
  const below = await search(store, path, searchDepth);
  if (below.length === 1) return place(store, below[0]!.folder, below[0]!.manifest);
  if (below.length > 1) {
    const places = below.map((found) => place(store, found.folder, found.manifest));
    const chosen = await newestOf(places, choose);
    if (chosen !== undefined) return chosen;
    const ways = below.map((found) => found.below);
    throw ambiguous(location, ways, `Give the folder of one of them. ${forkHint}`);
  }
  throw notFound(
    location,
    entries.map((entry) => entry.name),
  );
}

/**
 * All versions at a location: that of a manifest or a version's folder, or those in a folder and below it.
 * @throws request.invalid where there is none
 */
export async function locateVersions(
  location: string,
  find: FindDestination = destinationOf,
): Promise<readonly VersionLocation[]> {
  const store = await find(location).loadStore();
  const path = store.resolve(location);
  if ((await store.kindOf(path)) === 'file') return [manifestFile(store, path, location)];
  const found = await search(store, path, searchDepth);
  if (found.length > 0) return found.map(({ folder, manifest }) => place(store, folder, manifest));
  const entries = await store.list(path);
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

async function inFolder(
  store: VersionStore,
  folder: string,
  { manifests, choose }: { readonly manifests: readonly string[]; readonly choose: ChooseVersion },
): Promise<VersionLocation> {
  const places = manifests.map((manifest) => place(store, folder, manifest));
  if (places.length === 1) return places[0]!;
  const chosen = places.find(({ flat }) => !flat) ?? (await newestOf(places, choose));
  if (chosen !== undefined) return chosen;
  throw ambiguous(folder, manifests, `Give the manifest of one of them: its path is a location, too. ${forkHint}`);
}

const forkHint =
  'Of versions of one chain it would be the newest, but they are of several datasets or chains, or two go on from the same one.';

/** What is known of a version before it is chosen. */
interface Candidate {
  readonly uri: string;
  readonly from: string | undefined;
  readonly part: string | undefined;
  readonly startedAt: string;
  /** When its newest rows were read. */
  readonly moment: string;
}

/** Chooses one of several versions by its index; undefined: none of them is the one. */
export type ChooseVersion = (versions: readonly Candidate[]) => number | undefined;

/** The version from which all others are reached by `from`; undefined where they are no single chain. */
export const onlyChain: ChooseVersion = (versions) => {
  const parents = new Set(versions.map(({ from }) => from));
  const heads = versions.filter(({ uri }) => !parents.has(uri));
  const linked = versions.filter(({ uri }) => parents.has(uri)).length === versions.length - 1;
  return heads.length === 1 && linked ? versions.indexOf(heads[0]!) : undefined;
};

/**
 * The last version of the chain whose rows are of the latest moment, and of several such, as one and what it was merged into, of the
 * one that was begun last; undefined where that chain forks, or they are of several datasets.
 * @param part of a split, whose versions alone count; undefined: those of all rows
 */
export const newestChain =
  (part: string | undefined): ChooseVersion =>
  (all) => {
    const versions = all.filter((one) => one.part === part);
    if (new Set(versions.map(datasetOf)).size > 1) return undefined;
    const known = new Set(versions.map(({ uri }) => uri));
    const roots = versions.filter(({ from }) => from === undefined || !known.has(from));
    const chains = roots.map((root) => ({ root, head: headOf(root, versions) }));
    const [newest] = chains.toSorted(
      (a, b) =>
        later(a.head?.moment ?? a.root.moment, b.head?.moment ?? b.root.moment) ||
        later(a.root.startedAt, b.root.startedAt),
    );
    return newest?.head && all.indexOf(newest.head);
  };

const datasetOf = ({ uri }: Candidate): string => uri.slice(0, uri.lastIndexOf('/'));

/** The last version of a chain; undefined where it forks. */
function headOf(root: Candidate, versions: readonly Candidate[]): Candidate | undefined {
  for (let last = root; ;) {
    const children = versions.filter(({ from }) => from === last.uri);
    if (children.length > 1) return undefined;
    if (children[0] === undefined) return last;
    last = children[0];
  }
}

/** Orders what is later before what is earlier. */
const later = (a: string, b: string): number => (a < b ? 1 : a > b ? -1 : 0);

async function newestOf(
  places: readonly VersionLocation[],
  choose: ChooseVersion,
): Promise<VersionLocation | undefined> {
  const versions = await pLimit(readAtOnce).map(places, async (one) => {
    const { version, run } = parseManifest(await readManifestFile(one), one.manifest).manifest;
    const { uri, from, part } = version;
    return { uri, from, part, startedAt: run.startedAt, moment: run.queriedAt ?? run.startedAt };
  });
  const chosen = choose(versions);
  return chosen === undefined ? undefined : places[chosen];
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
