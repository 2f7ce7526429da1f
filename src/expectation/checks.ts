import type { Rule } from './rule.js';

/** Looks for the rows whose keys have these hashes, since it is known of hashes alone that they come twice. */
export interface FindRule {
  readonly kind: 'find';
  readonly columns: readonly string[];
  /** In hexadecimal digits. */
  readonly hashes: readonly string[];
}

/** What is looked at in a table's rows: plain data. */
export interface TableChecks<Of extends Rule | FindRule = Rule | FindRule> {
  readonly rules: readonly Of[];
  /** Columns that tell a row of an example; none: nothing does. */
  readonly key: readonly string[];
}

/** Whether keys of rows are kept, to be compared with those of all others. */
export function keepsKeys(checks: TableChecks | undefined): boolean {
  return checks?.rules.some(({ kind }) => kind === 'unique') === true;
}
