import type { Field } from 'apache-arrow';
import { longestBound } from './arrow/byte-bounds.js';
import { boundText } from './arrow/value-text.js';
import type { ColumnFacts } from './facts.js';
import { shownValue } from './shown-value.js';
import type { Column } from './types.js';

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

/** Whether values of a column lie in an order that people would expect: what is kept as text although it is none has that of its digits. */
export const isInOrder = ({ type, exactness }: Pick<Column, 'type' | 'exactness'>): boolean =>
  type.kind !== 'text' || exactness === 'exact';

/** Shortened bounds of texts have so many bytes, but for a character that would not have ended there. */
const leastOfCut = longestBound - 3;

/**
 * A bound for people. Where it may be shortened, it is no value itself: all are beyond it, on the side that `beyond` tells.
 * @param type as the ledger has it
 */
export function shownBound(bound: string, type: string, beyond: '≥' | '≤'): string {
  const isCut = (type === 'utf8' || type === 'binary') && Buffer.byteLength(bound) >= leastOfCut;
  return isCut ? `${beyond} ${shownValue(bound)}` : shownValue(bound);
}

/** What the facts of a column say, as text. */
export function columnStatistics({ nulls, bounds }: ColumnFacts, field: Field): ColumnStatistics {
  if (bounds === undefined || bounds === 'unknown') return { nulls };
  return { nulls, min: boundText(bounds.min, field), max: boundText(bounds.max, field) };
}
