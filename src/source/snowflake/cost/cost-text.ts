import { formatBytes } from '../../../core/units.js';
import { creditsFor, creditsText, startSeconds, type Warehouse } from './warehouse.js';

/** What a statement takes, for people. @param scanned bytes, as the service says beforehand; undefined: it does not */
export function costText(warehouse: Warehouse | undefined, scanned: number | undefined): string {
  const bytes = scanned === undefined ? '' : `, ${formatBytes(scanned)} to scan`;
  if (warehouse === undefined) return `no warehouse is chosen${bytes}`;
  const { name, size, creditsPerHour } = warehouse;
  if (creditsPerHour === undefined) return `the warehouse ${name} (${size})${bytes}`;
  const hour = `${creditsPerHour} ${creditsPerHour === 1 ? 'credit' : 'credits'} an hour`;
  const start = startSeconds(warehouse);
  const least =
    start === 0
      ? 'it runs already'
      : `at least ${creditsText(creditsFor(start, creditsPerHour))} to start it, ${start} seconds`;
  return `the warehouse ${name} (${size}, ${hour}): ${least}${bytes}`;
}
