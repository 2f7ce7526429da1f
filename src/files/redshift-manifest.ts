import * as z from 'zod';
import type { VersionStore } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import type { ListedFile } from './found.js';

/** What `UNLOAD … MANIFEST VERBOSE` leaves beside its files; without VERBOSE entries tell sizes alone. */
const manifestShape = z.object({
  entries: z.array(
    z.object({
      url: z.string(),
      meta: z.object({ content_length: z.number().int().min(0), record_count: z.number().int().min(0).optional() }),
    }),
  ),
  meta: z.object({ content_length: z.number().int(), record_count: z.number().int() }).optional(),
});

/** Redshift puts `manifest` behind the prefix that it was given. */
export const isManifestName = (name: string): boolean => name.endsWith('manifest');

/**
 * The files that Redshift says it has written. Undefined: it is no such manifest.
 * @param folder that the manifest lies in
 * @throws verification.failed where what it says does not add up
 */
export function listedByRedshift(
  store: VersionStore,
  folder: string,
  text: Uint8Array,
): readonly ListedFile[] | undefined {
  const found = manifestShape.safeParse(jsonOf(text));
  if (!found.success) return undefined;
  const { entries, meta } = found.data;
  const rows = entries.reduce((sum, entry) => sum + (entry.meta.record_count ?? 0), 0);
  if (meta !== undefined && meta.record_count !== rows) {
    throw new TidemarkError(
      'verification.failed',
      `the manifest of UNLOAD tells ${meta.record_count} rows, and its entries ${rows} together`,
      { hint: 'Run the UNLOAD again.' },
    );
  }
  return entries.map(({ url, meta: { content_length: bytes, record_count: count } }) => {
    const location = store.named(url, folder);
    return { path: pathBelow(store, location, folder), location, bytes, rows: count };
  });
}

/** Where something lies in a folder; its name where that is elsewhere. */
function pathBelow(store: VersionStore, location: string, folder: string): string {
  const { name: own } = store.split(location);
  let path = '';
  for (let at = location; ;) {
    const { folder: above, name } = store.split(at);
    if (name === '') return own;
    path = path === '' ? name : `${name}/${path}`;
    if (above === folder) return path;
    at = above;
  }
}

function jsonOf(text: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(text).toString('utf8'));
  } catch {
    return undefined;
  }
}
