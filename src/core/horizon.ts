/**
 * What a later run must know of a run's moment to tell which rows are new since. Plain data, kept in the manifest: the
 * dataset is all the state that there is. docs/incremental.md.
 */
export interface Horizon {
  /** Where the source says of every row which transaction wrote it. */
  readonly transactions?: TransactionHorizon;
  /** By table, where columns say in which order rows come. */
  readonly cursors?: readonly CursorHorizon[];
  /** Where the source may tell what was changed between two moments. */
  readonly history?: HistoryHorizon;
}

/** A moment of tables whose changes the source may tell. */
export interface HistoryHorizon {
  /** Microseconds since 1970. */
  readonly moment: string;
  readonly tables: readonly {
    /** The table's name in the version. */
    readonly name: string;
    /** As the source names it. */
    readonly table: string;
    /** When it was made, as the source says it: a table that is made again is another one. */
    readonly created: string;
  }[];
}

/** How far a table was read, by columns that grow. */
export interface CursorHorizon {
  /** The table's name in the version. */
  readonly name: string;
  readonly columns: readonly string[];
  /** The columns' largest values, as texts of full precision; empty: there were no rows. */
  readonly high: readonly string[];
  /** How far back from there rows are remembered, as it was asked for; absent: none are. */
  readonly lag?: string;
  /** Hashes of those rows, 16 bytes each, sorted, as often as a row came; in base 64. docs/digest.md. */
  readonly rows: string;
}

/** A moment by transactions. Ids have 64 bits and stand as text. */
export interface TransactionHorizon {
  /** All transactions below had ended. */
  readonly xmin: string;
  /** No transaction from here on had begun, or none of its rows could be seen. */
  readonly xmax: string;
  /** Of the ids between, those of rows that were seen: `1200` or `1200-1207`, in ascending order. */
  readonly seen: readonly string[];
  /** The cluster, by its own identifier. */
  readonly system: string;
  /** Another one after each failover and each restore to a moment. */
  readonly timeline: string;
  /** Place in the log, not before the moment. */
  readonly lsn: string;
  /** Oid of the database. */
  readonly database: string;
  /** Hashes of what decides values and is not in the rows: labels, types, policies, functions. */
  readonly definitions: Readonly<Record<string, string>>;
  readonly tables: readonly TableHorizon[];
}

/** A table, by what it is and not by name alone. */
export interface TableHorizon {
  /** Its name in the version. */
  readonly name: string;
  readonly oid: string;
  /** Hash of who reads and with which settings, where row-level security decides which rows are seen. */
  readonly filteredFor?: string;
  /** The table itself, or its partitions and children that hold rows. */
  readonly leaves: readonly LeafHorizon[];
}

export interface LeafHorizon {
  readonly oid: string;
  /** `schema.name`, for people. */
  readonly name: string;
  /** The file with its rows: another one after it was rewritten or emptied. */
  readonly file: string;
  /** How many columns were ever made, dropped ones too, and a hash of what they are. */
  readonly columns: number;
  readonly shape: string;
  /** It had no rows. */
  readonly empty?: true;
  /** It is not part of the table any more: its rows are in an earlier version. */
  readonly gone?: true;
}

/** How it was told which rows are new, in the source's own words. */
export interface IncrementEvidence {
  /** `transactions`: by the transaction that wrote each row; `history`: by the source's own history of changes; `window`: by columns that grow. */
  readonly road: 'transactions' | 'history' | 'window';
  /** The earlier moment and this one. */
  readonly from: string;
  readonly to: string;
  /** What must hold for the rows to be exactly those that are new; empty: nothing but what was checked. */
  readonly assumed: readonly string[];
  /** Parts of tables that are new, all rows of which were read. */
  readonly wholly: readonly string[];
  /** Rows without a value in their cursor, which are not among the new ones; absent: they do not matter. */
  readonly nullCursors?: number;
}
