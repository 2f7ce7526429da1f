/** Two versions beside each other. `from` is the first one, `to` the second. */
export interface VersionDiff {
  /** Both have the same tables, columns and rows; in which order and which files does not matter. */
  readonly same: boolean;
  readonly from: ComparedVersion;
  readonly to: ComparedVersion;
  /** Columns of tables of both that have another type, or that one of them does not have; and tables that one does not have. */
  readonly schema: readonly SchemaChange[];
  /** Of all tables. */
  readonly rows: RowChanges;
  readonly tables: readonly TableDiff[];
  readonly files: SharedFiles;
  /** Whether files were read, or manifests told it all. */
  readonly read: boolean;
  readonly seconds: number;
}

export interface ComparedVersion {
  readonly version: string;
  readonly id: string;
  /** Where its manifest is. */
  readonly location: string;
  /** Of it and of all that it inherits, without those that were replaced. */
  readonly rows: number;
}

export interface SchemaChange {
  readonly table: string;
  /** Absent: it is the whole table that one of both does not have. */
  readonly column?: string;
  /** Arrow types. Absent: there is no such column, or table, on that side. */
  readonly from?: string;
  readonly to?: string;
}

/** How many rows. A changed one has the key of one of the other side; without a key there are none, and it is removed and added. */
export interface RowChanges {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly same: number;
}

/** A table that both have. */
export interface TableDiff {
  readonly name: string;
  readonly same: boolean;
  /** Columns that told its rows apart; empty: none did, and every row is its own. */
  readonly key: readonly string[];
  /** Columns that rows were compared by: those that both have, with values of the same kind. */
  readonly compared: readonly string[];
  readonly rows: RowChanges & { readonly from: number; readonly to: number };
  /** Of columns that both have; empty: the table is the same. */
  readonly columns: readonly ColumnDiff[];
  /** Columns that are masked in other ways on both sides: that their values are not the same tells nothing. */
  readonly untold: readonly UntoldColumn[];
  /** A few rows that differ. */
  readonly samples: RowSamples;
}

/** A column of which nobody can tell whether its values are the same. */
export interface UntoldColumn {
  readonly column: string;
  readonly reason: string;
}

/** What is told of a column on both sides. */
export interface ColumnDiff {
  readonly name: string;
  /** As the first version has it. */
  readonly type: string;
  /** Changed rows that have another value in it; undefined: there is no key. */
  readonly changed: number | undefined;
  readonly nulls: Both<number>;
  /** Smallest and largest values as text; of texts bounds of at most 64 bytes, beyond which none is. Undefined: there are none, or none that may be told. */
  readonly min: Both<string | undefined>;
  readonly max: Both<string | undefined>;
  /** About how many distinct values, without NULL. */
  readonly distinct: Both<number>;
  /** Population stability index: under 0.1 by custom no change, over 0.25 a large one. Undefined: it would mean nothing. */
  readonly psi: number | undefined;
}

export interface Both<T> {
  readonly from: T;
  readonly to: T;
}

/** A row's values as text, by column; null: NULL. Of redacted columns nothing is told. */
export type SampledRow = Readonly<Record<string, string | null>>;

export interface RowSamples {
  readonly added: readonly SampledRow[];
  readonly removed: readonly SampledRow[];
  readonly changed: readonly ChangedRow[];
}

export interface ChangedRow extends Both<SampledRow> {
  /** Columns that have another value in it, redacted ones too. */
  readonly columns: readonly string[];
}

/** Which files both have, by their sha-256. */
export interface SharedFiles {
  readonly shared: number;
  readonly sharedBytes: number;
  readonly from: number;
  readonly to: number;
}
