import type { Destination } from '../core/destination.js';
import { valohaiAnnouncements } from '../manifest/valohai.js';
import type { Plan } from './plan.js';
import type { Ports } from './ports.js';

/** Where the plan's version goes. */
export async function connectDestination({ out }: Pick<Plan, 'out'>, ports: Ports): Promise<Destination> {
  const connect = await ports.destinationOf(out).loadConnect();
  return connect(out, valohaiAnnouncements);
}
