import type { Exactness, LogicalType } from '../../../core/types.js';
import type { Wire } from '../decode/wires.js';

/** How a column stands in the select list: as it is, or as the text of its value. */
export type Reading = 'asIs' | 'asText';

export interface TypeRule {
  readonly type: LogicalType;
  readonly wire: Wire;
  readonly exactness: Exactness;
  readonly reading?: Reading;
  readonly note?: string;
  /** The form of a `--cast` by which numbers that are kept as text become numbers. */
  readonly castTo?: string;
}
