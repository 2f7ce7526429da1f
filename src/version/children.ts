import pLimit from 'p-limit';
import type { VersionStore } from '../core/destination.js';
import { parseManifest } from '../manifest/parse.js';
import type { Manifest } from '../manifest/shape.js';
import { isManifest, readAtOnce, type VersionLocation } from './locate.js';

/** The manifests in a folder, and in the folders in it; what cannot be read is nobody's. */
export async function manifestsIn(store: VersionStore, folder: string): Promise<readonly Manifest[]> {
  if ((await store.kindOf(folder)) !== 'folder') return [];
  const entries = await store.list(folder);
  const folders = entries.filter((entry) => entry.folder && !/^[._]/.test(entry.name));
  const below = await Promise.all(folders.map(async ({ name }) => manifestFiles(store, store.join(folder, name))));
  const files = [...(await manifestFiles(store, folder)), ...below.flat()];
  const read = await pLimit(readAtOnce).map(files, async (file) => {
    const bytes = await store.read(file);
    return bytes === undefined ? [] : readable(bytes);
  });
  return read.flat();
}

/** Those in the folder of a version, or in the folders beside its own. */
export function manifestsBeside({ store, folder, flat }: VersionLocation): Promise<readonly Manifest[]> {
  return manifestsIn(store, flat ? folder : store.split(folder).folder);
}

/** Whether a version beside another one goes on from it. */
export async function hasChild(place: VersionLocation, { id }: Pick<Manifest, 'id'>): Promise<boolean> {
  const beside = await manifestsBeside(place);
  return beside.some(({ version }) => version.parent?.id === id);
}

/** Versions that are not of a chain, and go on from one that is. */
export async function forksOf(
  { id, version }: Pick<Manifest, 'id' | 'version'>,
  folders: readonly (readonly [store: VersionStore, folder: string])[],
): Promise<readonly string[]> {
  const { inherits = [], uri, dataset } = version;
  const chain = [...inherits, { id, uri }];
  const found = await Promise.all(folders.map(([store, folder]) => manifestsIn(store, folder)));
  const forks = found.flat().filter((one) => {
    const { parent } = one.version;
    const isOwn = chain.some((member) => member.id === one.id);
    return !isOwn && one.version.dataset === dataset && chain.some((member) => member.id === parent?.id);
  });
  return [...new Set(forks.map((one) => one.version.uri))];
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
