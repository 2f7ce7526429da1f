import type { OptionKey, OptionValues } from './table.js';

/** Options that make other files of rows than those that another engine has written. */
const rewriting = [
  'limit',
  'format',
  'compression',
  'csv-separator',
  'csv-null',
  'shard-size',
  'single-file',
  'mask',
  'sample',
  'split',
  'split-key',
  'split-salt',
  'split-exact',
  'split-strata',
  'split-time',
  'split-by',
  'split-null',
  'split-datasets',
] as const satisfies readonly OptionKey[];

/** Whether files of another engine are written anew; otherwise they stay as they are, in folders where they lie in those that are asked for. */
export const rewrites = (values: OptionValues): boolean =>
  rewriting.some((key) => values[key] !== undefined && values[key] !== false) || values.parent !== undefined;
