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

/** A shard format, ready to be used in this thread. */
export interface ShardFormat {
  /** Ending of file names, with its dot. */
  readonly ending: string;
  encoder(schema: Schema): RowGroupEncoder;
  assembler(schema: Schema): ShardAssembler;
}

/** Loads what the format needs (its codec) into this thread. */
export async function openFormat(options: FormatOptions): Promise<ShardFormat> {
  await loadCodec(options.compression);
  const settings = {
    compression: options.compression,
    redacted: options.redacted,
    createdBy: options.createdBy,
  };
  return {
    ending: '.parquet',
    encoder: (schema) => createRowGroupEncoder(schema, settings),
    assembler: (schema) => createShardAssembler(schema, settings),
  };
}
