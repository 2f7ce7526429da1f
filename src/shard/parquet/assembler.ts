import { plainSchema } from '../../core/arrow/plain-schema.js';
import type { Schema } from 'apache-arrow';
import type { EncodedRowGroup, ShardAssembler } from '../../core/shard.js';
import { arrowSchemaMetadata } from './schema/arrow-schema.js';
import { ByteSink } from './pages/byte-sink.js';
import { type ChunkIndexes, type PlacedRowGroup, writeFileMetadata, writeRowGroup } from './thrift/footer.js';
import { magic } from './thrift/enumerations.js';
import type { RowGroupMeta } from './pages/written-pages.js';
import { type ParquetOptions, type ResolvedOptions, resolveOptions } from './options.js';
import { writeColumnIndex, writeOffsetIndex } from './pages/page-index.js';
import { type ParquetSchema, parquetSchema } from './schema/schema.js';
import { ThriftWriter } from './thrift/writer.js';

/**
 * Puts encoded row groups into one Parquet file: `PAR1`, the row groups, all column indexes, all offset indexes, the
 * footer, its length in four bytes, `PAR1`. `schema` and `options` are those that the encoder was given.
 */
export function createShardAssembler(schema: Schema, options: ParquetOptions = {}): ShardAssembler {
  return new ParquetAssembler(schema, parquetSchema(schema), resolveOptions(options));
}

/** What the heads of lists in the footer may grow by for a row group more. */
const listGrowth = 8;

class ParquetAssembler implements ShardAssembler {
  private readonly rowGroups: PlacedRowGroup[] = [];
  private position = 0;
  /** What follows the row groups: not less than it will be. */
  private trailer = 0;
  private measured: { readonly meta: unknown; readonly bytes: number } | undefined;

  constructor(
    private readonly arrow: Schema,
    private readonly schema: ParquetSchema,
    private readonly options: ResolvedOptions,
  ) {}

  begin(): Uint8Array {
    this.position = magic.length;
    this.trailer = this.finish().length;
    return magic;
  }

  sizeWith(rowGroup: EncodedRowGroup): number {
    return this.position + rowGroup.bytes.length + this.trailer + this.described(rowGroup);
  }

  add(rowGroup: EncodedRowGroup): Uint8Array {
    this.rowGroups.push({ meta: rowGroup.meta as RowGroupMeta, offset: this.position });
    this.position += rowGroup.bytes.length;
    this.trailer += this.described(rowGroup);
    return rowGroup.bytes;
  }

  /** Bytes of the footer and the indexes that are about this row group, wherever in the file it lies. */
  private described(rowGroup: EncodedRowGroup): number {
    const { meta } = rowGroup;
    if (this.measured === undefined || this.measured.meta !== meta) {
      this.measured = { meta, bytes: this.describe(meta as RowGroupMeta) };
    }
    return this.measured.bytes;
  }

  private describe(meta: RowGroupMeta): number {
    const sink = new ByteSink(1 << 12);
    const out = new ThriftWriter(sink);
    const far = { offset: 2 ** 47, size: 2 ** 30 };
    for (const [i, chunk] of meta.chunks.entries()) {
      writeColumnIndex(out, chunk, this.schema.leaves[i]!.order);
      writeOffsetIndex(out, chunk, far.offset);
    }
    const indexes = [meta.chunks.map(() => ({ column: far, offset: far }))];
    writeRowGroup(out, { schema: this.schema, rowGroups: [{ meta, offset: far.offset }], indexes }, 0);
    return sink.length + listGrowth;
  }

  finish(): Uint8Array {
    const sink = new ByteSink(1 << 16);
    const out = new ThriftWriter(sink);
    const indexes = this.writeIndexes(out);
    const footer = sink.length;
    const metadata = [
      ...this.options.metadata,
      ['ARROW:schema', arrowSchemaMetadata(plainSchema(this.arrow))] as const,
    ];
    const { schema, rowGroups } = this;
    writeFileMetadata(out, { schema, rowGroups, indexes, metadata, createdBy: this.options.createdBy });
    sink.int32(sink.length - footer);
    sink.append(magic);
    return sink.written();
  }

  private writeIndexes(out: ThriftWriter): ChunkIndexes[][] {
    const { leaves } = this.schema;
    const place = (write: () => boolean) => {
      const start = out.sink.length;
      return write() ? { offset: this.position + start, size: out.sink.length - start } : undefined;
    };
    const columns = this.rowGroups.map(({ meta }) =>
      meta.chunks.map((chunk, i) => place(() => writeColumnIndex(out, chunk, leaves[i]!.order))),
    );
    return this.rowGroups.map(({ meta, offset }, group) =>
      meta.chunks.map((chunk, i) => {
        const start = out.sink.length;
        writeOffsetIndex(out, chunk, offset);
        return {
          column: columns[group]![i],
          offset: { offset: this.position + start, size: out.sink.length - start },
        };
      }),
    );
  }
}
