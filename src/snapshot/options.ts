/** Options of a run: defined once in `options/table.ts`, read from every place they may come from, resolved to a plan. */
export { type OptionContext, type OptionInput, type OptionSet, readOptions } from './options/read.js';
export { resolvePlan } from './options/resolve.js';
export { configSchema } from './options/schema.js';
export { type OptionKey, type OptionValues, type SnapshotOptions } from './options/table.js';
