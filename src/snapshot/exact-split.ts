import { TidemarkError } from '../core/errors.js';
import type { Scratch } from '../core/scratch.js';
import type { OpenSource, TablePlan } from '../core/source.js';
import { formatCount } from '../core/units.js';
import type { CoordinatorOptions } from '../lane/coordinator.js';
import type { LaneStart } from '../lane/messages.js';
import { spoolRanges } from '../lane/targets.js';
import { countEntities, type EntityCounts, markRecords } from '../partition/entities/index.js';
import { exactBounds, stratumOfKey } from '../partition/exact/index.js';
import type { Route } from '../partition/router.js';
import type { HashSplit } from '../partition/split.js';
import { spooledRecords } from './entity-records.js';
import { counting, lookingAt } from './first-pass.js';
import type { Plan, TableWork } from './plan.js';

/** What is known of entities before their rows are read. */
export interface Survey {
  /** With the bounds of every stratum. */
  readonly plan: Plan;
  /** What readers saw, for the source to confirm. */
  readonly evidence: readonly unknown[];
  /** Undefined: they were not counted. */
  readonly entities: EntityCounts | undefined;
}

export interface SurveyTools {
  readonly source: OpenSource;
  readonly start: Omit<LaneStart, 'encoders'>;
  readonly options: CoordinatorOptions;
  readonly scratch: Scratch;
}

type ExactSplit = HashSplit & Required<Pick<HashSplit, 'exact'>>;

/** The split of a plan, where its ratios are exact. */
export function exactSplitOf({ split }: Pick<Plan, 'split'>): ExactSplit | undefined {
  return split?.by === 'hash' && split.exact !== undefined ? (split as ExactSplit) : undefined;
}

/**
 * Where ratios are exact: reads keys and strata alone, and ranks the entities of every stratum, so that it is known where
 * ratios cut. Otherwise reads nothing.
 * @throws data.strata for an entity of several strata, and for too many strata
 */
export async function surveyEntities(plan: Plan, tools: SurveyTools): Promise<Survey> {
  const split = exactSplitOf(plan);
  if (split === undefined) return { plan, evidence: [], entities: undefined };
  const { source, start, options, scratch } = tools;
  const tables = source.tables.map((table, index) =>
    source.narrowed(table, decidingColumns(table, plan.tables[index]!)),
  );
  const routes = plan.tables.map(({ sample, split: own }): Route => ({ sample, split: own, entities: 'by-stratum' }));
  const { ranges, entities } = await spoolRanges(
    { ...lookingAt(tables, start), routes },
    { ...options, listener: counting(options.listener) },
  );
  const strata = [...new Set(entities.map(({ key }) => key))].sort();
  const numbers = new Map(strata.map((key, index) => [key, index + 1]));
  const all = spooledRecords(entities, scratch, (records, { key }) => markRecords(records, numbers.get(key)!));
  const counts = countEntities(strata.length, all, scratch);
  assertInOneStratum(split, counts);
  const surveyed = strata.map((key, index) => ({ values: stratumOfKey(key), entities: counts.parts[index]! }));
  const bounds = exactBounds(split.parts, { ...all, strata: surveyed }, scratch);
  for (const { spool } of ranges) scratch.remove(spool!.name);
  return { plan: withBounds(plan, bounds), evidence: ranges.flatMap(({ evidence }) => evidence), entities: counts };
}

/** Which of a table's columns decide, by their numbers. */
function decidingColumns({ columns }: TablePlan, { sample, split }: TableWork): readonly number[] {
  const strata = split?.by === 'hash' ? split.exact!.strata : [];
  const names = new Set([...(split?.key ?? []), ...(sample?.key ?? []), ...strata]);
  return [...columns.keys()].filter((index) => names.has(columns[index]!.name));
}

function assertInOneStratum({ key, exact }: ExactSplit, { total, inSeveral }: EntityCounts): void {
  if (inSeveral === 0) return;
  const [many, all] = [formatCount(inSeveral), formatCount(total)];
  throw new TidemarkError(
    'data.strata',
    `split-strata: ${many} of ${all} entities by ${key.join(', ')} have rows in several strata of ${exact.strata.join(', ')}`,
    {
      hint: 'Choose a column that is the same in all rows of an entity, or make one in a query: max(label) OVER (PARTITION BY customer_id).',
    },
  );
}

function withBounds(plan: Plan, bounds: ExactSplit['exact']['bounds']): Plan {
  const bounded = <Of extends Plan['split']>(split: Of): Of =>
    split?.by === 'hash' && split.exact ? { ...split, exact: { ...split.exact, bounds } } : split;
  return {
    ...plan,
    split: bounded(plan.split),
    tables: plan.tables.map((work) => ({ ...work, split: bounded(work.split) })),
  };
}

/** The rows that were read must be those whose keys were read. @throws source.changed */
export function assertAsSurveyed(
  { exact }: ExactSplit,
  surveyed: EntityCounts,
  { fingerprint, parts, inSeveral }: EntityCounts,
): void {
  const planned = parts.map((_, part) => exact.bounds.reduce((sum, { entities }) => sum + (entities[part] ?? 0), 0));
  const same = fingerprint === surveyed.fingerprint && planned.every((count, part) => count === parts[part]);
  if (same && inSeveral === 0) return;
  throw new TidemarkError(
    'source.changed',
    `${exact.strata.length > 0 ? 'split-strata' : 'split-exact'}: the rows are not of the entities that were counted before they were read`,
    {
      hint: 'A query is read twice for exact shares, and this one gives other rows each time (LIMIT without ORDER BY, random()): make a table of it, or split without exact shares.',
    },
  );
}
