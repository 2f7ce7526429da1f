/*
 * Ids of the fields that are written, by structure: names and numbers of the format's own definition (parquet.thrift in
 * apache/parquet-format). What is not written is left out.
 */

export const FileMetaData = {
  version: 1,
  schema: 2,
  num_rows: 3,
  row_groups: 4,
  key_value_metadata: 5,
  created_by: 6,
  /** Without these, readers must not trust `min_value` and `max_value`. */
  column_orders: 7,
} as const;

export const KeyValue = { key: 1, value: 2 } as const;

/** A union: the order that the type defines. */
export const ColumnOrder = { TYPE_ORDER: 1 } as const;

export const SchemaElement = {
  type: 1,
  type_length: 2,
  repetition_type: 3,
  name: 4,
  num_children: 5,
  converted_type: 6,
  scale: 7,
  precision: 8,
  logicalType: 10,
} as const;

/** A union: its one field tells the type, and the field's structure has the parameters. */
export const LogicalType = {
  STRING: 1,
  MAP: 2,
  LIST: 3,
  DECIMAL: 5,
  DATE: 6,
  TIME: 7,
  TIMESTAMP: 8,
  INTEGER: 10,
  UNKNOWN: 11,
  JSON: 12,
  UUID: 14,
  FLOAT16: 15,
} as const;

export const DecimalType = { scale: 1, precision: 2 } as const;
/** TimeType and TimestampType have the same fields. */
export const TimeType = { isAdjustedToUTC: 1, unit: 2 } as const;
export const TimeUnit = { MILLIS: 1, MICROS: 2, NANOS: 3 } as const;
export const IntType = { bitWidth: 1, isSigned: 2 } as const;

export const RowGroup = {
  columns: 1,
  total_byte_size: 2,
  num_rows: 3,
  file_offset: 5,
  total_compressed_size: 6,
  ordinal: 7,
} as const;

export const ColumnChunk = {
  file_offset: 2,
  meta_data: 3,
  offset_index_offset: 4,
  offset_index_length: 5,
  column_index_offset: 6,
  column_index_length: 7,
} as const;

export const ColumnMetaData = {
  type: 1,
  encodings: 2,
  path_in_schema: 3,
  codec: 4,
  num_values: 5,
  total_uncompressed_size: 6,
  total_compressed_size: 7,
  data_page_offset: 9,
  dictionary_page_offset: 11,
  statistics: 12,
  encoding_stats: 13,
} as const;

export const PageEncodingStats = { page_type: 1, encoding: 2, count: 3 } as const;

export const Statistics = {
  null_count: 3,
  max_value: 5,
  min_value: 6,
  is_max_value_exact: 7,
  is_min_value_exact: 8,
} as const;

export const PageHeader = {
  type: 1,
  uncompressed_page_size: 2,
  compressed_page_size: 3,
  data_page_header: 5,
  dictionary_page_header: 7,
} as const;

export const DataPageHeader = {
  num_values: 1,
  encoding: 2,
  definition_level_encoding: 3,
  repetition_level_encoding: 4,
} as const;

export const DictionaryPageHeader = { num_values: 1, encoding: 2 } as const;

export const ColumnIndex = { null_pages: 1, min_values: 2, max_values: 3, boundary_order: 4, null_counts: 5 } as const;

export const OffsetIndex = { page_locations: 1 } as const;
export const PageLocation = { offset: 1, compressed_page_size: 2, first_row_index: 3 } as const;
