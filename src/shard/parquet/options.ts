import type { Codec } from '../../core/shard.js';

/**
 * How the values of a column are written when no dictionary is: `delta` is DELTA_BINARY_PACKED for integers and
 * DELTA_LENGTH_BYTE_ARRAY for texts and binaries; `auto` is `delta` where that takes clearly fewer bytes, and for texts and binaries.
 */
export type ValueEncoding = 'auto' | 'plain' | 'delta';

export interface ColumnOptions {
  /** Whether a dictionary may be used where it pays. Default: the file's `dictionary`. */
  readonly dictionary?: boolean;
  /** Default: the file's `encoding`. */
  readonly encoding?: ValueEncoding;
}

/** How a Parquet file is written. Plain data: it may be sent to another thread. */
export interface ParquetOptions {
  /** Default `snappy`. A column chunk that a sample shows not to shrink stays uncompressed. */
  readonly compression?: Codec;
  /** Level of zstd (1 to 19, default 3) and gzip (1 to 9, default 6). */
  readonly compressionLevel?: number;
  /** Whether a dictionary is used where it pays. Default true. */
  readonly dictionary?: boolean;
  /** Default `auto`. `plain` is for readers that know no delta encodings. */
  readonly encoding?: ValueEncoding;
  /** By top-level column name. */
  readonly columns?: Readonly<Record<string, ColumnOptions>>;
  /** A page ends after this many rows … Default 20,480. */
  readonly pageRows?: number;
  /** … or before the row that would make it larger than this many bytes before compression. Default 1 MiB. */
  readonly pageBytes?: number;
  /** Top-level columns of which no value may stand in statistics or indexes. */
  readonly redacted?: readonly string[];
  /** Key-value metadata of the file, in this order. `ARROW:schema` is the writer's own. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The file's `created_by`. */
  readonly createdBy?: string;
}

export interface ResolvedOptions {
  readonly compression: Codec;
  readonly compressionLevel: number | undefined;
  readonly dictionary: boolean;
  readonly encoding: ValueEncoding;
  readonly columns: ReadonlyMap<string, ColumnOptions>;
  readonly pageRows: number;
  readonly pageBytes: number;
  readonly redacted: ReadonlySet<string>;
  readonly metadata: readonly (readonly [string, string])[];
  readonly createdBy: string;
}

/** Raised when the encoder's choices change, so that files tell which choices made them. */
const defaultCreatedBy = 'tidemark-parquet version 1.1.0';

export function resolveOptions(options: ParquetOptions): ResolvedOptions {
  return {
    compression: options.compression ?? 'snappy',
    compressionLevel: options.compressionLevel,
    dictionary: options.dictionary ?? true,
    encoding: options.encoding ?? 'auto',
    columns: new Map(Object.entries(options.columns ?? {})),
    pageRows: Math.max(1, options.pageRows ?? 20_480),
    pageBytes: Math.max(1, options.pageBytes ?? 2 ** 20),
    redacted: new Set(options.redacted),
    metadata: Object.entries(options.metadata ?? {}),
    createdBy: options.createdBy ?? defaultCreatedBy,
  };
}
