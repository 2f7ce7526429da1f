import { createHash } from 'node:crypto';
import type { RecoveryReport } from '../core/destination.js';
import { canonicalJson } from '../manifest/canonical.js';
import type { Plan } from './plan.js';
import type { RunEvents } from './run-events.js';

/** A hash of what is read, so that a run goes on with none but its own kind. */
export function requestHash({ sourceKind, source, from }: Pick<Plan, 'sourceKind' | 'source' | 'from'>): string {
  const tables = source.tables.map(({ name, table = '', query = '' }) => [name, table, query]);
  return createHash('sha256')
    .update(canonicalJson([sourceKind, from ?? '', tables]))
    .digest('hex');
}

/** With the moment of the last run of the same kind that was killed, where that is asked for. */
export function resumedPlan(plan: Plan, reports: readonly RecoveryReport[], events: RunEvents): Plan {
  if (!plan.resumes) return plan;
  const request = requestHash(plan);
  const moments = reports.flatMap(({ note }) => (note?.request === request ? [BigInt(note.moment)] : []));
  if (moments.length === 0) {
    events.warn('resume: no run of the same request was killed here: this one reads its own moment');
    return plan;
  }
  const asOf = moments.reduce((latest, one) => (one > latest ? one : latest));
  return { ...plan, source: { ...plan.source, asOf } };
}
