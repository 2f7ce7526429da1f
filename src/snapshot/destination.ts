import type { Destination } from '../core/destination.js';
import { destinationOf } from '../destination/registry.js';
import { valohaiAnnouncements } from '../manifest/valohai.js';
import type { Plan } from './plan.js';

/** Where the plan's version goes. */
export async function connectDestination({ out }: Pick<Plan, 'out'>): Promise<Destination> {
  const { connect } = await destinationOf(out).load();
  return connect(out, valohaiAnnouncements);
}
