import type { LogicalType } from './types.js';

/** A partition, by the names of its folders: `country`, `created_at_month`; null: rows without a value. */
export type PartitionValues = Readonly<Record<string, string | null>>;

/** A place that rows of a table go to: a part of its split, a partition, or a partition of a part. */
export interface TargetPlace {
  readonly split?: string | undefined;
  readonly partition?: PartitionValues | undefined;
}

/** The name in a folder's name: `country` in `country=DE`, `created_at_month` in `created_at_month=2024-03`. */
export function partitionName({ column, unit }: { readonly column: string; readonly unit?: string }): string {
  return unit === undefined ? column : `${column}_${unit}`;
}

/** The name that Hive and Spark give to the folder of rows without a value, and of empty texts. */
export const folderOfNull = '__HIVE_DEFAULT_PARTITION__';

/** Kinds of values that are told from a folder's name again, whatever reads it: they have one text, whatever writes it. */
export const readFromFolders: readonly LogicalType['kind'][] = ['bool', 'int', 'text', 'date'];

/** What Hive and Spark escape in names of folders (`FileUtils.escapePathName`, `ExternalCatalogUtils.escapePathName`). */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const escaped = /[\u0000-\u001f\u007f"#%'*/:=?\\{[\]^]/g;

/** `country=DE`; with what is special in paths as `%2F`. */
export function folderOf(name: string, value: string | null): string {
  return `${escape(name)}=${value === null || value === '' ? folderOfNull : escape(value)}`;
}

function escape(text: string): string {
  return text.replace(escaped, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** File systems take names of so many bytes. */
export const longestFolder = 255;

/** Whether no folder can be named so. */
export const isTooLong = (name: string, value: string | null): boolean =>
  Buffer.byteLength(folderOf(name, value)) > longestFolder;

/** The partition that the folders of a path tell, from the outermost on, by names and values; folders of other names tell nothing. */
export const partitionsIn = (path: string): readonly FolderValue[] =>
  path
    .split('/')
    .slice(0, -1)
    .flatMap((folder) => (folder.includes('=') ? [valueOfFolder(folder)] : []));

type FolderValue = readonly [name: string, value: string | null];

/** What a folder's name says; an empty text is written as NULL is. */
function valueOfFolder(folder: string): FolderValue {
  const at = folder.indexOf('=');
  const value = unescape(folder.slice(at + 1));
  return [unescape(folder.slice(0, at)), value === '' || value === folderOfNull ? null : value];
}

/** Of engines that escape nothing, a `%` is one. */
function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The key of a target: the folders in which its files are, `train/country=DE/created_at_month=2024-03`; empty where there are none. */
export function targetKey({ split, partition = {} }: TargetPlace): string {
  const folders = Object.entries(partition).map(([name, value]) => folderOf(name, value));
  return [...(split === undefined ? [] : [split]), ...folders].join('/');
}

/** The place that a key is of; names of parts have no `=`. */
export function placeOf(key: string): TargetPlace {
  if (key === '') return {};
  const folders = key.split('/');
  const split = folders[0]!.includes('=') ? undefined : folders[0]!;
  const partition = folders.slice(split === undefined ? 0 : 1).map(valueOfFolder);
  return { split, partition: partition.length === 0 ? undefined : Object.fromEntries(partition) };
}
