import type { VersionStore } from '../core/destination.js';
import { invalidRequest } from '../core/errors.js';
import type { ListedFile } from './found.js';

const ending = '.parquet';

/** Spark, Hive and others leave marks and indexes beside data whose names begin so; readers of such folders pass over them. */
const hidden = /^[._]/;

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
  for (const { path } of files) {
    for (const folder of path.split('/').slice(0, -1)) {
      const [column, value] = folder.split('=', 2) as [string, string | undefined];
      if (value === undefined || columns.includes(column)) continue;
      throw invalidRequest(
        `location: the folder ${folder} says what the files in it do not, the column "${column}"`,
        'Have the engine write that column into the files too (Redshift: PARTITION BY (…) INCLUDE), or adopt each folder by itself.',
      );
    }
  }
}
