import {
  Binary,
  Bool,
  type DataType,
  Date_,
  DateUnit,
  Decimal,
  Field,
  FixedSizeBinary,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Schema,
  TimeMicrosecond,
  TimestampMicrosecond,
  Utf8,
} from 'apache-arrow';

/**
 * What the values of a column mean, as plain data: it crosses threads, stands in the manifest, and maps to exactly one
 * Arrow type. `decimal` is decimal128 up to precision 38 and decimal256 up to 76. `timestamp` counts microseconds from
 * 1970; `utc` tells an instant (timestamptz) from a wall-clock time. `time` is microseconds of the day.
 */
export type LogicalType =
  | { readonly kind: 'bool' | 'text' | 'json' | 'binary' | 'date' | 'time' | 'uuid' }
  | { readonly kind: 'int'; readonly bits: 16 | 32 | 64 }
  | { readonly kind: 'float'; readonly bits: 32 | 64 }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'timestamp'; readonly utc: boolean };

/** Whether every value arrives as it was: `widened` changes the type but no value, `lossy` replaced some, as the run was asked to. */
export type Exactness = 'exact' | 'widened' | 'lossy';

/** A column of a table or query, as the source describes it and as it is written. One line of the type ledger. */
export interface Column {
  readonly name: string;
  /** The type as the server names it, e.g. `numeric(15,2)`. */
  readonly sourceType: string;
  readonly type: LogicalType;
  /** Which of the source's decoders reads its bytes; a key of that source's own table. */
  readonly wire: string;
  readonly exactness: Exactness;
  /** For people: why the type is not the obvious one, or what the user asked for. */
  readonly note?: string;
  /** The `--cast` that chose the type. */
  readonly cast?: string;
  /** Values (minima, maxima, examples) of this column stay out of statistics, manifest, metadata and messages. */
  readonly redacted: boolean;
}

/** The Arrow type of a logical type. */
export function arrowType(type: LogicalType): DataType {
  switch (type.kind) {
    case 'bool':
      return new Bool();
    case 'text':
    case 'json':
      return new Utf8();
    case 'binary':
      return new Binary();
    case 'date':
      return new Date_(DateUnit.DAY);
    case 'time':
      return new TimeMicrosecond();
    case 'uuid':
      return new FixedSizeBinary(16);
    case 'int':
      return type.bits === 16 ? new Int16() : type.bits === 32 ? new Int32() : new Int64();
    case 'float':
      return type.bits === 32 ? new Float32() : new Float64();
    case 'decimal':
      return new Decimal(type.scale, type.precision, type.precision > 38 ? 256 : 128);
    case 'timestamp':
      return new TimestampMicrosecond(type.utc ? 'UTC' : null);
  }
}

/** A short name of a logical type for people and for the manifest, in Arrow's words: `decimal128(15,2)`, `timestamp[us, UTC]`. */
export function typeName(type: LogicalType): string {
  switch (type.kind) {
    case 'bool':
    case 'binary':
    case 'uuid':
    case 'json':
      return type.kind;
    case 'text':
      return 'utf8';
    case 'date':
      return 'date32';
    case 'time':
      return 'time64[us]';
    case 'int':
    case 'float':
      return `${type.kind}${type.bits}`;
    case 'decimal':
      return `decimal${type.precision > 38 ? 256 : 128}(${type.precision},${type.scale})`;
    case 'timestamp':
      return type.utc ? 'timestamp[us, UTC]' : 'timestamp[us]';
  }
}

/**
 * The Arrow schema of columns. Every field is nullable: whether a source column may hold NULL can change between two
 * versions of a dataset, and their files must still be read as one. `uuid` and `json` carry Arrow's canonical extension
 * names in the field's metadata, from which the Parquet writer takes the UUID and JSON annotations.
 */
export function arrowSchema(columns: readonly Column[]): Schema {
  return new Schema(
    columns.map((column) => new Field(column.name, arrowType(column.type), true, extensionMetadata(column.type))),
  );
}

function extensionMetadata(type: LogicalType): Map<string, string> | undefined {
  if (type.kind !== 'uuid' && type.kind !== 'json') return undefined;
  return new Map([
    ['ARROW:extension:name', `arrow.${type.kind}`],
    ['ARROW:extension:metadata', ''],
  ]);
}
