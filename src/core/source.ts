import type { RecordBatch } from 'apache-arrow';
import type { VersionStore } from './destination.js';
import type { Horizon, IncrementEvidence } from './horizon.js';
import type { LongestRow } from './longest-row.js';
import type { ConnectionSettings, MisfitPolicy, SourceRequest, UnloadedTable } from './source-request.js';
import type { Column } from './types.js';

/**
 * A piece of a table's work. Ranges depend on the table alone, never on the number of lanes. `detail` belongs to the
 * source and is plain data; `label` is for people: `pages 0–16383`.
 */
export interface Range {
  readonly label: string;
  readonly detail: unknown;
  /** Bytes that it takes on the server, where that is known before it is read. */
  readonly bytes?: number;
  /** It is all of a file that another engine wrote, which may become a file of the version as it is. Absent: it is none. */
  readonly file?: ForeignFile;
}

/** A file that another engine wrote, as its own footer describes it. */
export interface ForeignFile {
  /** Where it lies in what was given, for people. */
  readonly path: string;
  /** The destination's name whose store it lies in; undefined: no destination's. */
  readonly store: string | undefined;
  /** In its store. */
  readonly location: string;
  /** What tells it from others that may have its name; undefined: the store knows nothing of that. */
  readonly state?: string | undefined;
  readonly bytes: number;
  readonly rows: number;
  readonly rowGroups: number;
  /** Columns of texts that have few values, which stand there once each. */
  readonly dictionaries: readonly string[];
  /** What it becomes in the version, as it is. Absent: its rows are written anew. */
  readonly becomes?: KeptAs;
}

/** A file of the version that another engine wrote. */
export interface KeptAs {
  /** Inside the version's folder. */
  readonly path: string;
  /** Key of the place that all of its rows are of; empty: all rows of the table have one. */
  readonly target: string;
}

/** Ranges that are read to learn how large a table's rows are; the same ones whenever the table holds the same. */
export interface TableSample {
  readonly ranges: readonly Range[];
  /** Bytes that they take on the server. */
  readonly bytes: number;
}

/** One table or query as it will be read: its schema and the ranges that its work is cut into (at least one). */
export interface TablePlan {
  readonly name: string;
  /** For people and the manifest: the table as `schema.table`, as its SQL writes them, or undefined for a query. */
  readonly table: string | undefined;
  readonly query: string | undefined;
  /** The relations that a query reads, in the same form, where the source is sure that it reads no others. */
  readonly relations?: readonly string[];
  /** Columns that tell a row from all others, where the source knows: for messages. */
  readonly primaryKey?: readonly string[];
  readonly columns: readonly Column[];
  readonly ranges: readonly Range[];
  /** Where there are several ranges, whose sizes on the server are known. */
  readonly sample?: TableSample;
  /** Rows as the server's statistics guess them; undefined where it does not know. */
  readonly estimatedRows: number | undefined;
  /** Bytes that the table takes on the server. */
  readonly sourceBytes: number | undefined;
  /** About how many of them a row takes, without what rows left free that are gone; absent: not known. */
  readonly rowBytes?: number;
  /**
   * What reading it costs: bytes that are billed, and about how much that is, for people; `of` what some partitions are read, where that is so.
   * Absent: nothing is billed.
   */
  readonly billed?: { readonly bytes: number; readonly price: string; readonly of?: string };
  /** What reading it takes where time is billed, for people. Absent: nothing is. */
  readonly cost?: string;
  /** What is sent for the first range, for people: parameters stand as `$1`, `$2`, … */
  readonly statement?: string;
  /** Its ranges go into the same files, one after the other: they give few rows, as far as is known, or are what is in such files. */
  readonly sameFiles?: true;
  /** Rows that an earlier version has, by {@link CursorHorizon.rows}: those that its `overlap` column marks may be among them. */
  readonly seenRows?: string;
}

export interface ServerInfo {
  /** `postgres`, … */
  readonly kind: string;
  /** The version as the server tells it. */
  readonly version: string;
  readonly database: string;
  readonly host: string;
  readonly user: string;
}

/** The evidence that all lanes read one moment of the source. Stands in the manifest's `run` part. */
export interface ConsistencyCertificate {
  /** `snapshot`: all of the version is one moment; `statement`: each table or query is one moment of its own; `none`. */
  readonly level: 'snapshot' | 'statement' | 'none';
  readonly isolation: string;
  /** The source's own identification of that moment: snapshot id, LSN, …; all as text. */
  readonly [key: string]: string | readonly string[] | boolean | undefined;
}

/** An open source: a held snapshot, and the plan of what is to be read in it. */
export interface OpenSource {
  readonly server: ServerInfo;
  readonly certificate: ConsistencyCertificate;
  readonly tables: readonly TablePlan[];
  /** What a lane needs to read in the same snapshot. Plain data with secrets: it goes to lanes, never anywhere else. */
  readonly ticket: unknown;
  /** The most lanes that the source can serve now (free connections); at least 1. */
  readonly maxLanes: number;
  /** By table, where the source has written its rows as files. Absent: it has not. */
  readonly unloaded?: readonly UnloadedTable[] | undefined;
  /** Whose lanes read, where that is another source. */
  readonly readBy?: string;
  /** How files are compressed whose rows it gives; absent: it gives rows of no files. */
  readonly codecs?: readonly string[];
  /** Bytes of memory that a lane takes, where it is not a connection but a reader of files. Absent: what lanes take that receive rows. */
  readonly laneMemory?: number;
  /** For people: what they should know before the run, e.g. "12 columns are kept as text". */
  readonly warnings: readonly string[];
  /** What a later run must know of this moment, but for what rows tell (their `transaction` column). Absent: it cannot be told. */
  readonly horizon?: Horizon | undefined;
  /** How it is told which rows are new. Absent: all rows are read. */
  readonly increment?: IncrementEvidence | undefined;
  /** The moment, in microseconds since 1970, where the source gives it again: {@link SourceRequest.asOf}. Absent: it does not. */
  readonly moment?: string | undefined;
  /** All rows are those of the earlier moment that was asked about, and there are no others. Absent: it is not known. */
  readonly isSame?: true | undefined;
  /** Rejects when the run can't go on: the held snapshot is lost, or what is read was changed. Never resolves. */
  readonly lost: Promise<never>;
  /**
   * The same rows of a table with some of their columns alone, for what looks at keys before rows are read.
   * @param indices of the columns
   * @param rows `all`: those too that are not new
   */
  narrowed(table: TablePlan, indices: readonly number[], rows?: 'all'): TablePlan;
  /**
   * To be called when all ranges are read and before anything is published: looks a last time whether all rows are of one
   * moment, and gives the certificate that the manifest carries.
   * @param evidence what {@link LaneReader.read} returned for every range
   * @throws source.changed and other source.*: then nothing may be published
   */
  confirm(evidence: readonly unknown[]): Promise<ConsistencyCertificate>;
  /** Figures about the load on the source, for the manifest's `run` part: connections, longest transaction in seconds. */
  serverLoad(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/**
 * Where a reader puts rows that come as frames, which its source's decoder understands. `rows` hands over whole ones (the
 * bytes are valid until it returns or its promise resolves); `cut` ends the row group. A promise means: no room yet, stop
 * reading from the server until it resolves.
 */
export interface FrameSink {
  rows(bytes: Uint8Array, start: number, end: number, count: number): void | Promise<void>;
  cut(): void | Promise<void>;
}

/** Where a reader puts rows that come as Arrow from the server. */
export interface BatchSink {
  /**
   * Takes a batch of any size and of the plan's schema; it stays as it is. Row groups are cut by who takes it.
   * @param bytes how many came from the server for it
   * @param nulled how many values became NULL since their column cannot hold them, by column; absent: none
   */
  batch(batch: RecordBatch, bytes: number, nulled?: readonly number[]): void | Promise<void>;
}

/** A reader hands over frames or batches, whichever its source gives. */
export interface RowSink extends FrameSink, BatchSink {}

/**
 * Where a row group ends: after `rows` rows, or before the row that would make it larger than `bytes`: of frames, or of
 * Arrow's buffers. Both are functions of the values, whatever road they took.
 */
export interface RowGroupLimits {
  readonly rows: number;
  readonly bytes: number;
  /** The longest frame that there is memory for; absent: any. One that is longer is a LongRowError. */
  readonly longestRow?: LongestRow;
}

/** A lane's own connection, inside the run's snapshot. */
export interface LaneReader {
  /**
   * Reads one range to its end. Frames are cut into row groups by `limits`, but for the last one of the range: the caller
   * does that.
   *
   * Before the first row is handed over, the columns that the statement gives are compared with the plan's; after the last
   * one it is looked whether what was read is still what was planned.
   * @returns what the lane saw, for {@link OpenSource.confirm}: plain data of the source's own
   * @throws source.changed; other source.*: `retryable` when the range can be read again on a new lane
   */
  read(table: TablePlan, range: Range, limits: RowGroupLimits, sink: RowSink): Promise<unknown>;
  /** Names the row for a message: `row 17 (ctid (0,17))`. `ordinal` counts from 0 within the range. */
  describeRow(table: TablePlan, range: Range, ordinal: number): Promise<string>;
  close(): Promise<void>;
}

/** Values that did not fit their column and what became of them; by column index. */
export interface MisfitCounts {
  /** Written as NULL. */
  readonly nulled: readonly number[];
  /** Infinities written as the extreme value. */
  readonly extreme: readonly number[];
}

/**
 * Turns the wire frames of one row group into a record batch. The arrays of the batch are the decoder's own and are
 * used again: the batch is valid until the next call of `add`.
 */
export interface RowGroupDecoder {
  /** @throws data.misfit, data.encoding as {@link MisfitError}; source.protocol on bytes that are not whole frames */
  add(bytes: Uint8Array, start: number, end: number): void;
  /** The batch of all rows added since the last `finish`. */
  finish(): RecordBatch;
  /** Of the rows of the last batch. */
  misfits(): MisfitCounts;
}

/** Brings files that ranges are, from their first byte to their last. */
export interface FileFetcher {
  /**
   * Hands over the bytes of a file, each chunk valid until what `take` gave has resolved.
   * @throws source.changed where it is another file than was planned, or ends early; source.*
   */
  fetch(file: ForeignFile, take: (bytes: Uint8Array) => void | Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** A store that is a source's own. Methods throw source.* where a destination's throw destination.*. */
export interface OwnStore {
  readonly store: VersionStore;
  close(): void;
}

export interface StagingStore extends OwnStore {
  /** What lanes need to open it. Plain data. */
  readonly ticket: unknown;
}

/** The moment of another machine's run, as lanes of this one read it. */
export interface JoinedSource {
  /** As {@link OpenSource.ticket}. */
  readonly ticket: unknown;
  close(): Promise<void>;
}

/** What each source module exports under these names. */
export interface SourceModule {
  /**
   * Opens the source at one moment. Waits for relations that others hold for moments only, and holds nothing after a failure.
   * @throws source.locked, which says who holds them; source.*; request.invalid; data.parent where it cannot be told which
   *   rows are new
   */
  open(request: SourceRequest, signal: AbortSignal): Promise<OpenSource>;
  openLane(ticket: unknown, signal: AbortSignal): Promise<LaneReader>;
  /** What lanes on other machines need of a ticket, without what is secret. Absent: they cannot read at its moment. */
  share?(ticket: unknown): unknown;
  /** Reads at the moment that was shared, as this machine's own settings say. @throws source.* where they are not those that it needs */
  join?(shared: unknown, request: SourceRequest, signal: AbortSignal): Promise<JoinedSource>;
  /** Where its ranges are files. */
  openFiles?(ticket: unknown, signal: AbortSignal): Promise<FileFetcher>;
  /** Where files that it writes by itself lie in a store that its own identity opens alone. Absent: a destination's store has them. */
  openStaging?(connection: ConnectionSettings, signal: AbortSignal): Promise<StagingStore>;
  /** The same for a lane. @param ticket of the staging store */
  joinStaging?(ticket: unknown, signal: AbortSignal): Promise<OwnStore>;
  /** Where its readers hand over frames. */
  createDecoder?(columns: readonly Column[], policy: MisfitPolicy): RowGroupDecoder;
}
