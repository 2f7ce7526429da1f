import { invalidRequest, TidemarkError } from '../core/errors.js';
import { destinationOf } from '../destination/registry.js';
import type { Manifest } from '../manifest/shape.js';
import { type FindDestination, locateVersion, newestChain, readManifestFile, type VersionLocation } from './locate.js';
import { checkChain } from './verify/chain.js';
import { checkManifest } from './verify/manifest.js';

/** A version, and where it is. */
export interface FoundVersion {
  readonly place: VersionLocation;
  readonly manifest: Manifest;
}

/**
 * Finds a version and all that it inherits: of a folder of several versions, the newest one of the newest chain. Manifests are
 * checked, and data is not looked at.
 * @returns the oldest version first
 * @throws request.invalid where there is no version, or some that it inherits are not there; verification.failed for
 *   manifests that do not hold, and for a chain that forks
 */
export async function findWholeChain(
  location: string,
  find: FindDestination = destinationOf,
): Promise<readonly FoundVersion[]> {
  const place = await locateVersion(location, find, newestChain(undefined));
  const { read, findings } = checkManifest(await readManifestFile(place), place.manifest, undefined);
  if (read === undefined || findings.length > 0) throw broken(location, findings[0]?.message ?? 'no manifest');
  const { manifest } = read;
  const chain = await checkChain(place, manifest);
  if (chain.missing > 0) {
    const all = manifest.version.inherits!.length;
    throw invalidRequest(
      `location: ${chain.missing} of the ${all} versions that ${manifest.version.uri} inherits are not there`,
      `They must lie beside it, in one folder or in folders of their names: ${place.folder} has it.`,
    );
  }
  const wrong = chain.findings.find(({ severity }) => severity === 'error');
  if (wrong !== undefined) throw broken(location, `${wrong.file}: ${wrong.message}`);
  return [...chain.found, { place, manifest }];
}

function broken(location: string, why: string): TidemarkError {
  return new TidemarkError('verification.failed', `location: ${location}: ${why}`, {
    hint: '`tidemark verify` says more. Fetch the versions again.',
  });
}
