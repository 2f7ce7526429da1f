/** Options of a run: defined once in `options/table.ts`, read from every place they may come from, resolved to a plan. */
export { type AdoptOptions, adoptKeys, resolveAdoptPlan } from './options/adopting.js';
export { compactKeys, type CompactOptions, resolveCompactPlan } from './options/compacting.js';
export { type AgainOptions, againKeys, resolveAgainPlan } from './options/again.js';
export { diffKeys, type DiffOptions, resolveDiff } from './options/comparing.js';
export { type KeyValues, resolveFind } from './options/finding.js';
export { undecodable } from './options/encoding.js';
export { count } from './options/kinds.js';
export { memberNumbers, members } from './options/members.js';
export { nearest, problemsError } from './options/problems.js';
export { type OptionContext, type OptionInput, type OptionSet, readOptions } from './options/read.js';
export { replayKeys, resolveReplayPlan } from './options/replaying.js';
export { resolvePlan } from './options/resolve.js';
export { configSchema } from './options/schema.js';
export { definitionOf, type OptionKey, optionKeys, type OptionValues, type SnapshotOptions } from './options/table.js';
