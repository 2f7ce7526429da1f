import { relative } from 'node:path';
import type { Destination } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import { valohaiAnnouncements } from '../manifest/valohai.js';
import { type Plan, plannedVersions } from './plan.js';
import type { Ports } from './ports.js';

/** Where the plan's version goes. @throws request.invalid where its scratch data would lie in it */
export async function connectDestination(plan: Plan, ports: Ports): Promise<Destination> {
  const connect = await ports.destinationOf(plan.out).loadConnect();
  const destination = connect(plan.out, valohaiAnnouncements);
  for (const version of plannedVersions(plan)) assertApart(plan.scratch, destination.locationOf(version));
  return destination;
}

function assertApart(scratch: string | undefined, version: string): void {
  if (scratch === undefined || /^\.\.(\/|\\|$)/.test(relative(version, scratch))) return;
  throw new TidemarkError('request.invalid', `--scratch: "${scratch}" lies in the folder of the version, ${version}`, {
    hint: 'A version is made all at once, so nothing may be there before. Give a folder elsewhere, or leave --scratch out.',
  });
}
