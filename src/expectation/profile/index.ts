/* What a table's rows are like, as far as a sample tells, and what could be expected of them. */
export { TableProfiler } from './column-profile.js';
export { type ProfiledTable, type Proposal, propose, type ProposedRules } from './propose.js';
