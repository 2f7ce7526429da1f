import type { PublishRequest, VersionFiles } from './destination.js';
import { TidemarkError } from './errors.js';

/** The versions that a request publishes, the draft's own first, each with where it goes. @param targets of all versions of the draft */
export function publishedTogether<Target>(
  targets: readonly Target[],
  { siblings = [], leftOut = [], files, manifest }: PublishRequest,
): readonly (VersionFiles & { readonly target: Target })[] {
  const made = targets.filter((_, index) => !leftOut.includes(index));
  const versions = [{ files, manifest }, ...siblings];
  if (versions.length !== made.length) {
    throw new TidemarkError('internal.bug', `${versions.length} versions are to be published of ${made.length}`);
  }
  return versions.map((version, index) => ({ target: made[index]!, files: version.files, manifest: version.manifest }));
}
