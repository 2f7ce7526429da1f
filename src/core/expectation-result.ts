import type { Example } from './rule-counts.js';

/** What became of one rule about one table's rows. Stands in the manifest's `run` part. */
export interface ExpectationResult {
  readonly table: string;
  /** The rule as it is written: `plan in free, pro`. */
  readonly rule: string;
  /** What a broken rule does: end the run, or a warning. */
  readonly severity: 'fail' | 'warn';
  /** `unchecked`: it was not looked at, since not all rows were read. */
  readonly outcome: 'held' | 'broken' | 'unchecked';
  /** The figure, for people: `3 of 6,000,000 rows have another value`. */
  readonly found: string;
  /** How many rows break it; absent where it is not about single rows. */
  readonly rows?: number;
  /** A few of those rows; absent: there are none to tell. */
  readonly examples?: readonly Example[];
}
