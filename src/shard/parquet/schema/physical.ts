import { DataType, DateUnit, type Field, Precision, TimeUnit } from 'apache-arrow';
import { TidemarkError } from '../../../core/errors.js';
import type { Annotation, Order, PhysicalName, TimeUnitName } from '../thrift/enumerations.js';

/**
 * How a leaf's values are taken out of Arrow's buffers: the buffer's element, and what is done to it.
 * `scale32`, `scale64` and `days` change the unit; `decimal…` narrow Arrow's 128 or 256 bits to the Parquet type.
 */
export type Gathering =
  | 'int8'
  | 'int16'
  | 'int32'
  | 'uint8'
  | 'uint16'
  | 'int64'
  | 'scale32'
  | 'scale64'
  | 'days'
  | 'decimal32'
  | 'decimal64'
  | 'decimal-bytes'
  | 'bytes'
  | 'fixed'
  | 'bool'
  | 'null';

/** How an Arrow leaf type is written. `width` is FIXED_LEN_BYTE_ARRAY's type_length, else 0. */
export interface LeafType {
  readonly physical: PhysicalName;
  readonly width: number;
  readonly annotation: Annotation;
  readonly order: Order;
  readonly gathering: Gathering;
}

/** The Parquet type of an Arrow leaf field. Extension names in the field's metadata choose UUID and JSON. @throws source.unsupported */
export function leafType(field: Field): LeafType {
  const type = field.type as DataType;
  const leaf = numberLeaf(type) ?? timeLeaf(type) ?? bytesLeaf(type, field.metadata.get('ARROW:extension:name'));
  if (leaf === undefined) {
    throw new TidemarkError(
      'source.unsupported',
      `column "${field.name}": Parquet has no type for Arrow's ${String(type)}`,
      {
        hint: 'Cast the column to a type that Parquet has, for example to text.',
      },
    );
  }
  return leaf;
}

function leafOf(
  physical: PhysicalName,
  gathering: Gathering,
  order: Order,
  { annotation = none, width = 0 }: Partial<Pick<LeafType, 'annotation' | 'width'>> = {},
): LeafType {
  return { physical, width, annotation, order, gathering };
}

const none: Annotation = { kind: 'none' };

function numberLeaf(type: DataType): LeafType | undefined {
  if (DataType.isBool(type)) return leafOf('BOOLEAN', 'bool', 'bool');
  if (DataType.isNull(type)) return leafOf('INT32', 'null', 'none', { annotation: { kind: 'unknown' } });
  if (DataType.isInt(type)) return integerLeaf(type.bitWidth, type.isSigned);
  if (DataType.isFloat(type)) {
    if (type.precision === Precision.DOUBLE) return leafOf('DOUBLE', 'int64', 'f64');
    if (type.precision === Precision.SINGLE) return leafOf('FLOAT', 'int32', 'f32');
    return leafOf('FIXED_LEN_BYTE_ARRAY', 'fixed', 'none', { annotation: { kind: 'float16' }, width: 2 });
  }
  if (DataType.isDecimal(type)) return decimalLeaf(type.precision, type.scale);
  return undefined;
}

function integerLeaf(bits: 8 | 16 | 32 | 64, signed: boolean): LeafType {
  const annotation: Annotation = signed && bits >= 32 ? none : { kind: 'integer', bits, signed };
  if (bits === 64) return leafOf('INT64', 'int64', signed ? 'i64' : 'u64', { annotation });
  const gathering = bits === 32 ? 'int32' : signed ? `int${bits}` : `uint${bits}`;
  return leafOf('INT32', gathering as Gathering, signed ? 'i32' : 'u32', { annotation });
}

function decimalLeaf(precision: number, scale: number): LeafType {
  const annotation: Annotation = { kind: 'decimal', precision, scale };
  if (precision <= 9) return leafOf('INT32', 'decimal32', 'i32', { annotation });
  if (precision <= 18) return leafOf('INT64', 'decimal64', 'i64', { annotation });
  return leafOf('FIXED_LEN_BYTE_ARRAY', 'decimal-bytes', 'twos-complement', {
    annotation,
    width: decimalWidth(precision),
  });
}

/**
 * The fewest bytes whose two's complement holds every number of `precision` digits: 16 for 38. Above that whole words of 8
 * bytes, 24 or 32: DuckDB takes decimals of more than 16 bytes by such words, and shows any other width as a number that is
 * too large by powers of 256.
 */
function decimalWidth(precision: number): number {
  const fewest = Math.ceil((precision * Math.log2(10) + 1) / 8);
  return fewest > 16 ? Math.ceil(fewest / 8) * 8 : fewest;
}

function timeLeaf(type: DataType): LeafType | undefined {
  if (DataType.isDate(type)) {
    return leafOf('INT32', type.unit === DateUnit.DAY ? 'int32' : 'days', 'i32', { annotation: { kind: 'date' } });
  }
  if (DataType.isTime(type)) {
    const annotation: Annotation = { kind: 'time', unit: parquetUnit(type.unit), utc: false };
    if (type.bitWidth === 64) return leafOf('INT64', 'int64', 'i64', { annotation });
    return leafOf('INT32', type.unit === TimeUnit.SECOND ? 'scale32' : 'int32', 'i32', { annotation });
  }
  if (DataType.isTimestamp(type)) {
    const annotation: Annotation = { kind: 'timestamp', unit: parquetUnit(type.unit), utc: Boolean(type.timezone) };
    return leafOf('INT64', type.unit === TimeUnit.SECOND ? 'scale64' : 'int64', 'i64', { annotation });
  }
  if (DataType.isDuration(type)) return leafOf('INT64', 'int64', 'i64');
  return undefined;
}

/** Parquet has no seconds: they are written as milliseconds. */
function parquetUnit(unit: TimeUnit): TimeUnitName {
  if (unit === TimeUnit.NANOSECOND) return 'NANOS';
  return unit === TimeUnit.MICROSECOND ? 'MICROS' : 'MILLIS';
}

function bytesLeaf(type: DataType, extension: string | undefined): LeafType | undefined {
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)) {
    return leafOf('BYTE_ARRAY', 'bytes', 'bytes', {
      annotation: { kind: extension === 'arrow.json' ? 'json' : 'string' },
    });
  }
  if (DataType.isBinary(type) || DataType.isLargeBinary(type) || DataType.isBinaryView(type)) {
    return leafOf('BYTE_ARRAY', 'bytes', 'bytes');
  }
  if (DataType.isFixedSizeBinary(type)) {
    const uuid = extension === 'arrow.uuid' && type.byteWidth === 16;
    return leafOf('FIXED_LEN_BYTE_ARRAY', 'fixed', 'bytes', {
      annotation: uuid ? { kind: 'uuid' } : none,
      width: type.byteWidth,
    });
  }
  return undefined;
}
