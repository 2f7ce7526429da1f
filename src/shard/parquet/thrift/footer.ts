import type { Bounds } from '../statistics/bounds.js';
import { Encoding, PageType, Physical } from './enumerations.js';
import type { ChunkMeta, RowGroupMeta } from '../pages/written-pages.js';
import type { Leaf, ParquetSchema } from '../schema/schema.js';
import {
  ColumnChunk,
  ColumnMetaData,
  ColumnOrder,
  FileMetaData,
  KeyValue,
  PageEncodingStats,
  RowGroup,
  Statistics,
} from './fields.js';
import { flattenSchema, writeRootElement, writeSchemaElement } from './schema-elements.js';
import { ThriftType, type ThriftWriter } from './writer.js';

/** A row group at its place in the file. */
export interface PlacedRowGroup {
  readonly meta: RowGroupMeta;
  /** Bytes from the start of the file. */
  readonly offset: number;
}

/** Where an index of a column chunk lies in the file; undefined where there is none. */
export interface IndexPlace {
  readonly offset: number;
  readonly size: number;
}

export interface ChunkIndexes {
  readonly column: IndexPlace | undefined;
  readonly offset: IndexPlace;
}

export interface FileDescription {
  readonly schema: ParquetSchema;
  readonly rowGroups: readonly PlacedRowGroup[];
  /** By row group and leaf. */
  readonly indexes: readonly (readonly ChunkIndexes[])[];
  readonly metadata: readonly (readonly [string, string])[];
  readonly createdBy: string;
}

/** The oldest version of the footer: everything else in it is optional fields, which readers of any age pass over. */
const footerVersion = 1;

export function writeFileMetadata(out: ThriftWriter, file: FileDescription): void {
  const nodes = flattenSchema(file.schema.columns);
  out.structElement(() => {
    out.i32(FileMetaData.version, footerVersion);
    out.list(FileMetaData.schema, ThriftType.STRUCT, [undefined, ...nodes], (node) => {
      if (node === undefined) writeRootElement(out, file.schema.columns.length);
      else writeSchemaElement(out, node);
    });
    out.i64(
      FileMetaData.num_rows,
      file.rowGroups.reduce((rows, { meta }) => rows + meta.rows, 0),
    );
    out.list(FileMetaData.row_groups, ThriftType.STRUCT, [...file.rowGroups.keys()], (i) =>
      writeRowGroup(out, file, i),
    );
    out.list(FileMetaData.key_value_metadata, ThriftType.STRUCT, file.metadata, ([key, value]) =>
      out.structElement(() => {
        out.binary(KeyValue.key, key);
        out.binary(KeyValue.value, value);
      }),
    );
    out.binary(FileMetaData.created_by, file.createdBy);
    out.list(FileMetaData.column_orders, ThriftType.STRUCT, file.schema.leaves, () =>
      out.structElement(() => out.struct(ColumnOrder.TYPE_ORDER, () => undefined)),
    );
  });
}

export function writeRowGroup(
  out: ThriftWriter,
  file: Pick<FileDescription, 'schema' | 'rowGroups' | 'indexes'>,
  index: number,
): void {
  const { meta, offset } = file.rowGroups[index]!;
  out.structElement(() => {
    out.list(RowGroup.columns, ThriftType.STRUCT, [...meta.chunks.keys()], (i) =>
      writeColumnChunk(out, {
        leaf: file.schema.leaves[i]!,
        chunk: meta.chunks[i]!,
        base: offset,
        indexes: file.indexes[index]![i]!,
      }),
    );
    out.i64(
      RowGroup.total_byte_size,
      meta.chunks.reduce((size, chunk) => size + chunk.uncompressedSize, 0),
    );
    out.i64(RowGroup.num_rows, meta.rows);
    out.i64(RowGroup.file_offset, offset);
    out.i64(
      RowGroup.total_compressed_size,
      meta.chunks.reduce((size, chunk) => size + chunk.compressedSize, 0),
    );
    if (index < 2 ** 15) out.i16(RowGroup.ordinal, index);
  });
}

/** Its `file_offset` is 0, as the format asks now. */
function writeColumnChunk(
  out: ThriftWriter,
  {
    leaf,
    chunk,
    base,
    indexes,
  }: { readonly leaf: Leaf; readonly chunk: ChunkMeta; readonly base: number; readonly indexes: ChunkIndexes },
): void {
  out.structElement(() => {
    out.i64(ColumnChunk.file_offset, 0);
    out.struct(ColumnChunk.meta_data, () => writeColumnMetadata(out, leaf, chunk, base));
    out.i64(ColumnChunk.offset_index_offset, indexes.offset.offset);
    out.i32(ColumnChunk.offset_index_length, indexes.offset.size);
    if (indexes.column === undefined) return;
    out.i64(ColumnChunk.column_index_offset, indexes.column.offset);
    out.i32(ColumnChunk.column_index_length, indexes.column.size);
  });
}

function writeColumnMetadata(out: ThriftWriter, leaf: Leaf, chunk: ChunkMeta, base: number): void {
  const { dictionaryOffset, dataEncoding } = chunk;
  const encodings = new Set([dataEncoding, Encoding.RLE, ...(dictionaryOffset === undefined ? [] : [Encoding.PLAIN])]);
  out.i32(ColumnMetaData.type, Physical[leaf.physical]);
  out.list(
    ColumnMetaData.encodings,
    ThriftType.I32,
    [...encodings].sort((a, b) => a - b),
    (encoding) => out.zigzag(encoding),
  );
  out.list(ColumnMetaData.path_in_schema, ThriftType.BINARY, leaf.path, (name) => out.binaryElement(name));
  out.i32(ColumnMetaData.codec, chunk.codec);
  out.i64(ColumnMetaData.num_values, chunk.slots);
  out.i64(ColumnMetaData.total_uncompressed_size, chunk.uncompressedSize);
  out.i64(ColumnMetaData.total_compressed_size, chunk.compressedSize);
  out.i64(ColumnMetaData.data_page_offset, base + chunk.dataOffset);
  if (dictionaryOffset !== undefined) out.i64(ColumnMetaData.dictionary_page_offset, base + dictionaryOffset);
  out.struct(ColumnMetaData.statistics, () => writeStatistics(out, chunk.nulls, chunk.bounds));
  const pages = [
    ...(dictionaryOffset === undefined ? [] : [{ type: PageType.DICTIONARY_PAGE, encoding: Encoding.PLAIN, count: 1 }]),
    { type: PageType.DATA_PAGE, encoding: dataEncoding, count: chunk.pages.length },
  ];
  out.list(ColumnMetaData.encoding_stats, ThriftType.STRUCT, pages, (page) =>
    out.structElement(() => {
      out.i32(PageEncodingStats.page_type, page.type);
      out.i32(PageEncodingStats.encoding, page.encoding);
      out.i32(PageEncodingStats.count, page.count);
    }),
  );
}

function writeStatistics(out: ThriftWriter, nulls: number, bounds: Bounds | undefined): void {
  out.i64(Statistics.null_count, nulls);
  if (bounds === undefined || bounds.nan) return;
  out.binary(Statistics.max_value, bounds.max);
  out.binary(Statistics.min_value, bounds.min);
  out.bool(Statistics.is_max_value_exact, bounds.maxExact);
  out.bool(Statistics.is_min_value_exact, bounds.minExact);
}
