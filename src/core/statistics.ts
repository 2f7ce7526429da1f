import type { Field } from 'apache-arrow';
import { boundText } from './arrow/value-text.js';
import type { ColumnFacts } from './facts.js';

/** A column's statistics over a shard or a version, as JSON that stands in the manifest. */
export interface ColumnStatistics {
  readonly nulls: number;
  /**
   * Smallest and largest value in the type's text form (integers and decimals exact, dates and times ISO 8601, floats
   * shortest round-trip, booleans `true`/`false`). Texts are bounds of at most 64 bytes. Absent where all is NULL, where
   * the column is redacted, or where the type has no useful order.
   */
  readonly min?: string;
  readonly max?: string;
}

/** What the facts of a column say, as text. */
export function columnStatistics({ nulls, bounds }: ColumnFacts, field: Field): ColumnStatistics {
  if (bounds === undefined || bounds === 'unknown') return { nulls };
  return { nulls, min: boundText(bounds.min, field), max: boundText(bounds.max, field) };
}
