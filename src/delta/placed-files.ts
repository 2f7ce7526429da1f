import { ownValue } from '../core/own-value.js';
import { invalidRequest, TidemarkError } from '../core/errors.js';
import type { VersionStore } from '../core/destination.js';
import { shardNames } from '../lane/open-shard.js';
import type { ManifestShard, ManifestTable } from '../manifest/shape.js';
import type { FoundVersion } from '../version/whole-chain.js';

/** A file of a version, as the log names it. */
export interface PlacedFile {
  /** From the table's folder on: with `/`, and what is special in URLs escaped. */
  readonly path: string;
  readonly bytes: number;
  readonly facts: ManifestShard['facts'];
  readonly partitionValues: Readonly<Record<string, string | null>>;
}

/** The name of the column that tells the part of the split. */
export const splitColumn = 'split';

/** The folder that a version's table would be in: that of the dataset's versions, or the one with the files of all. */
export function tableFolder({ place: { store, folder, flat } }: FoundVersion): string {
  return flat ? folder : store.split(folder).folder;
}

/** Columns whose values are in the log, and not in files. */
export function partitionColumnsOf({ schema, targets }: ManifestTable): readonly string[] {
  const inPath = schema.flatMap(({ name, inPath: alone }) => (alone ? [name] : []));
  return targets.some(({ split }) => split !== undefined) ? [splitColumn, ...inPath] : inPath;
}

/**
 * The files of a version's table, in the order of their rows.
 * @param root the table's folder
 * @throws request.invalid where a file is not there, or a partition has no place in a log
 */
export async function placedFiles(
  { place, manifest }: FoundVersion,
  table: ManifestTable,
  root: string,
): Promise<readonly PlacedFile[]> {
  const { store, folder } = place;
  const before = folder === root ? '' : `${store.split(folder).name}/`;
  const columns = partitionColumnsOf(table);
  const files: PlacedFile[] = [];
  for (const target of table.targets) {
    const partitionValues = Object.fromEntries(columns.map((name) => [name, valueOf(target, name)]));
    for (const { path, bytes, facts } of target.shards) {
      const found = await pathIn(store, folder, { path, bytes });
      if (found === undefined) {
        throw new TidemarkError('request.invalid', `delta: ${path} of ${manifest.version.uri} is not in ${folder}`, {
          hint: 'A table needs the files of all versions of the chain. `tidemark verify` says what is missing.',
        });
      }
      files.push({ path: escaped(before + found), bytes, facts, partitionValues });
    }
  }
  return files;
}

function valueOf({ split, partition = {} }: ManifestTable['targets'][number], column: string): string | null {
  if (column === splitColumn && split !== undefined) return split;
  const value = ownValue(partition, column) ?? null;
  if (value !== '') return value;
  throw invalidRequest(
    `delta: a partition of ${column} is the empty text, which Delta tables do not tell from NULL`,
    'Keep the column in the files, too, from the first version on: --partition-columns files.',
  );
}

/** Where it is, as it is listed. */
async function pathIn(
  store: VersionStore,
  folder: string,
  { path, bytes }: Pick<ManifestShard, 'path' | 'bytes'>,
): Promise<string | undefined> {
  for (const name of shardNames(path)) {
    const file = await store.open(store.join(folder, name));
    await file?.close();
    if (file?.size === bytes) return name;
  }
  return undefined;
}

const escaped = (path: string): string =>
  path
    .split('/')
    .map((part) => encodeURIComponent(part).replaceAll('%3D', '='))
    .join('/');
