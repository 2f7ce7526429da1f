import type { DestinationDescription } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import { schemeOf } from '../core/url-scheme.js';
import { folder } from './folder/description.js';
import { s3 } from './s3/description.js';

/** All destinations. Nothing else knows one by its name. A location without a scheme belongs to the first one. */
export const destinations: readonly DestinationDescription[] = [folder, s3];

/** Whether a text may be a location: a path, or a URL of a destination. */
export function isLocation(text: string): boolean {
  const scheme = schemeOf(text);
  // A slash too few would be a folder of an odd name.
  if (destinations.some(({ schemes }) => schemes.some((one) => new RegExp(`^${one}:/(?!/)`, 'i').test(text))))
    return false;
  return scheme === undefined || destinations.some(({ schemes }) => schemes.includes(scheme));
}

/** Which destination a location belongs to. @throws request.invalid naming the schemes that there are; a URL may hold a password, so it is not shown */
export function destinationOf(location: string): DestinationDescription {
  const scheme = schemeOf(location);
  if (scheme === undefined) return destinations[0]!;
  const found = destinations.find((destination) => destination.schemes.includes(scheme));
  if (found !== undefined) return found;
  const known = [
    'the path of a folder',
    ...destinations.flatMap(({ schemes }) => schemes.map((name) => `${name}://…`)),
  ];
  throw new TidemarkError('request.invalid', `${scheme}://… is not a location that versions can be at`, {
    hint: `Give ${known.join(' or ')}.`,
  });
}

/** The destination of that name. */
export function destinationNamed(kind: string): DestinationDescription {
  const found = destinations.find((destination) => destination.kind === kind);
  if (found === undefined) throw new TidemarkError('internal.bug', `there is no destination "${kind}"`);
  return found;
}
