import type { Bounds } from '../statistics/bounds.js';
import { Encoding, PageType, Physical } from './enumerations.js';
import type { ChunkMeta, RowGroupMeta } from '../pages/written-pages.js';
import type { Leaf, ParquetSchema } from '../schema/schema.js';
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

/**
 * FileMetaData: 1 version, 2 schema, 3 num_rows, 4 row_groups, 5 key_value_metadata, 6 created_by, 7 column_orders
 * (without which readers must not trust min_value and max_value).
 */
export function writeFileMetadata(out: ThriftWriter, file: FileDescription): void {
  const nodes = flattenSchema(file.schema.columns);
  out.structElement(() => {
    out.i32(1, footerVersion);
    out.list(2, ThriftType.STRUCT, [undefined, ...nodes], (node) => {
      if (node === undefined) writeRootElement(out, file.schema.columns.length);
      else writeSchemaElement(out, node);
    });
    out.i64(
      3,
      file.rowGroups.reduce((rows, { meta }) => rows + meta.rows, 0),
    );
    out.list(4, ThriftType.STRUCT, [...file.rowGroups.keys()], (i) => writeRowGroup(out, file, i));
    out.list(5, ThriftType.STRUCT, file.metadata, ([key, value]) =>
      out.structElement(() => {
        out.binary(1, key);
        out.binary(2, value);
      }),
    );
    out.binary(6, file.createdBy);
    out.list(
      7,
      ThriftType.STRUCT,
      file.schema.leaves,
      () => out.structElement(() => out.struct(1, () => undefined)), // TYPE_ORDER
    );
  });
}

/** RowGroup: 1 columns, 2 total_byte_size, 3 num_rows, 5 file_offset, 6 total_compressed_size, 7 ordinal. */
export function writeRowGroup(
  out: ThriftWriter,
  file: Pick<FileDescription, 'schema' | 'rowGroups' | 'indexes'>,
  index: number,
): void {
  const { meta, offset } = file.rowGroups[index]!;
  out.structElement(() => {
    out.list(1, ThriftType.STRUCT, [...meta.chunks.keys()], (i) =>
      writeColumnChunk(out, file.schema.leaves[i]!, meta.chunks[i]!, offset, file.indexes[index]![i]!),
    );
    out.i64(
      2,
      meta.chunks.reduce((size, chunk) => size + chunk.uncompressedSize, 0),
    );
    out.i64(3, meta.rows);
    out.i64(5, offset);
    out.i64(
      6,
      meta.chunks.reduce((size, chunk) => size + chunk.compressedSize, 0),
    );
    if (index < 2 ** 15) out.i16(7, index);
  });
}

/** ColumnChunk: 2 file_offset (0, as the format asks now), 3 meta_data, 4–7 offset index and column index: offset, length. */
function writeColumnChunk(out: ThriftWriter, leaf: Leaf, chunk: ChunkMeta, base: number, indexes: ChunkIndexes): void {
  out.structElement(() => {
    out.i64(2, 0);
    out.struct(3, () => writeColumnMetadata(out, leaf, chunk, base));
    out.i64(4, indexes.offset.offset);
    out.i32(5, indexes.offset.size);
    if (indexes.column === undefined) return;
    out.i64(6, indexes.column.offset);
    out.i32(7, indexes.column.size);
  });
}

/**
 * ColumnMetaData: 1 type, 2 encodings, 3 path_in_schema, 4 codec, 5 num_values, 6 and 7 total sizes, 9 data_page_offset,
 * 11 dictionary_page_offset, 12 statistics, 13 encoding_stats.
 */
function writeColumnMetadata(out: ThriftWriter, leaf: Leaf, chunk: ChunkMeta, base: number): void {
  const { dictionaryOffset, dataEncoding } = chunk;
  const encodings = new Set([dataEncoding, Encoding.RLE, ...(dictionaryOffset === undefined ? [] : [Encoding.PLAIN])]);
  out.i32(1, Physical[leaf.physical]);
  out.list(
    2,
    ThriftType.I32,
    [...encodings].sort((a, b) => a - b),
    (encoding) => out.zigzag(encoding),
  );
  out.list(3, ThriftType.BINARY, leaf.path, (name) => out.binaryElement(name));
  out.i32(4, chunk.codec);
  out.i64(5, chunk.slots);
  out.i64(6, chunk.uncompressedSize);
  out.i64(7, chunk.compressedSize);
  out.i64(9, base + chunk.dataOffset);
  if (dictionaryOffset !== undefined) out.i64(11, base + dictionaryOffset);
  out.struct(12, () => writeStatistics(out, chunk.nulls, chunk.bounds));
  const pages = [
    ...(dictionaryOffset === undefined ? [] : [{ type: PageType.DICTIONARY_PAGE, encoding: Encoding.PLAIN, count: 1 }]),
    { type: PageType.DATA_PAGE, encoding: dataEncoding, count: chunk.pages.length },
  ];
  out.list(13, ThriftType.STRUCT, pages, (page) =>
    out.structElement(() => {
      out.i32(1, page.type);
      out.i32(2, page.encoding);
      out.i32(3, page.count);
    }),
  );
}

/** Statistics: 3 null_count, 5 max_value, 6 min_value, 7 and 8 whether these are exact. */
function writeStatistics(out: ThriftWriter, nulls: number, bounds: Bounds | undefined): void {
  out.i64(3, nulls);
  if (bounds === undefined || bounds.nan) return;
  out.binary(5, bounds.max);
  out.binary(6, bounds.min);
  out.bool(7, bounds.maxExact);
  out.bool(8, bounds.minExact);
}
