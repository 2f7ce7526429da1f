import { spawnSync } from 'node:child_process';
import type { VersionPlace } from '../../core/destination.js';
import { thisMachine } from '../../machine/machine.js';
import { packageFile } from '../../machine/package-file.js';
import { bucketAt } from './buckets.js';
import { readOwnClaim } from './claim-file.js';
import { HeldClaim } from './held-claim.js';
import { targetIn } from './layout.js';
import type { S3Location } from './location.js';
import { longestAtEnd } from './requests.js';
import { type Place, removeTraces, settle } from './traces.js';

/** For so long may a process that ends be held up, in milliseconds. */
const longestAtExit = 10_000;

/** A run, for a process that ends it in its place. */
export interface EndedRun {
  readonly root: S3Location;
  /** The first of its versions. */
  readonly version: VersionPlace;
  readonly run: string;
}

/** Ends a run that publishes nothing. What another run took over is that one's to clean up. */
export async function giveUp({ root, bucket }: Place, held: HeldClaim): Promise<void> {
  const place = { root, bucket: bucket.within(longestAtEnd) };
  await held.stop();
  const work = held.state;
  const isHeld = await held.note({}, place.bucket).then(
    () => true,
    () => false,
  );
  if (!isHeld && work.manifests !== undefined) return;
  const published = isHeld && (await settle(place, work));
  await removeTraces(place, work, { published, held: isHeld });
  await held.release(place.bucket);
}

/** The same of a process that cannot wait for requests any more: another one makes them, and this one waits for its end. */
export function giveUpAtExit(run: EndedRun): void {
  spawnSync(process.execPath, [packageFile('#give-up')], {
    input: JSON.stringify(run),
    stdio: ['pipe', 'ignore', 'ignore'],
    timeout: longestAtExit,
  });
}

/** Ends a run of another process, if the claim is still that run's. */
export async function giveUpOther({ root, version, run }: EndedRun): Promise<void> {
  const place = { root, bucket: bucketAt(root) };
  const key = targetIn(root, version).claim;
  const found = await readOwnClaim(place.bucket, key);
  if (found?.claim.run !== run) return;
  await giveUp(place, new HeldClaim(place.bucket, key, found, thisMachine.clock));
}
