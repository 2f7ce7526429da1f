import type { Codec, RowGroupEncoder, ShardAssembler } from '../core/shard.js';
import { arrowSchema, type Column } from '../core/types.js';
import { createRowGroupEncoder, createShardAssembler, loadCodec, type ParquetOptions } from '../shard/parquet/index.js';

/** How shards are written: plain data that goes to every thread. */
export interface FormatOptions {
  readonly format: 'parquet';
  readonly compression: Codec;
  /** Stands in the files as their creator; the same for every run of one version of the tool. */
  readonly createdBy: string;
}

/** A shard format with its options. */
export interface ShardFormat {
  /** Ending of file names, with its dot. */
  readonly ending: string;
  /** Loads the codec into this thread first. */
  encoder(columns: readonly Column[]): Promise<RowGroupEncoder>;
  assembler(columns: readonly Column[]): ShardAssembler;
}

export function shardFormat(options: FormatOptions): ShardFormat {
  const settings = (columns: readonly Column[]): ParquetOptions => ({
    compression: options.compression,
    redacted: columns.filter((column) => column.redacted).map((column) => column.name),
    createdBy: options.createdBy,
  });
  return {
    ending: '.parquet',
    encoder: async (columns) => {
      await loadCodec(options.compression);
      return createRowGroupEncoder(arrowSchema(columns), settings(columns));
    },
    assembler: (columns) => createShardAssembler(arrowSchema(columns), settings(columns)),
  };
}
