import type { Schema } from 'apache-arrow';
import type { Codec, RowGroupEncoder, ShardAssembler } from '../core/shard.js';
import { createRowGroupEncoder, createShardAssembler, loadCodec } from '../shard/parquet/index.js';

/** How shards are written: plain data that goes to every thread. */
export interface FormatOptions {
  readonly format: 'parquet';
  readonly compression: Codec;
  /** Columns without minima and maxima. */
  readonly redacted: readonly string[];
  /** Stands in the files as their creator; the same for every run of one version of the tool. */
  readonly createdBy: string;
}

/** A shard format with its options. */
export interface ShardFormat {
  /** Ending of file names, with its dot. */
  readonly ending: string;
  /** Loads the codec into this thread first. */
  encoder(schema: Schema): Promise<RowGroupEncoder>;
  assembler(schema: Schema): ShardAssembler;
}

export function shardFormat(options: FormatOptions): ShardFormat {
  const settings = {
    compression: options.compression,
    redacted: options.redacted,
    createdBy: options.createdBy,
  };
  return {
    ending: '.parquet',
    encoder: async (schema) => {
      await loadCodec(options.compression);
      return createRowGroupEncoder(schema, settings);
    },
    assembler: (schema) => createShardAssembler(schema, settings),
  };
}
