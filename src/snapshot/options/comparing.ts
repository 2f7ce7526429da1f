import { invalidRequest } from '../../core/errors.js';
import { type Cores, machineCores } from '../../machine/cores.js';
import { count, names } from './kinds.js';
import { resolveScratch } from './folders.js';
import { problemsError, shown } from './problems.js';
import type { OptionContext, OptionSet } from './read.js';
import type { OptionKey, SnapshotOptions } from './table.js';

/** What a comparison of versions may take. */
export const diffKeys = ['lanes', 'memory', 'scratch'] as const satisfies readonly OptionKey[];

/** The options of `diff` in the library. */
export interface DiffOptions extends Pick<SnapshotOptions, (typeof diffKeys)[number]> {
  /** Columns that tell a row, in tables that have them; a text is names separated by commas. Those that replace rows by, where both versions have such, unless given. */
  readonly key?: string | readonly string[];
  /** How many rows of each sort are shown; none unless given. */
  readonly rows?: number | string;
}

/** A comparison, decided. */
export interface ResolvedDiff {
  readonly key: readonly string[] | undefined;
  readonly rows: number;
  readonly lanes: number | 'auto';
  readonly cores: Cores;
  readonly memory: number | undefined;
  readonly scratch: string | undefined;
}

/** So many rows can be shown at most: they are held in memory. */
const mostRows = 10_000;

/** @throws request.invalid */
export function resolveDiff(
  { key, rows = 0 }: Pick<DiffOptions, 'key' | 'rows'>,
  set: OptionSet,
  context: OptionContext,
): ResolvedDiff {
  if (set.problems.length > 0) throw problemsError(set.problems);
  const columns = key === undefined ? undefined : names.safeParse(key);
  if (columns?.success === false || columns?.data.length === 0)
    throw invalidRequest(
      `key: ${shown(key)} is not allowed (allowed: names of columns, separated by commas)`,
      'For example: --key customer_id.',
    );
  const most = count(0, mostRows).safeParse(rows);
  if (!most.success)
    throw invalidRequest(
      `rows: ${shown(rows)} is not allowed (allowed: a whole number from 0 to 10,000)`,
      'More rows are found by a program that reads both versions.',
    );
  return {
    key: columns?.data,
    rows: most.data,
    lanes: set.values.lanes ?? 'auto',
    cores: machineCores(context.env),
    memory: set.values.memory,
    scratch: resolveScratch(set, context),
  };
}
