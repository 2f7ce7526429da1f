import type { Codec, EncodedRowGroup, RowGroupEncoder, ShardAssembler } from '../../../core/shard.js';
import type { CsvDialect } from '../../../core/format.js';
import { compressor } from './compress.js';
import { RowLines } from './rows.js';
import { fieldOf } from './text-fields.js';

/** An encoder: a batch becomes lines. `loadCodec` must have been called for the codec in this thread. */
export function csvEncoder(dialect: CsvDialect, codec: Codec): RowGroupEncoder {
  const lines = new RowLines(dialect);
  const compress = compressor(codec);
  return {
    encode: (batch) => ({ rows: batch.numRows, bytes: compress(lines.write(batch)), meta: null }),
  };
}

/** Puts lines behind a header of the columns' names. */
export function csvAssembler(names: readonly string[], dialect: CsvDialect, codec: Codec): ShardAssembler {
  const header = `${names.map((name) => fieldOf(name, dialect)).join(dialect.separator)}\n`;
  let size = 0;
  return {
    isFlat: true,
    begin() {
      const bytes = compressor(codec)(Buffer.from(header));
      size = bytes.length;
      return bytes;
    },
    sizeWith: ({ bytes }: EncodedRowGroup) => size + bytes.length,
    add({ bytes }: EncodedRowGroup) {
      size += bytes.length;
      return bytes;
    },
    finish: () => new Uint8Array(0),
  };
}
