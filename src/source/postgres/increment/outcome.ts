import type { Horizon, IncrementEvidence } from '../../../core/horizon.js';
import type { WantedRows } from '../plan/wanted-rows.js';

/** How a run goes on from an earlier one, and what it tells the next. */
export interface Continuation {
  /** What the next run must know, but for what rows tell; undefined: it cannot be told. */
  readonly horizon: Horizon | undefined;
  /** By table of the request. */
  readonly rows: readonly WantedRows[];
  /** Undefined: all rows are read. */
  readonly evidence: IncrementEvidence | undefined;
  readonly isSame?: true | undefined;
  /** For people. */
  readonly warnings?: readonly string[];
}

/** Nothing of them is asked for a later run. */
export const allRows: WantedRows = { ids: undefined, rowTest: undefined };
