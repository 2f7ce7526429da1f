/** A split's name, and below which position (in 10^-9) the entities are that belong to it, and to none before it. */
export interface HashPart {
  readonly name: string;
  readonly below: number;
}

/** Rows without a key: an error, or in the split of that name. */
export type NullKeys = { readonly to: string } | 'fail';

/** By a salted hash of a key: one entity is in one split, whatever else there is. docs/splits.md. */
export interface HashSplit {
  readonly by: 'hash';
  /** Names of columns; none: every row is an entity of its own. */
  readonly key: readonly string[];
  readonly salt: string;
  readonly parts: readonly HashPart[];
  readonly nullKeys: NullKeys;
  /** Ratios that are exact; absent: they come out as hashes fall. */
  readonly exact?: ExactRatios;
}

/** Ratios that hold to one entity inside each stratum: entities are ranked by their hashes, and cut where ratios say. */
export interface ExactRatios {
  /** Columns by whose values entities are in strata; none: all are in one. */
  readonly strata: readonly string[];
  /** By stratum, once entities are counted. */
  readonly bounds: readonly StratumBounds[];
}

export interface StratumBounds {
  /** Of the columns; null: NULL. */
  readonly values: readonly (string | null)[];
  /** By part, how many there are. */
  readonly entities: readonly number[];
  /** By part but the last: those are in it, or in one before it, the first words of whose hashes are below; in hexadecimal digits, 2^64 at most. */
  readonly below: readonly string[];
}

/** By when something was: a split ends before its cut, the last one never. */
export interface TimeSplit {
  readonly by: 'time';
  /** What an entity is, where it is counted whether one is in several parts; names of columns. */
  readonly key: readonly string[];
  readonly column: string;
  /** Days as `YYYY-MM-DD`, or moments in ISO 8601, ascending; one less than names. */
  readonly cuts: readonly string[];
  readonly names: readonly string[];
  readonly nullKeys: NullKeys;
}

/** As a column says. */
export interface ColumnSplit {
  readonly by: 'column';
  /** What an entity is, where it is counted whether one is in several parts; names of columns. */
  readonly key: readonly string[];
  readonly column: string;
  /** Split by value. */
  readonly names: Readonly<Record<string, string>>;
  readonly nullKeys: NullKeys;
}

/** Which split a row belongs to: plain data. */
export type Split = HashSplit | TimeSplit | ColumnSplit;

/** How fine ratios are: so many positions are there. */
export const positionsInAll = 1_000_000_000;

/** The names of a split's parts, in their order, each once. */
export function splitNames(split: Split): readonly string[] {
  const names =
    split.by === 'hash'
      ? split.parts.map(({ name }) => name)
      : split.by === 'time'
        ? split.names
        : Object.values(split.names);
  return [...new Set(split.nullKeys === 'fail' ? names : [...names, split.nullKeys.to])];
}

/** The columns that decide. */
export function splitColumns(split: Split): readonly string[] {
  return split.by === 'hash' ? split.key : [split.column];
}

/** The parts that a table's rows are in; of one without a split there is one, which has no name. */
export function partsOf(split: Split | undefined): readonly (string | undefined)[] {
  return split === undefined ? [undefined] : splitNames(split);
}
