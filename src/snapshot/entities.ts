import { TidemarkError } from '../core/errors.js';
import type { Scratch } from '../core/scratch.js';
import { formatCount } from '../core/units.js';
import type { ManifestVersion } from '../manifest/shape.js';
import { countEntities, type EntityCounts } from '../partition/entities/index.js';
import { splitNames } from '../partition/split.js';
import { spooledRecords } from './entity-records.js';
import { assertAsSurveyed, exactSplitOf } from './exact-split.js';
import type { Plan } from './plan.js';
import type { WrittenShards } from './write-shards.js';

/**
 * Counts the entities of all tables in the parts of the split, each once; undefined where there is no key to tell them by.
 * @param surveyed what was counted before rows were read
 * @throws internal.bug where a split by their key has one in two parts; source.changed where others were counted before
 */
export function entitiesOf(
  plan: Pick<Plan, 'split' | 'tables'>,
  pieces: WrittenShards['entities'],
  scratch: Scratch,
  surveyed: EntityCounts | undefined,
): ManifestVersion['entities'] {
  const { split, tables } = plan;
  if (split === undefined || tables.some((work) => work.split!.key.length === 0)) return undefined;
  const names = splitNames(split);
  const counts = countEntities(names.length, spooledRecords(pieces, scratch), scratch);
  const { total, parts, inSeveral } = counts;
  const exact = exactSplitOf(plan);
  if (exact && surveyed) assertAsSurveyed(exact, surveyed, counts);
  if (split.by === 'hash' && inSeveral > 0) {
    throw new TidemarkError('internal.bug', `${formatCount(inSeveral)} entities are in several parts of the split`, {
      hint: 'This is a defect of Tidemark: nothing was published. Please report it with the command that you ran.',
    });
  }
  return { total, parts: Object.fromEntries(names.map((name, index) => [name, parts[index]!])), inSeveral };
}

/** A model is judged by customers that it has seen. */
export function entityWarning(
  { split }: Pick<Plan, 'split'>,
  entities: ManifestVersion['entities'],
): readonly string[] {
  if (entities === undefined || entities.inSeveral === 0) return [];
  const share = ((100 * entities.inSeveral) / entities.total).toFixed(1);
  return [
    `${formatCount(entities.inSeveral)} of ${formatCount(entities.total)} entities (${share} %) by ${split!.key.join(', ')} are in several parts of the split`,
  ];
}
