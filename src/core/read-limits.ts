import { TidemarkError } from './errors.js';
import { formatBytes } from './units.js';

/**
 * What is read whole into memory and parsed: manifests, lines of metadata, journals, claims, logs, words between members. A text of
 * JavaScript cannot be longer, and a manifest of a hundred thousand files has less than a quarter of it.
 */
export const mostParsedBytes = 512 * 2 ** 20;

/** Refuses what anybody may have put there before it is read. @throws destination.io */
export function assertReadable(size: number, location: string, most = mostParsedBytes): void {
  if (size <= most) return;
  throw new TidemarkError(
    'destination.io',
    `${location} cannot be read: it has ${formatBytes(size)}, and no file that is read at once has more than ${formatBytes(most)}`,
    { hint: 'Something else has the name of a file of the version. Fetch the version again.' },
  );
}
