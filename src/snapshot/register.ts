import type { Destination } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import type { Registration } from '../registration/registration.js';
import { type Plan, plannedVersions } from './plan.js';
import type { Ports } from './ports.js';
import type { SnapshotResult } from './result.js';

interface Around {
  readonly ports: Pick<Ports, 'destinationOf' | 'machine'>;
  readonly signal: AbortSignal;
}

/**
 * Looks whether the versions can be registered, before anything is read: a night that is repeated must not make the same name twice.
 * @throws request.version-exists, request.invalid, destination.*
 */
export async function openRegistration(
  plan: Plan,
  destination: Destination,
  { ports, signal }: Around,
): Promise<Registration | undefined> {
  if (plan.register === undefined) return undefined;
  // Most runs register nothing, and need not load what does it.
  const { Registration } = await import('../registration/registration.js');
  const store = await ports.destinationOf(plan.out).loadStore();
  const bucket = new URL(store.urlOf(destination.locationOf(plan))!).hostname;
  const registration = await Registration.open(plan.register, bucket, { clock: ports.machine.clock, signal });
  for (const version of plannedVersions(plan)) await registration.assertAbsent(version);
  return registration;
}

/** Registers what a run has published. @throws destination.* that say where the version is, and how it is registered later */
export async function registerMade(
  registration: Registration,
  { status, versions }: SnapshotResult,
  ports: Pick<Ports, 'destinationOf'>,
): Promise<void> {
  if (status === 'unchanged') return;
  const { registerVersion } = await import('../version/register.js');
  for (const { location, version } of versions) {
    try {
      await registerVersion(location, () => Promise.resolve(registration), ports.destinationOf);
    } catch (thrown) {
      const { code, message, hint = '' } = TidemarkError.from(thrown);
      throw new TidemarkError(code, `${version} is made and not registered: ${message}`, {
        hint: `${hint} It lies in ${location}: tidemark register '${location}' registers it later, and nothing is read again.`.trim(),
        cause: thrown,
      });
    }
  }
}
