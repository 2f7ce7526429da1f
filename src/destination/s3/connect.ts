import type { Destination } from '../../core/destination.js';
import type { Machine } from '../../machine/machine.js';
import { bucketAt } from './buckets.js';
import { isLiving, readClaim, readOwnClaim, workOf } from './claim-file.js';
import { assertNothingThere, openDraft, type S3Draft } from './draft.js';
import { boardOf, manifestKey, type Target, targetIn } from './layout.js';
import { locationText, parseLocation } from './location.js';
import { recover } from './recover.js';
import { firstClaimOf, type Place } from './traces.js';

export interface S3Destination extends Destination {
  openDraft(...request: Parameters<Destination['openDraft']>): Promise<S3Draft>;
}

/**
 * Versions below a prefix of a bucket. No platform looks for announcements there, and the file of them would grow with every version.
 * @param location `s3://bucket/prefix?…`
 * @throws request.invalid
 */
export function connectS3(machine: Machine, location: string): S3Destination {
  const root = parseLocation(location);
  const place: Place = { root, bucket: bucketAt(root) };
  return {
    announces: false,
    scratchRoot: undefined,
    freeSpace: async () => undefined,
    locationOf: (version) => targetIn(root, version).location,
    async recover(datasets, signal) {
      const within = { root, bucket: place.bucket.until(signal) };
      const reports = [];
      for (const dataset of new Set(datasets)) reports.push(...(await recover(within, machine, dataset, signal)));
      return reports;
    },
    async assertAbsent(version) {
      const target = targetIn(root, version);
      await assertNothingThere(place, target).catch(async (thrown: unknown) => {
        if (!(await isLeftover(place, target, machine))) throw thrown;
      });
    },
    openDraft: (request) => openDraft(place, machine, request),
    async findBoard(version) {
      const found = await readOwnClaim(place.bucket, targetIn(root, version).claim);
      return found?.claim.shared && isLiving(found, machine)
        ? locationText(boardOf(root, version, found.claim.run))
        : undefined;
    },
  };
}

/** Whether what is there is of a run that died before the version was there, so that the next run removes it. */
async function isLeftover(place: Place, target: Target, machine: Machine): Promise<boolean> {
  const found = await readClaim(place.bucket, target.claim);
  if (found === undefined || found === 'foreign' || isLiving(found, machine)) return false;
  const first = await firstClaimOf(place, found);
  const manifest = first && workOf(first).manifests?.[0];
  if (manifest === undefined) return true;
  return (await place.bucket.head(manifestKey(place.root, manifest))) === undefined;
}
