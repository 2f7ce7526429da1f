import type { RecordBatch } from 'apache-arrow';
import type { DistinctValues } from './arrow/dictionary.js';
import type { ColumnFacts, Facts } from './facts.js';

/** The bytes of one row group, and all that the shard's writer must know of it. `meta` is plain data of the format's own. */
export interface EncodedRowGroup {
  readonly rows: number;
  /** Valid until the encoder's next call. */
  readonly bytes: Uint8Array;
  readonly meta: unknown;
  /** Of each column, as {@link import('./facts.js').ColumnFacts} has them, where the format has looked for them by itself. */
  readonly bounds?: readonly ColumnFacts['bounds'][];
  /** Of each column, where the format has looked for them by itself, and they are few. Valid until the encoder's next call. */
  readonly distinct?: readonly (DistinctValues | undefined)[];
}

/** Encodes row groups. The result depends on the batch and the options alone. */
export interface RowGroupEncoder {
  encode(batch: RecordBatch): EncodedRowGroup;
}

/** Puts row groups into the bytes of one file, in order. Touches no file: every call returns the bytes to append. */
export interface ShardAssembler {
  /** Nobody can tell the row groups of such a file apart. */
  readonly isFlat?: true;
  begin(): Uint8Array;
  /** How large the file would be if it ended after this row group: not less, and hardly more. */
  sizeWith(rowGroup: EncodedRowGroup): number;
  /** Takes a row group; its bytes follow what was returned before. */
  add(rowGroup: EncodedRowGroup): Uint8Array;
  finish(): Uint8Array;
}

/** The shard size at which all rows of a table, part or partition are in one file. */
export const oneFile = Number.MAX_SAFE_INTEGER;

/** What a lane reports of a closed shard. */
export interface ShardReceipt {
  /** Index of the table in the version. */
  readonly table: number;
  /** Index of the file group in the table. */
  readonly group: number;
  /** Which shard of the group, from 0. */
  readonly part: number;
  /** File name inside the version's folder. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  /** Absent: the format's files have none that can be told apart. */
  readonly rowGroups?: number;
  readonly facts: Facts;
  /** It is the file of an earlier version, by its name there. */
  readonly reused?: true;
  /** Another engine wrote it: its path where it was found. */
  readonly from?: string;
}

/** Compression of column chunks. Every choice but gzip gives the same bytes on every machine. */
export type Codec = 'snappy' | 'zstd' | 'gzip' | 'lz4_raw' | 'none';
