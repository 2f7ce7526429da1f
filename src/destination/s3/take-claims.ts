import type { VersionPlace } from '../../core/destination.js';
import { TidemarkError } from '../../core/errors.js';
import { versionUri } from '../../core/version-uri.js';
import type { Machine } from '../../machine/machine.js';
import { type Claim, encodeClaim, type SiblingClaim, staleAfter } from './claim-file.js';
import { giveUp } from './give-up.js';
import { HeldClaim } from './held-claim.js';
import { targetIn } from './layout.js';
import { type Cleared, clear, runText } from './recover.js';
import type { Place } from './traces.js';

/** Claims of the dead are removed, and others may be faster then; more often than this is odd. */
const mostAttempts = 10;

/**
 * Claims versions for a run, the first one's claim telling of all.
 * @throws request.version-exists where another run is making one of them; destination.io where the store knows no conditions
 */
export async function takeClaims(
  place: Place,
  machine: Machine,
  { run, shared }: { readonly run: string; readonly shared: boolean },
  versions: readonly VersionPlace[],
): Promise<HeldClaim> {
  const holder = {
    format: 1,
    startedAt: machine.clock.date().toISOString(),
    process: machine.processes.own(),
  } as const;
  const places = versions.map(({ dataset, version }) => ({ dataset, version }));
  const claim: Claim = { ...holder, run, versions: places, ...(shared && { shared }), beat: 0 };
  const key = targetIn(place.root, places[0]!).claim;
  const etag = await take(place, machine, places[0]!, claim);
  await probe(place, key, claim).catch(async (thrown: unknown) => {
    await place.bucket.remove(key).catch(() => undefined);
    throw thrown;
  });
  const held = new HeldClaim(place.bucket, key, { claim, etag }, machine.clock);
  try {
    for (const sibling of places.slice(1)) {
      await take(place, machine, sibling, { ...holder, run, of: places[0]! });
    }
    return held;
  } catch (thrown) {
    await giveUp(place, held);
    throw thrown;
  }
}

async function take(
  place: Place,
  machine: Machine,
  version: VersionPlace,
  claim: Claim | SiblingClaim,
): Promise<string> {
  const key = targetIn(place.root, version).claim;
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const etag = await place.bucket.put(key, encodeClaim(claim), 'absent');
    if (etag !== undefined) return etag;
    const cleared = await clear(place, machine, version);
    if (cleared.kind === 'held') throw beingMade(version, cleared);
    if (cleared.kind === 'foreign') break;
  }
  throw new TidemarkError(
    'destination.io',
    `cannot claim ${versionUri(version)}: s3://${place.bucket.name}/${key} is in its place`,
    {
      hint: 'Look at that object, and remove it if no run is making the version.',
    },
  );
}

/** A store that ignores conditions would let two runs make one version. */
async function probe({ bucket }: Place, key: string, claim: Claim): Promise<void> {
  const other = encodeClaim({ ...claim, beat: -1 });
  const refusesSecond = (await bucket.put(key, other, 'absent')) === undefined;
  const refusesOthers = refusesSecond && (await bucket.put(key, other, { etag: `"${'0'.repeat(32)}"` })) === undefined;
  if (refusesOthers) return;
  throw new TidemarkError(
    'destination.io',
    `the store of s3://${bucket.name} does not refuse a write with ${refusesSecond ? 'If-Match' : 'If-None-Match'} whose condition does not hold`,
    {
      hint: 'Without that two runs could make one version at the same time. Use a store that knows conditional writes: docs/destinations/s3.md lists some.',
    },
  );
}

function beingMade(version: VersionPlace, { claim, age }: Extract<Cleared, { kind: 'held' }>): TidemarkError {
  const wait = Math.max(1, Math.ceil((staleAfter - age) / 1000));
  return new TidemarkError(
    'request.version-exists',
    `version "${versionUri(version)}" is being made by another run: ${runText(claim)}`,
    {
      hint: `Let it end. If it was killed and was not on this machine, a run that begins in ${wait} s or later makes the version in its place.`,
    },
  );
}
