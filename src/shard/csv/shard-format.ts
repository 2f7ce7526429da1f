/* CSV as a format of shards, under the names that every format has. */
import type { FormatOptions } from '../../core/format.js';
import type { RowGroupEncoder, ShardAssembler } from '../../core/shard.js';
import type { Column } from '../../core/types.js';
import { usualDialect } from './dialect.js';
import { loadCodec } from './write/compress.js';
import { csvAssembler, csvEncoder } from './write/format.js';

export { csvTypeName as typeName } from './type-name.js';

export const prepare = ({ compression }: FormatOptions): Promise<void> => loadCodec(compression);

export async function encoder(
  _columns: readonly Column[],
  { compression, csv = usualDialect }: FormatOptions,
): Promise<RowGroupEncoder> {
  await loadCodec(compression);
  return csvEncoder(csv, compression);
}

export function assembler(
  columns: readonly Column[],
  { compression, csv = usualDialect }: FormatOptions,
): ShardAssembler {
  return csvAssembler(
    columns.map(({ name }) => name),
    csv,
    compression,
  );
}
