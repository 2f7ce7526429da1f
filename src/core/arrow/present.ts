import type { Data } from 'apache-arrow';

/** The values of a column that are not NULL: of `data`, all or those at the first `count` positions of `at`. */
export interface Present {
  readonly data: Data;
  readonly at: Int32Array | undefined;
  /** Not 0. */
  readonly count: number;
}
