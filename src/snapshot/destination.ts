import { relative } from 'node:path';
import type { Destination } from '../core/destination.js';
import { TidemarkError } from '../core/errors.js';
import { valohaiAnnouncements } from '../manifest/valohai.js';
import type { Ports } from './ports.js';
import type { PlannedPublication } from './publish-in-draft.js';

/** Where versions go. @throws request.invalid where its scratch data would lie in it */
export async function connectDestination(
  { out, scratch, versions }: Pick<PlannedPublication, 'out' | 'scratch' | 'versions'>,
  ports: Pick<Ports, 'destinationOf'>,
): Promise<Destination> {
  const connect = await ports.destinationOf(out).loadConnect();
  const destination = connect(out, valohaiAnnouncements);
  for (const version of versions) assertApart(scratch, destination.locationOf(version));
  return destination;
}

function assertApart(scratch: string | undefined, version: string): void {
  if (scratch === undefined || /^\.\.(\/|\\|$)/.test(relative(version, scratch))) return;
  throw new TidemarkError('request.invalid', `--scratch: "${scratch}" lies in the folder of the version, ${version}`, {
    hint: 'A version is made all at once, so nothing may be there before. Give a folder elsewhere, or leave --scratch out.',
  });
}
