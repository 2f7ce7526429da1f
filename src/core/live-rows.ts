import type { HashSum } from './digest/sums.js';

/** What counts of a table's rows over a chain of versions, where it is known which rows were deleted. docs/incremental.md. */
export interface LiveRows {
  /** How many there are. */
  readonly rows: number;
  /** Sum of their hashes. */
  readonly sum: HashSum;
  /** Sum of the hashes of their keys. */
  readonly keys: HashSum;
  /** Rows of this version whose keys were not there. */
  readonly inserted: number;
  /** Rows of this version whose keys were there. */
  readonly replaced: number;
  /** Keys that were there and are not any more. */
  readonly gone: number;
}
