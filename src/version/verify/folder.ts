import type { StoreEntry } from '../../core/destination.js';
import type { Manifest } from '../../manifest/shape.js';
import type { VersionLocation } from '../locate.js';
import { failure, type Finding, warning } from './finding.js';
import { extraInFlat } from './flat-folder.js';
import { placedFiles } from './listed-files.js';

/**
 * Files that the manifest does not list. In the version's own folder every one is a finding: readers that take the folder
 * would read it too. In another one, where others' files may lie, it is the data that nobody's manifest there lists.
 */
export async function extraFiles(location: VersionLocation, manifest: Manifest): Promise<readonly Finding[]> {
  if (location.flat) return extraInFlat(location, manifest);
  const entries = await location.store.list(location.folder);
  return ownFolderFindings(location, location.folder, placedFiles(manifest, entries));
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

function ownFolderFinding(path: string, { name, folder }: StoreEntry): Finding {
  const what = folder ? 'the folder' : 'the file';
  return name.startsWith('_')
    ? warning('extra', path, `${what} is not of this version; readers pass over its name`)
    : failure('extra', path, `${what} is not of this version, but whoever reads the folder reads it too`);
}
