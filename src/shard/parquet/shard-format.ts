/* Parquet as a format of shards, under the names that every format has. */
import type { FormatOptions } from '../../core/format.js';
import type { RowGroupEncoder, ShardAssembler } from '../../core/shard.js';
import { arrowSchema, type Column } from '../../core/types.js';
import { createShardAssembler } from './assembler.js';
import { loadCodec } from './pages/compressor.js';
import { createRowGroupEncoder } from './encoder.js';
import type { ParquetOptions } from './options.js';

export { parquetTypeName as typeName } from './schema/type-name.js';

export async function encoder(columns: readonly Column[], options: FormatOptions): Promise<RowGroupEncoder> {
  await loadCodec(options.compression);
  return createRowGroupEncoder(arrowSchema(columns), parquetOptions(columns, options));
}

export function assembler(columns: readonly Column[], options: FormatOptions): ShardAssembler {
  return createShardAssembler(arrowSchema(columns), parquetOptions(columns, options));
}

function parquetOptions(columns: readonly Column[], { compression, createdBy }: FormatOptions): ParquetOptions {
  const redacted = columns.filter((column) => column.redacted).map((column) => column.name);
  return { compression, redacted, createdBy };
}
