import { randomUUID } from 'node:crypto';
import type { RecoveryReport, VersionPlace } from '../../core/destination.js';
import { TidemarkError } from '../../core/errors.js';
import { versionUri } from '../../core/version-uri.js';
import type { Machine } from '../../machine/machine.js';
import { type Claim, encodeClaim, type FoundClaim, isLiving, readClaim, workOf } from './claim-file.js';
import { HeldClaim } from './held-claim.js';
import { claimsPrefix, targetIn } from './layout.js';
import { firstClaimOf, type Place, removeForgotten, removeTraces, settle } from './traces.js';

/** What a version's claim came to. */
export type Cleared =
  | { readonly kind: 'free' }
  /** Another run is making the version. */
  | { readonly kind: 'held'; readonly claim: FoundClaim['claim']; readonly age: number }
  /** The claim was a dead run's, which is no more. */
  | { readonly kind: 'removed' | 'completed'; readonly claim: Claim }
  | { readonly kind: 'foreign' };

/** Cleans up after the dead runs of a dataset. */
export async function recover(
  place: Place,
  machine: Machine,
  dataset: string,
  signal: AbortSignal | undefined,
): Promise<RecoveryReport[]> {
  const prefix = claimsPrefix(place.root, dataset);
  const reports: RecoveryReport[] = [];
  const versions: string[] = [];
  for await (const { key, folder } of place.bucket.list(prefix)) if (!folder) versions.push(key.slice(prefix.length));
  for (const version of versions) {
    signal?.throwIfAborted();
    const report = await orFailed(versionUri({ dataset, version }), () =>
      recoverVersion(place, machine, { dataset, version }),
    );
    if (report !== undefined) reports.push(report);
  }
  const failed = await orFailed(`dataset://${dataset}`, () => removeForgotten(place, dataset));
  if (failed !== undefined) reports.push(failed);
  return reports;
}

/** A run goes on where what others left cannot be cleared away. */
async function orFailed<Report>(where: string, work: () => Promise<Report>): Promise<Report | RecoveryReport> {
  try {
    return await work();
  } catch (thrown) {
    const { message } = TidemarkError.from(thrown);
    return { kind: 'failed', run: '?', message: `Cleaning up at ${where} failed: ${message}.` };
  }
}

async function recoverVersion(
  place: Place,
  machine: Machine,
  version: VersionPlace,
): Promise<RecoveryReport | undefined> {
  const cleared = await clear(place, machine, version);
  const { location, claim } = targetIn(place.root, version);
  if (cleared.kind === 'free') return undefined;
  if (cleared.kind === 'foreign')
    return { kind: 'failed', run: '?', message: `${claim} was not made by a run, and was left alone.` };
  const { run } = cleared.claim;
  const who = runText(cleared.claim);
  if (cleared.kind === 'held')
    return { kind: 'living', run, message: `${who} ${mayBe(cleared)} making ${versionUri(version)}; left alone.` };
  const message =
    cleared.kind === 'removed'
      ? `${who} was killed while it made ${versionUri(version)}; its uploads were removed from ${location}.`
      : `${who} was killed when ${versionUri(version)} was complete; what it left behind was removed.`;
  const note = cleared.kind === 'removed' ? (cleared.claim.after ?? cleared.claim).note : undefined;
  return { kind: cleared.kind, run, message, ...(note && { note }) };
}

export const runText = ({ run, startedAt, process: { host, pid } }: FoundClaim['claim']): string =>
  `Run ${run} (started ${startedAt}, process ${pid} on ${host})`;

const mayBe = ({ age }: { readonly age: number }): string => `gave a sign ${Math.round(age / 1000)} s ago and may be`;

/** Frees a version from the claim of a run that is dead; that of a living one is left alone. */
export async function clear(place: Place, machine: Machine, version: VersionPlace): Promise<Cleared> {
  const key = targetIn(place.root, version).claim;
  const found = await readClaim(place.bucket, key);
  if (found === undefined) return { kind: 'free' };
  if (found === 'foreign') return { kind: 'foreign' };
  const first = await firstClaimOf(place, found);
  if (first === undefined) {
    // The run has ended, and its first claim with it, which goes last: this one was forgotten.
    if (isLiving(found, machine)) return { kind: 'held', claim: found.claim, age: found.age };
    await place.bucket.remove(key, found.etag);
    return { kind: 'free' };
  }
  if (isLiving(first, machine)) return { kind: 'held', claim: found.claim, age: first.age };
  return (await takeOver(place, machine, first)) ?? { kind: 'held', claim: found.claim, age: first.age };
}

/** Takes the claim of a dead run, and cleans up after it. @returns undefined where another run was faster */
async function takeOver(place: Place, machine: Machine, found: FoundClaim<Claim>): Promise<Cleared | undefined> {
  const { bucket, root } = place;
  const work = workOf(found);
  const claim: Claim = {
    format: 1,
    run: randomUUID(),
    startedAt: machine.clock.date().toISOString(),
    process: machine.processes.own(),
    versions: work.versions,
    beat: 0,
    after: work,
  };
  const key = targetIn(root, work.versions[0]!).claim;
  const etag = await bucket.put(key, encodeClaim(claim), { etag: found.etag });
  if (etag === undefined) return undefined;
  const held = new HeldClaim(bucket, key, { claim, etag }, machine.clock);
  try {
    const published = await settle(place, work);
    await removeTraces(place, work, { published, held: true });
    await held.release();
    return { kind: published ? 'completed' : 'removed', claim: found.claim };
  } finally {
    held.stopNow();
  }
}
