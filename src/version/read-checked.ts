import { TidemarkError } from '../core/errors.js';
import type { Manifest } from '../manifest/shape.js';
import { readManifestFile, type VersionLocation } from './locate.js';
import { checkManifest } from './verify/manifest.js';

/**
 * The manifest at a place, checked: its form, id, seal and figures.
 * @param said where somebody has named it, for the message, and what to do about one that does not hold
 * @throws verification.failed
 */
export async function readChecked(
  place: VersionLocation,
  { where, hint }: { readonly where: string; readonly hint: string },
): Promise<Manifest> {
  const { read, findings } = checkManifest(await readManifestFile(place), place.manifest, undefined);
  const [wrong] = findings;
  if (read !== undefined && wrong === undefined) return read.manifest;
  throw new TidemarkError('verification.failed', `${where}: ${wrong?.message ?? 'no manifest'}`, { hint });
}
