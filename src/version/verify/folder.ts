import type { StoreEntry } from '../../core/destination.js';
import { literalPattern } from '../../core/literal-pattern.js';
import { manifestName } from '../../manifest/encode.js';
import { parseManifest } from '../../manifest/parse.js';
import { readManifestFile, type VersionLocation } from '../locate.js';
import { endings } from '../../shard/registry.js';
import type { Manifest } from '../../manifest/shape.js';
import { shardsOfVersion } from '../../manifest/shards.js';
import { signatureName } from '../../manifest/signature.js';
import { metadataFile } from '../../manifest/valohai.js';
import { failure, type Finding, warning } from './finding.js';

/**
 * Files that the manifest does not list. In the version's own folder every one is a finding: readers that take the folder
 * would read it too. In a flat folder, where others' files may lie, it is those that have the name of one of its shards.
 */
export async function extraFiles(location: VersionLocation, manifest: Manifest): Promise<Finding[]> {
  const entries = await location.store.list(location.folder);
  if (!location.flat) return ownFolderFindings(location, location.folder, asPlaced(listedFiles(manifest), entries));
  const listed = new Set(listedFiles(manifest).flatMap((path) => [path, baseName(path)]));
  const names = entries.filter(({ name, folder }) => !folder && !listed.has(name) && !name.startsWith('.'));
  return flatFindings(
    location,
    manifest,
    names.map(({ name }) => name),
  );
}

/** Where the files are: in their folders, or all in one where a platform left the folders out. */
function asPlaced(paths: readonly string[], entries: readonly StoreEntry[]): ReadonlySet<string> {
  const folders = new Set(entries.filter(({ folder }) => folder).map(({ name }) => name));
  return new Set(paths.map((path) => (folders.has(path.split('/')[0]!) ? path : baseName(path))));
}

/** Of a folder and the folders in it that hold files of the version; `below` is the way to it. */
async function ownFolderFindings(
  { store }: Pick<VersionLocation, 'store'>,
  folder: string,
  listed: ReadonlySet<string>,
  below = '',
): Promise<Finding[]> {
  const folders = new Set([...listed].flatMap(foldersOf));
  const findings: Finding[] = [];
  for (const entry of await store.list(folder)) {
    const path = below + entry.name;
    if (listed.has(path) || entry.name.startsWith('.')) continue;
    if (!entry.folder || !folders.has(path)) findings.push(ownFolderFinding(path, entry));
    else {
      // Not as arguments: there may be more of them than a call can have.
      for (const inside of await ownFolderFindings({ store }, store.join(folder, entry.name), listed, `${path}/`))
        findings.push(inside);
    }
  }
  return findings;
}

/** `a/b/c` lies in `a` and `a/b`. */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A signature that nobody has made is told where signatures are looked at. */
function listedFiles({ version }: Manifest): string[] {
  const files = [...shardsOfVersion(version), ...(version.sidecars ?? [])];
  return [manifestName(version.name), signatureName(version.name), ...files.map(({ path }) => path)];
}

function ownFolderFinding(path: string, { name, folder }: StoreEntry): Finding {
  const what = folder ? 'the folder' : 'the file';
  return name.startsWith('_')
    ? warning('extra', path, `${what} is not of this version; readers pass over its name`)
    : failure('extra', path, `${what} is not of this version, but whoever reads the folder reads it too`);
}

async function flatFindings(
  location: VersionLocation,
  manifest: Manifest,
  names: readonly string[],
): Promise<Finding[]> {
  const claims = claimPatterns(manifest);
  const others = new Set(await filesOfOthers(location, names));
  return names
    .filter((name) => !others.has(name) && name !== metadataFile)
    .flatMap((name) => {
      if (claims.some((claim) => claim.test(name))) {
        return [
          failure('extra', name, 'the file has the name of a shard of this version, but the version does not have it'),
        ];
      }
      return endings.some((ending) => name.endsWith(ending))
        ? [warning('extra', name, 'the file is not of this version')]
        : [];
    });
}

/** What other versions' manifests in the folder list. One that can't be read claims nothing: it has its own verification. */
async function filesOfOthers(location: VersionLocation, names: readonly string[]): Promise<string[]> {
  const manifests = names.filter((name) => /^_manifest\..+\.json$/.test(name));
  // One after the other: each takes memory while it is read, and there may be many.
  const lists: string[][] = [];
  for (const name of manifests) {
    try {
      const { manifest } = parseManifest(await readManifestFile({ ...location, manifest: name }), name);
      lists.push(listedFiles(manifest).flatMap((path) => [path, baseName(path)]));
    } catch {
      continue;
    }
  }
  return [...manifests, ...lists.flat()];
}

/** The index in a shard's name, as far as it can be told from other digits: the last run of five that begins with 0. */
const indexPattern = /^(.*)(?<!\d)0\d{4}(?:p\d{5,})?(?!\d)(.*?)$/;

/** The names that further shards of this version would have: those of its shards, with any index. */
function claimPatterns({ version }: Manifest): RegExp[] {
  const forms = shardsOfVersion(version).flatMap(({ path }) => {
    const parts = indexPattern.exec(baseName(path));
    return parts === null ? [] : [`^${literalPattern(parts[1]!)}\\d{5,}(p\\d{5,})?${literalPattern(parts[2]!)}$`];
  });
  return [...new Set(forms)].map((form) => new RegExp(form));
}
