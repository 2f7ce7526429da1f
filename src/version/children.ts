import type { VersionStore } from '../core/destination.js';
import { parseManifest } from '../manifest/parse.js';
import type { Manifest } from '../manifest/shape.js';
import { isManifest } from './locate.js';

/** The manifests in a folder, and in the folders in it; what cannot be read is nobody's. */
export async function manifestsIn(store: VersionStore, folder: string): Promise<readonly Manifest[]> {
  if ((await store.kindOf(folder)) !== 'folder') return [];
  const entries = await store.list(folder);
  const folders = entries.filter((entry) => entry.folder && !/^[._]/.test(entry.name));
  const below = await Promise.all(folders.map(async ({ name }) => manifestFiles(store, store.join(folder, name))));
  const files = [...(await manifestFiles(store, folder)), ...below.flat()];
  const read = await Promise.all(
    files.map(async (file) => {
      const bytes = await store.read(file);
      return bytes === undefined ? [] : readable(bytes);
    }),
  );
  return read.flat();
}

/** The versions in some folders that go on from a version. */
export async function childrenOf(
  { id, version }: Pick<Manifest, 'id' | 'version'>,
  folders: readonly (readonly [store: VersionStore, folder: string])[],
): Promise<readonly string[]> {
  const found = await Promise.all(folders.map(([store, folder]) => manifestsIn(store, folder)));
  const children = found
    .flat()
    .filter((one) => one.version.parent?.id === id && one.version.dataset === version.dataset);
  return [...new Set(children.map((one) => one.version.uri))];
}

async function manifestFiles(store: VersionStore, folder: string): Promise<string[]> {
  const entries = await store.list(folder);
  return entries.filter((entry) => !entry.folder && isManifest(entry.name)).map(({ name }) => store.join(folder, name));
}

function readable(bytes: Uint8Array): Manifest[] {
  try {
    return [parseManifest(bytes).manifest];
  } catch {
    return [];
  }
}
