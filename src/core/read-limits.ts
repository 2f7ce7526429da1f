import { TidemarkError } from './errors.js';
import { formatBytes } from './units.js';

/**
 * What is read whole into memory and parsed: manifests, lines of metadata, journals, claims, logs, words between members. A manifest
 * of a hundred thousand files has less than half of it, and a text of JavaScript can have twice as many characters.
 */
export const mostParsedBytes = 256 * 2 ** 20;

/** Refuses what anybody may have put there before it is read. @throws destination.io */
export function assertReadable(size: number, location: string, most = mostParsedBytes): void {
  if (size <= most) return;
  throw new TidemarkError(
    'destination.io',
    `${location} cannot be read: it has ${formatBytes(size)}, and no file that is read at once has more than ${formatBytes(most)}`,
    { hint: 'Something else has the name of a file of the version. Fetch the version again.' },
  );
}

/** Of a hundred thousand files with thirty columns each a manifest has a few millions; every value takes memory and time. */
export const mostValues = 2 ** 24;

/** How many values a JSON text has, at most: one begins with it, after a comma, or in a bracket. Some in texts are counted, too. */
export function valuesAtMost(json: Uint8Array): number {
  let values = 1;
  for (const byte of json) if (byte === 0x2c || byte === 0x5b || byte === 0x7b) values += 1;
  return values;
}
