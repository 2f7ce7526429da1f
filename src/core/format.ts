import type { RecordBatch } from 'apache-arrow';
import type { Bounds } from './facts.js';
import type { Codec, RowGroupEncoder, ShardAssembler } from './shard.js';
import type { LongestRow } from './longest-row.js';
import type { Column, LogicalType } from './types.js';

/** How fields of CSV files are told apart, and how NULL is written. Plain data. */
export interface CsvDialect {
  /** One character. */
  readonly separator: string;
  /** What stands for NULL, without quotation marks; a text that is the same stands in quotation marks. */
  readonly null: string;
}

/** How shards are written: plain data that goes to every thread. */
export interface FormatOptions {
  /** The format's name. */
  readonly format: string;
  readonly compression: Codec;
  /** Stands in the files as their creator; the same for every run of one version of the tool. */
  readonly createdBy: string;
  readonly csv?: CsvDialect | undefined;
}

/** What a manifest says of files, for formats whose files do not tell it. */
export interface StoredAs {
  /** The columns that files have. */
  readonly columns: readonly Column[];
  readonly compression: Codec;
  readonly csv?: CsvDialect | undefined;
}

/** How the files of a version lie. */
export interface ExampleLayout {
  readonly foldersRepeat: boolean;
  readonly onlyFile?: string | undefined;
}

/** Shares of bytes: `least`, hardly any data takes less; `expected`, about what most data takes. */
export interface ShareOfSource {
  readonly least: number;
  readonly expected: number;
}

/** What a format says of itself before anything of it is loaded. */
export interface FormatDescription {
  /** Its name in manifests and options: `parquet`. */
  readonly name: string;
  /** Codecs that files may be compressed by, the usual one first. */
  readonly codecs: readonly Codec[];
  /** What files take of the bytes that their rows' values take on a server. */
  shareOfSource(codec: Codec): ShareOfSource;
  /** Ending of file names, with its dot. */
  endingOf(codec: Codec): string;
  /**
   * A shell command that reads a folder of such files with another program, for people.
   * @param layout `foldersRepeat`: names of folders say what columns of the files say; `onlyFile`: there is no other file
   */
  readingExample(folder: string, layout: ExampleLayout): string;
  load(): Promise<ShardFormat>;
  loadChecker(): Promise<ShardChecker>;
  loadReader(): Promise<ShardReader>;
  /** Loads what looks into files that others wrote; absent: such files do not tell of themselves. */
  loadDescriber?(): Promise<DescribeFile>;
}

/**
 * What a file tells of itself, that anybody may have written. No value of it is read.
 * @throws verification.failed where it cannot be read; source.unsupported for a type that cannot be kept, naming the column
 */
export type DescribeFile = (file: ReadableFile, bytes: number) => Promise<FileDescription>;

export interface FileDescription {
  readonly rows: number;
  readonly rowGroups: number;
  readonly columns: readonly DescribedColumn[];
  /** Of its column chunks, by the format's names. */
  readonly codecs: readonly string[];
  /** What wrote it, as it says. */
  readonly createdBy: string | undefined;
  /** Bytes that its largest row group has in the file. */
  readonly largestRowGroup: number;
  /** Columns of texts that have few values, which stand there once each. */
  readonly dictionaries: readonly string[];
}

/** A column of a file that anybody may have written. */
export interface DescribedColumn {
  readonly name: string;
  /** The format's name of the type that it is stored as. */
  readonly stored: string;
  /** As which it is read. */
  readonly type: LogicalType;
  /** Every value is the same in it; the type is wider than the file's. */
  readonly widened: boolean;
  /** For people: what is to be known of it. */
  readonly note?: string;
}

/** A format of shards. */
export interface ShardFormat {
  /** How a column of the type is stored, for the type ledger. */
  typeName(type: LogicalType): string;
  /** Loads into this thread what an assembler needs; absent: nothing. */
  prepare?(options: FormatOptions): Promise<void>;
  /** Loads the codec into this thread first. */
  encoder(columns: readonly Column[], options: FormatOptions): Promise<RowGroupEncoder>;
  assembler(columns: readonly Column[], options: FormatOptions): ShardAssembler;
}

/** A file that can be read at any place, as `node:fs/promises` opens it. */
export interface ReadableFile {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
}

/** What a file must hold, as its manifest says. */
export interface ExpectedShard {
  readonly bytes: number;
  readonly rows: number;
  readonly rowGroups: number | undefined;
  readonly as: StoredAs;
  /** `stored` is the format's name of the type. */
  readonly columns: readonly { readonly name: string; readonly stored: string; readonly nulls: number | undefined }[];
}

/** Something of a file that is not as it must be. */
export interface ShardFault {
  readonly kind: 'unreadable' | 'schema' | 'rows';
  /** What is wrong, as one sentence without the file's name. */
  readonly message: string;
  readonly column?: string;
  /** Index of the row group in the file, from 0. */
  readonly rowGroup?: number;
  readonly expected?: string;
  readonly found?: string;
}

export interface ShardCheck {
  /** Rows by the file's own account; 0 where it cannot be read. */
  readonly rows: number;
  readonly faults: readonly ShardFault[];
}

/**
 * How far a file is looked into: what it says of itself at its beginning or end (`account`), what each of its parts claims as well (`claims`),
 * which are looked at before a reader makes room for them, or all values (`values`).
 */
export type CheckDepth = 'account' | 'claims' | 'values';

export interface CheckOptions {
  readonly depth: CheckDepth;
  /** Another engine wrote the file, whose row groups may be of any size. */
  readonly ofOthers?: boolean;
  readonly signal: AbortSignal | undefined;
}

/** What a file tells of some of a column's values, in a row, for readers that pass over others. */
export interface ToldValues {
  readonly rows: number;
  /** Undefined: it does not tell. */
  readonly nulls: number | undefined;
  readonly bounds: Bounds | undefined;
}

/** What it tells of a column of a row group, and of its pages; none: of these it tells nothing. */
export interface ToldChunk extends ToldValues {
  readonly pages: readonly ToldValues[];
}

/** Looks into files, and compares. Where a file cannot be read it finds the place, which a reader does not tell. */
export interface ShardChecker {
  /** In memory that is bounded by the largest column chunk. */
  check(file: ReadableFile, expected: ExpectedShard, options: CheckOptions): Promise<ShardCheck>;
  /**
   * What a file that we wrote tells of its values, row group by row group, by stored column; absent: files of the format tell nothing.
   * @throws verification.failed where that cannot be read, or is not of the pages that the file has
   */
  toldValues?(
    file: ReadableFile,
    expected: Pick<ExpectedShard, 'bytes' | 'as'>,
  ): Promise<readonly (readonly (ToldChunk | undefined)[])[]>;
}

export interface ShardReadOptions {
  /** How many bytes the file has. */
  readonly bytes: number;
  readonly as: StoredAs;
  /** Names of the columns that are read, in the order in which batches have them; all unless given. */
  readonly columns?: readonly string[];
  /** Indices of the row groups that are read, in ascending order; all unless given. */
  readonly rowGroups?: readonly number[];
  /** Names of columns of texts that may come as dictionaries, as {@link FileDescription.dictionaries} has them; none unless given. */
  readonly dictionaries?: readonly string[] | undefined;
  /** The longest row that there is memory for; absent: any. */
  readonly longestRow?: LongestRow | undefined;
  readonly signal?: AbortSignal;
}

/** Between which values those of a page lie, as manifests have bounds of files. */
export interface PageBounds {
  readonly min: string;
  readonly max: string;
}

/** By column, the bounds of a row group's pages but those that have NULLs alone; undefined: the file tells none. */
export type RowGroupBounds = readonly (readonly PageBounds[] | undefined)[];

/** Reads the rows of a file back, by a reader that is not ours. */
export interface ShardReader {
  /**
   * All rows in their order, as batches of the types of {@link StoredAs.columns}. What is in memory at a time is bounded by the
   * largest row group's columns that are asked for.
   * @throws verification.failed where the file cannot be read; data.misfit for a value that its type cannot hold; request.invalid for a column that it does not have; memory.exhausted
   *   for what is longer than the longest row; the signal's reason
   */
  read(file: ReadableFile, options: ShardReadOptions): AsyncGenerator<RecordBatch>;
  /**
   * What a file that we wrote tells of the pages of some columns, row group by row group; absent: files of the format tell nothing of it.
   * @throws verification.failed where its footer cannot be read
   */
  pageBounds?(
    file: ReadableFile,
    options: Pick<ShardReadOptions, 'bytes' | 'as' | 'columns'>,
  ): Promise<readonly RowGroupBounds[]>;
}
