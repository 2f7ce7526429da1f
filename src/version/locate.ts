import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { TidemarkError } from '../core/errors.js';
import { parseManifest } from '../manifest/encode.js';
import { endings } from '../shard/registry.js';
import { readFolder, unreadable } from './read-folder.js';

/** Where a version's files are. */
export interface VersionLocation {
  /** Absolute path of the folder that holds the manifest and the shards. */
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
export async function locateVersion(location: string): Promise<VersionLocation> {
  const path = resolve(location);
  const kind = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (!kind.isDirectory()) return manifestFile(path, location);
  const entries = await readFolder(path);
  const here = entries.filter((entry) => !entry.folder && manifestPattern.test(entry.name)).map((entry) => entry.name);
  if (here.length > 0) return inFolder(path, here);
  const below = await search(path, searchDepth);
  if (below.length === 1) return place(dirname(below[0]!), basename(below[0]!));
  if (below.length > 1)
    throw ambiguous(
      location,
      below.map((file) => relative(path, dirname(file))),
    );
  throw notFound(
    location,
    entries.map((entry) => entry.name),
  );
}

/** The bytes of the manifest of a located version. @throws destination.* */
export async function readManifestFile({ folder, manifest }: VersionLocation): Promise<Uint8Array> {
  const path = join(folder, manifest);
  try {
    return await readFile(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function manifestFile(path: string, location: string): VersionLocation {
  if (manifestPattern.test(basename(path))) return place(dirname(path), basename(path));
  throw new TidemarkError('request.invalid', `location: ${location} is a file, and not a manifest`, {
    hint: "Give a version's folder, or an outputs folder that holds exactly one version.",
  });
}

function place(folder: string, manifest: string): VersionLocation {
  return { folder, manifest, flat: basename(folder) !== manifestPattern.exec(manifest)![1] };
}

async function inFolder(folder: string, manifests: readonly string[]): Promise<VersionLocation> {
  if (manifests.length === 1) return place(folder, manifests[0]!);
  const own = manifests.find((manifest) => !place(folder, manifest).flat);
  const chosen = own ?? (await newestOfChain(folder, manifests));
  if (chosen === undefined) {
    throw ambiguous(folder, manifests);
  }
  return { folder, manifest: chosen, flat: own === undefined };
}

/** The manifest from which all others are reached by `from`; undefined where the versions are no single chain. */
async function newestOfChain(folder: string, manifests: readonly string[]): Promise<string | undefined> {
  const versions = await Promise.all(
    manifests.map(async (file) => {
      const { version } = parseManifest(await readFile(join(folder, file)), file);
      return { file, uri: version.uri, from: version.from };
    }),
  );
  const parents = new Set(versions.map((version) => version.from));
  const heads = versions.filter((version) => !parents.has(version.uri));
  return heads.length === 1 && versions.filter((version) => parents.has(version.uri)).length === versions.length - 1
    ? heads[0]!.file
    : undefined;
}

async function search(folder: string, depth: number): Promise<string[]> {
  if (depth === 0) return [];
  const found: string[] = [];
  for (const entry of await readFolder(folder)) {
    const path = join(folder, entry.name);
    if (!entry.folder) {
      if (manifestPattern.test(entry.name)) found.push(path);
    } else if (!/^[._]/.test(entry.name)) {
      found.push(...(await search(path, depth - 1)));
    }
  }
  return found;
}

function ambiguous(location: string, found: readonly string[]): TidemarkError {
  return new TidemarkError('request.invalid', `location: ${location} holds ${found.length} versions: ${some(found)}`, {
    hint: 'Give the folder of one of them.',
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
