import { invalidRequest, TidemarkError } from '../core/errors.js';
import { destinationOf } from '../destination/registry.js';
import { type ChooseVersion, type FindDestination, locateVersion, newestChain, onlyChain } from './locate.js';
import { readChecked } from './read-checked.js';
import { checkChain, type FoundVersion } from './verify/chain.js';

const hint = '`tidemark verify` says more. Fetch the versions again.';

export type { FoundVersion } from './verify/chain.js';

/**
 * Finds a version and all that it inherits: of a folder of several versions, the newest one of the newest chain. Manifests are
 * checked, and data is not looked at.
 * @param choose which of several versions is meant
 * @returns the oldest version first
 * @throws request.invalid where there is no version, or some that it inherits are not there; verification.failed for
 *   manifests that do not hold, and for a chain that forks
 */
export async function findWholeChain(
  location: string,
  find: FindDestination = destinationOf,
  choose: ChooseVersion = newestChain(undefined),
): Promise<readonly FoundVersion[]> {
  const place = await locateVersion(location, find, choose);
  const manifest = await readChecked(place, { where: `location: ${location}`, hint });
  const chain = await checkChain(place, manifest);
  if (chain.missing > 0) {
    const all = manifest.version.inherits!.length;
    throw invalidRequest(
      `location: ${chain.missing} of the ${all} versions that ${manifest.version.uri} inherits are not there`,
      `They must lie beside it, in one folder or in folders of their names: ${place.folder} has it.`,
    );
  }
  const wrong = chain.findings.find(({ severity }) => severity === 'error');
  if (wrong !== undefined) {
    const message = `location: ${location}: ${wrong.file}: ${wrong.message}`;
    throw new TidemarkError('verification.failed', message, { hint });
  }
  return [...chain.found, { place, manifest }];
}

/** The same, of a folder that must hold one version, or those of one chain: nothing is chosen for whoever compares. */
export const findOnlyChain = (location: string): Promise<readonly FoundVersion[]> =>
  findWholeChain(location, destinationOf, onlyChain);
