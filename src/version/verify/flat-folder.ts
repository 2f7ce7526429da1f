import type { StoreEntry } from '../../core/destination.js';
import { literalPattern } from '../../core/literal-pattern.js';
import { parseManifest } from '../../manifest/parse.js';
import type { Manifest } from '../../manifest/shape.js';
import { shardsOfVersion } from '../../manifest/shards.js';
import { endings } from '../../shard/registry.js';
import { isManifest, readManifestFile, type VersionLocation } from '../locate.js';
import { failure, type Finding, warning } from './finding.js';
import { baseName, placedFiles } from './listed-files.js';

/** Of folders that are nobody's it is looked so deep for data. */
const deepest = 4;

/** What the files of a folder that is not the version's own are held against. */
interface Beside {
  /** Files that are of the version, or of another one whose manifest lies there. */
  readonly listed: ReadonlySet<string>;
  /** What whoever reads the version's files by their ending would read as well. */
  readonly ending: string | undefined;
  /** All versions there are of its dataset: nobody else has files there. */
  readonly isAlone: boolean;
  /** Names that further shards of the version would have. */
  readonly claims: readonly RegExp[];
}

/**
 * Data beside a version, in a folder into which a platform or a person has put it, that no manifest there lists. Where manifests of other
 * datasets lie too it may be theirs to use.
 */
export async function extraInFlat(location: VersionLocation, manifest: Manifest): Promise<readonly Finding[]> {
  const entries = await location.store.list(location.folder);
  const beside = await besideOf(location, manifest, entries);
  const findings: Finding[] = [];
  for await (const path of dataIn(location, location.folder, { entries, below: '', depth: deepest })) {
    const finding = beside.listed.has(path) ? undefined : findingOf(path, beside);
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
}

async function besideOf(
  location: VersionLocation,
  manifest: Manifest,
  entries: readonly StoreEntry[],
): Promise<Beside> {
  const listed = new Set<string>();
  const list = (one: Manifest): void => {
    for (const path of placedFiles(one, entries)) listed.add(path);
  };
  list(manifest);
  let isAlone = true;
  // One after the other: each takes memory while it is read, and there may be many.
  for (const { name, folder } of entries) {
    if (folder || name === location.manifest || !isManifest(name)) continue;
    const other = await readOther(location, name);
    if (other !== undefined) list(other);
    if (other?.version.dataset !== manifest.version.dataset) isAlone = false;
  }
  const paths = shardsOfVersion(manifest.version).map(({ path }) => path);
  const ending = endings.find((one) => paths[0]?.endsWith(one));
  return { listed, ending, isAlone, claims: claimPatterns(paths) };
}

/** One that can't be read claims nothing: it has its own verification. */
async function readOther(location: VersionLocation, name: string): Promise<Manifest | undefined> {
  try {
    return parseManifest(await readManifestFile({ ...location, manifest: name }), name).manifest;
  } catch {
    return undefined;
  }
}

/** Files with data, in folders too but those that have a manifest of their own. */
async function* dataIn(
  { store }: Pick<VersionLocation, 'store'>,
  folder: string,
  at: { readonly entries: readonly StoreEntry[]; readonly below: string; readonly depth: number },
): AsyncGenerator<string> {
  for (const { name, folder: isFolder } of at.entries) {
    if (/^[._]/.test(name)) continue;
    const path = at.below + name;
    if (!isFolder) {
      if (endings.some((ending) => name.endsWith(ending))) yield path;
    } else if (at.depth > 1) {
      const inside = store.join(folder, name);
      const entries = await store.list(inside);
      if (entries.some((entry) => !entry.folder && isManifest(entry.name))) continue;
      yield* dataIn({ store }, inside, { entries, below: `${path}/`, depth: at.depth - 1 });
    }
  }
}

function findingOf(path: string, { ending, isAlone, claims }: Beside): Finding | undefined {
  if (claims.some((claim) => claim.test(baseName(path))))
    return failure('extra', path, 'the file has the name of a shard of this version, but the version does not have it');
  if (isAlone && ending !== undefined && path.endsWith(ending))
    return failure('extra', path, 'the file is not of this version, but whoever reads the folder reads it too');
  return warning('extra', path, 'the file is not of this version');
}

/** The index in a shard's name, as far as it can be told from other digits: the last run of five that begins with 0. */
const indexPattern = /^(.*)(?<!\d)0\d{4}(?:p\d{5,})?(?!\d)(.*?)$/;

/** The names that further shards of this version would have: those of its shards, with any index. */
function claimPatterns(paths: readonly string[]): RegExp[] {
  const forms = paths.flatMap((path) => {
    const parts = indexPattern.exec(baseName(path));
    return parts === null ? [] : [`^${literalPattern(parts[1]!)}\\d{5,}(p\\d{5,})?${literalPattern(parts[2]!)}$`];
  });
  return [...new Set(forms)].map((form) => new RegExp(form));
}
