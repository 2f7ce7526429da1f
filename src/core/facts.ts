import { addClassCounts, type ClassCounts } from './arrow/class-counts.js';
import { addHashSums, type HashSum, noHashes } from './digest/sums.js';
import { addRuleCounts, type RuleCounts } from './rule-counts.js';

/** A smallest or largest value in a form that compares: a number, an unscaled or 64-bit integer, or bytes. */
export type Bound = number | bigint | Uint8Array;

export interface Bounds {
  readonly min: Bound;
  readonly max: Bound;
}

/** What is counted of one column's values. */
export interface ColumnFacts {
  readonly nulls: number;
  /** Values that the column cannot hold, written as NULL. */
  readonly nulled: number;
  /** Infinities written as the extreme value. */
  readonly extreme: number;
  /**
   * Between which all values lie, but NaN. Texts are cut to at most 64 bytes: not above the smallest, not below the largest.
   * Absent: there is no value to compare, or none that may be told. `unknown`: no short text is above the largest.
   */
  readonly bounds?: Bounds | 'unknown';
}

/**
 * What is counted or proven of rows: plain data, given per row group. Because {@link addFacts} is associative, the facts of a
 * shard, a range, a table or a version are the sum of those of its row groups, in whatever order they were read.
 */
export interface Facts {
  readonly rows: number;
  /** In the order of the schema. */
  readonly columns: readonly ColumnFacts[];
  /** What the logical digest is made of; absent where it is not computed. */
  readonly sums?: RowSums;
  /** How many rows are of which class; absent where no column says so. */
  readonly classes?: ClassCounts;
  /** Rule by rule, how many rows are not what they are expected to be; absent where nothing is expected, or there are no rows. */
  readonly rules?: readonly RuleCounts[];
}

/** The sums of the hashes of rows, and of each column's values, in the order of the schema. docs/digest.md, "Sums". */
export interface RowSums {
  readonly rows: HashSum;
  readonly columns: readonly HashSum[];
}

/** The facts of no rows. */
export function noFacts(columns: number): Facts {
  const each = <T>(fact: T): T[] => Array.from({ length: columns }, () => fact);
  return {
    rows: 0,
    columns: each({ nulls: 0, nulled: 0, extreme: 0 }),
    sums: { rows: noHashes, columns: each(noHashes) },
  };
}

/** The facts of all rows together. */
export function sumFacts(columns: number, parts: readonly Facts[]): Facts {
  return parts.reduce(addFacts, noFacts(columns));
}

/** The facts of the rows of both. */
export function addFacts(a: Facts, b: Facts): Facts {
  return {
    rows: a.rows + b.rows,
    columns: a.columns.map((column, index) => addColumn(column, b.columns[index]!)),
    ...(a.sums && b.sums && { sums: addSums(a.sums, b.sums) }),
    ...((a.classes ?? b.classes) && { classes: addClassCounts(a.classes ?? {}, b.classes ?? {}) }),
    ...addRules(a.rules, b.rules),
  };
}

function addSums(a: RowSums, b: RowSums): RowSums {
  return {
    rows: addHashSums(a.rows, b.rows),
    columns: a.columns.map((sum, index) => addHashSums(sum, b.columns[index]!)),
  };
}

function addRules(a: Facts['rules'], b: Facts['rules']): Pick<Facts, 'rules'> {
  const rules = a === undefined || b === undefined ? (a ?? b) : addRuleCounts(a, b);
  return rules === undefined ? {} : { rules };
}

function addColumn(a: ColumnFacts, b: ColumnFacts): ColumnFacts {
  const bounds = addBounds(a.bounds, b.bounds);
  return {
    nulls: a.nulls + b.nulls,
    nulled: a.nulled + b.nulled,
    extreme: a.extreme + b.extreme,
    ...(bounds !== undefined && { bounds }),
  };
}

function addBounds(a: ColumnFacts['bounds'], b: ColumnFacts['bounds']): ColumnFacts['bounds'] {
  if (a === undefined || b === undefined) return a ?? b;
  if (a === 'unknown' || b === 'unknown') return 'unknown';
  return {
    min: compareBounds(a.min, b.min) <= 0 ? a.min : b.min,
    max: compareBounds(a.max, b.max) >= 0 ? a.max : b.max,
  };
}

/** Negative where `a` comes before `b`. Both are of one column: of the same form. Bytes compare unsigned, from the left. */
/** Negative where `a` comes before `b`, 0 where they are equal. */
export function compareBounds(a: Bound, b: Bound): number {
  if (a instanceof Uint8Array || b instanceof Uint8Array) return Buffer.compare(a as Uint8Array, b as Uint8Array);
  return a < b ? -1 : Number(a > b);
}
