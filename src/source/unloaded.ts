import type { OpenSource } from '../core/source.js';
import type { UnloadedTable } from '../core/source-request.js';

/** Bytes: less is sooner read by rows than written, and read as files. */
export const worthUnloading = 2 * 1024 ** 3;

/** What a source has written as files: all of its tables, or none. */
export function unloadedOf(tables: readonly { readonly unloaded?: UnloadedTable }[]): Pick<OpenSource, 'unloaded'> {
  const unloaded = tables.flatMap((table) => table.unloaded ?? []);
  return unloaded.length === 0 ? {} : { unloaded };
}
