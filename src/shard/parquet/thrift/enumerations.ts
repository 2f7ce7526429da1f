/** Numbers of the Parquet format, as `parquet.thrift` gives them. */

export const Physical = {
  BOOLEAN: 0,
  INT32: 1,
  INT64: 2,
  FLOAT: 4,
  DOUBLE: 5,
  BYTE_ARRAY: 6,
  FIXED_LEN_BYTE_ARRAY: 7,
} as const;
export type PhysicalName = keyof typeof Physical;

export const Encoding = {
  PLAIN: 0,
  RLE: 3,
  DELTA_BINARY_PACKED: 5,
  DELTA_LENGTH_BYTE_ARRAY: 6,
  RLE_DICTIONARY: 8,
} as const;

export const CodecNumber = { none: 0, snappy: 1, gzip: 2, zstd: 6, lz4_raw: 7 } as const;

export const PageType = { DATA_PAGE: 0, DICTIONARY_PAGE: 2 } as const;

export const Repetition = { REQUIRED: 0, OPTIONAL: 1, REPEATED: 2 } as const;

export const BoundaryOrder = { UNORDERED: 0, ASCENDING: 1, DESCENDING: 2 } as const;

export const magic = Uint8Array.of(0x50, 0x41, 0x52, 0x31); // "PAR1"

export type TimeUnitName = 'MILLIS' | 'MICROS' | 'NANOS';

/** What the bytes of a column mean: Parquet's LogicalType. `utc` is its isAdjustedToUTC. */
export type Annotation =
  | { readonly kind: 'none' | 'string' | 'json' | 'uuid' | 'date' | 'float16' | 'unknown' | 'list' | 'map' }
  | { readonly kind: 'integer'; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'time' | 'timestamp'; readonly unit: TimeUnitName; readonly utc: boolean };

/**
 * In which order a column's values are compared for minima and maxima: signed and unsigned integers, IEEE floats without
 * NaN, bytes unsigned from the left, big-endian two's complement, false before true.
 */
export type Order = 'i32' | 'u32' | 'i64' | 'u64' | 'f32' | 'f64' | 'bytes' | 'twos-complement' | 'bool' | 'none';
