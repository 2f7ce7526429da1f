import type { FormatOptions } from '../core/format.js';
import type { RowGroupEncoder, ShardAssembler } from '../core/shard.js';
import type { Column, LogicalType } from '../core/types.js';
import { formatOf } from '../shard/registry.js';
import { unwritten, unwrittenFormat } from './unwritten.js';

/** A format, loaded into this thread, with its options. */
export interface LoadedFormat {
  /** Ending of file names, with its dot. */
  readonly ending: string;
  /** How a column of the type is stored, for the type ledger. */
  typeName(type: LogicalType): string;
  encoder(columns: readonly Column[]): Promise<RowGroupEncoder>;
  assembler(columns: readonly Column[]): ShardAssembler;
}

export async function loadFormat(options: FormatOptions): Promise<LoadedFormat> {
  if (options.format === unwritten) return unwrittenFormat;
  const description = formatOf(options.format);
  const format = await description.load();
  await format.prepare?.(options);
  return {
    ending: description.endingOf(options.compression),
    typeName: (type) => format.typeName(type),
    encoder: (columns) => format.encoder(columns, options),
    assembler: (columns) => format.assembler(columns, options),
  };
}
