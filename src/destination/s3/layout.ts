import * as z from 'zod';
import type { VersionPlace, VersionRequest } from '../../core/destination.js';
import { invalidRequest } from '../../core/errors.js';
import { keyIn } from '../../core/bucket-store.js';
import { locationText, type S3Location } from './location.js';

/*
 * Below the prefix of a location:
 *
 *   <dataset>/<version>/…                       objects of the version: uploads to these keys, completed when it is published
 *   <dataset>/_claim.<version>                  who makes the version now
 *   <dataset>/_board.<version>/<run>/           word between those who write together
 *   <dataset>/_uploads.<version>/<run>/<path>   a record for each object of a run: its upload, and its parts once it is closed
 */

/** A version by its keys in a bucket. */
export interface Target extends VersionPlace {
  /** Of its objects, with no slash at the end. */
  readonly folder: string;
  readonly claim: string;
  readonly location: string;
}

/** @throws request.invalid */
export function targetIn(root: S3Location, { dataset, version }: VersionPlace): Target {
  for (const [key, name] of [
    ['dataset', dataset],
    ['version', version],
  ] as const) {
    if (name === '' || name === '.' || name === '..' || name.includes('/'))
      throw invalidRequest(
        `${key}: "${name}" cannot be the name of a folder`,
        'Use letters, digits, dots, hyphens and underscores.',
      );
  }
  const folder = keyIn(root.key, dataset, version);
  return {
    dataset,
    version,
    folder,
    claim: keyIn(root.key, dataset, `_claim.${version}`),
    location: locationText({ ...root, key: folder }),
  };
}

/** The key of a version's manifest. */
export const manifestKey = (
  root: S3Location,
  { version, name }: { readonly version: VersionPlace; readonly name: string },
): string => keyIn(targetIn(root, version).folder, name);

/** Where the records of a run's objects of a version are. */
export const recordsOf = (root: S3Location, { dataset, version }: VersionPlace, run: string): string =>
  keyIn(root.key, dataset, `_uploads.${version}`, run);

/** Where those leave word who make a version together. */
export const boardOf = (root: S3Location, { dataset, version }: VersionPlace, run: string): S3Location => ({
  ...root,
  key: keyIn(root.key, dataset, `_board.${version}`, run),
});

/** What the keys of the records of a dataset's versions begin with, before the version's name. */
export const allRecords = (root: S3Location, dataset: string): string => keyIn(root.key, dataset, '_uploads.');

/** And those of the boards of a dataset's versions. */
export const allBoards = (root: S3Location, dataset: string): string => keyIn(root.key, dataset, '_board.');

export const claimsPrefix = (root: S3Location, dataset: string): string => keyIn(root.key, dataset, '_claim.');

/** What a thread needs to write objects of a draft. */
export const ticketSchema = z.object({
  root: z.custom<S3Location>((value) => typeof value === 'object' && value !== null),
  run: z.string(),
  /** Its versions, the draft's own first: keys, and the folder of the draft's objects that are theirs. */
  versions: z.array(z.object({ from: z.string().optional(), folder: z.string(), records: z.string() })),
});

export type S3Ticket = z.infer<typeof ticketSchema>;

export const ticketOf = (root: S3Location, run: string, versions: readonly VersionRequest[]): S3Ticket => ({
  root,
  run,
  versions: versions.map((version) => ({
    ...(version.from !== undefined && { from: version.from }),
    folder: targetIn(root, version).folder,
    records: recordsOf(root, version, run),
  })),
});

/** Which of the draft's versions an object is of, and its path inside it. */
export function placeOf({ versions }: S3Ticket, path: string): { readonly index: number; readonly path: string } {
  const index = versions.findIndex(({ from }) => from !== undefined && path.startsWith(`${from}/`));
  return index < 0 ? { index: 0, path } : { index, path: path.slice(versions[index]!.from!.length + 1) };
}
