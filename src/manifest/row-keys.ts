import { folderSafe } from './shard-names.js';

/** The name of a file of keys: another one in every version of a dataset, and not one of data for readers of folders. */
export function rowKeyPath(
  version: string,
  table: string,
  { kind, tables }: { readonly kind: 'keys' | 'gone'; readonly tables: number },
): string {
  return `_${kind}.${version}${tables === 1 ? '' : `.${folderSafe(table)}`}.bin`;
}
