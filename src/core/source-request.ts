import type { Horizon } from './horizon.js';
import type { Secret } from './secret.js';

/** What to do with a value that its column cannot hold. */
export interface MisfitPolicy {
  /** `fail` ends the run with `data.misfit`; `null` writes NULL and counts it. */
  readonly misfit: 'fail' | 'null';
  /** ±infinity of dates and timestamps: by `misfit`, or the type's extreme value, or NULL; the last two are counted. */
  readonly infinity: 'misfit' | 'extreme' | 'null';
}

/** A parameter of a query. Always bound or quoted by the server, never pasted. */
export interface Parameter {
  readonly name: string;
  /** A secret one's stays out of manifest, metadata, statistics, logs and errors. */
  readonly value: string | Secret;
  /** It is an end of the run's window by the cursor, whose value the source finds. */
  readonly windowEnd?: 'low' | 'high';
}

/** One table or one query to read. Exactly one of `table` and `query` is given. */
export interface TableRequest {
  /** Its name inside the version; names folders and files when a version holds several. */
  readonly name: string;
  readonly table?: string;
  readonly query?: string;
  /** Column → type, as given: `--cast price=decimal(20,4)`. What is of no column of this table may be of another's. */
  readonly casts: Readonly<Record<string, string>>;
  /** Columns of whose values nothing is told. */
  readonly redacted: readonly string[];
  readonly limit: number | undefined;
  /** Column whose smallest and largest values are the version's `date_range`. */
  readonly dateColumn: string | undefined;
  /** Columns that say in which order rows come. Absent: none do. */
  readonly cursor?: CursorRequest;
  /** Columns by whose values files are wanted in folders (`country=DE/`), where the source writes files. Absent: none. */
  readonly foldersBy?: readonly string[];
}

/** Columns that grow with every row, as a time of writing or a number does. */
export interface CursorRequest {
  readonly columns: readonly string[];
  /** How much later than others a row may come: a number, or a duration. Undefined: not said. */
  readonly lag: string | undefined;
  /** Rows so far below the parent's largest value are not looked at. Undefined: all are. */
  readonly floor: string | undefined;
  /** What becomes of rows without a value: `fail` ends the run, `include` reads them the first time, `skip` never. */
  readonly nulls: 'fail' | 'include' | 'skip';
}

/** A connection, resolved; only its source looks further inside. Its secrets are {@link Secret}s. */
export interface ConnectionSettings {
  /** For people: what was surprising about where the settings came from. */
  readonly warnings: readonly string[];
}

/** Where a database writes files by itself, that are read instead of its rows. */
export interface UnloadRequest {
  /** A URL by which the database knows the run's own place: `s3://bucket/prefix/run`. */
  readonly to: string;
  /** Where the bucket is, where that is said. */
  readonly region?: string | undefined;
  /** The key that files are encrypted by; absent: the bucket's own. */
  readonly kmsKey?: string | undefined;
  /** `large`: where much is to be read, and only then. */
  readonly when: 'asked' | 'large';
  /** Is told when a table, or a query, begins to be written. */
  readonly begins?: (name: string) => void;
}

/** What a source has written of a table by itself. */
export interface UnloadedTable {
  /** The name of a folder at {@link UnloadRequest.to}. */
  readonly folder: string;
  /** How many rows it says to have written, where no list beside the files tells that; absent: a list does. */
  readonly rows?: number;
  /** Columns that stand there as texts, which say moments as ISO 8601 does, and bytes by hexadecimal digits. */
  readonly texts?: readonly string[];
}

/** What a source is asked for. */
export interface SourceRequest {
  readonly connection: ConnectionSettings;
  readonly tables: readonly TableRequest[];
  readonly parameters: readonly Parameter[];
  /** One of the source's roads. */
  readonly via: string;
  /** Milliseconds a single statement may run, where the work can be cut; undefined: the server's own limit. */
  readonly maxStatement: number | undefined;
  /** Milliseconds that the server may be silent while an answer is awaited. */
  readonly stallLimit: number;
  readonly consistency: 'snapshot' | 'none';
  /** A value that its column cannot hold becomes NULL, and is counted, where the source itself makes values of its columns. Absent: it ends the run. */
  readonly nullsMisfits?: true;
  /** Columns are masked or redacted: what the server says of values is shown without them. */
  readonly hideValues: boolean;
  /** How many lanes may read at the same time, for sources whose sessions must all begin at once. Absent: one. */
  readonly lanes?: number;
  /** Whether a later run is to go on from this one: {@link OpenSource.horizon} is wanted where it can be, or needed. */
  readonly tellsHorizon?: 'wanted' | 'needed';
  /** Only rows that are new since are read. Absent: all rows. */
  readonly since?: Horizon;
  /** Keys of all rows are read too, as {@link OpenSource.narrowed} gives them: to tell which rows are gone. */
  readonly readsAllKeys?: true;
  /** It is wanted to know whether all rows are still those of an earlier moment: {@link OpenSource.isSame}. */
  readonly sameAs?: { readonly horizon: Horizon; readonly rows: Readonly<Record<string, number>> };
  /** The moment to read, in microseconds since 1970, where the source can go back. Absent: that of the run. */
  readonly asOf?: bigint;
  /** The moment to read: that after a statement, by its id. Absent: {@link SourceRequest.asOf}. */
  readonly asOfStatement?: string;
  /** Nothing is begun of which more bytes would be billed. Absent: there is no limit. */
  readonly maxBytesBilled?: number;
  /** Credits that a run may take at most, where time is billed. Absent: there is no limit. */
  readonly maxCredits?: number;
  /** Tables that are cut into partitions are read by queries that choose some. Absent: it is warned of. */
  readonly requirePartitionFilter?: true;
  /** Nothing is read: what costs is not begun. */
  readonly onlyPlans?: true;
  /** Where the source may write files itself. Absent: rows are asked for. */
  readonly unload?: UnloadRequest;
  /** A moment that somebody else holds, by the name that the source gave it. Absent: the moment of the run. */
  readonly snapshotId?: string;
}
