import type { VersionStore } from '../core/destination.js';
import { invalidRequest } from '../core/errors.js';
import { inLine } from '../core/in-line.js';
import { partitionsIn } from '../core/target-place.js';
import type { ListedFile } from './found.js';

const ending = '.parquet';

/** Spark, Hive and others leave marks and indexes beside data whose names begin so; readers pass over them, but for folders of a partition. */
const hidden = /^(?:\.|_(?!.*=))/s;

/** The files of a folder and of the folders in it whose names end as the format's do, by their paths. */
export async function filesBelow(store: VersionStore, folder: string, inside = ''): Promise<readonly ListedFile[]> {
  const files: ListedFile[] = [];
  for (const { name, folder: isFolder } of await store.list(folder)) {
    if (hidden.test(name)) continue;
    const path = inside === '' ? name : `${inside}/${name}`;
    const location = store.join(folder, name);
    if (isFolder) files.push(...(await filesBelow(store, location, path)));
    else if (name.endsWith(ending)) files.push({ path, location });
  }
  return files;
}

/**
 * Folders whose names give columns values that the files do not have.
 * @param columns that the files have
 * @throws request.invalid
 */
export function assertPlainFolders(files: readonly Pick<ListedFile, 'path'>[], columns: readonly string[]): void {
  // Hive writes names of columns in small letters.
  const known = new Set(columns.map((name) => name.toLowerCase()));
  for (const { path } of files) {
    for (const [column] of partitionsIn(path)) {
      if (known.has(column.toLowerCase())) continue;
      throw invalidRequest(
        `location: the folders of ${inLine(path)} say what the file does not, the column "${inLine(column)}"`,
        'Have the engine write that column into the files too (Redshift: PARTITION BY (…) INCLUDE), or adopt each folder by itself.',
      );
    }
  }
}
