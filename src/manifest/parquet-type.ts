import type { SchemaElement } from 'hyparquet';
import type { LogicalType } from '../core/types.js';

/** The Parquet type of a logical type as the manifest names it: physical type, then annotation: `INT64 DECIMAL(15,2)`. */
export function parquetTypeName(type: LogicalType): string {
  switch (type.kind) {
    case 'bool':
      return 'BOOLEAN';
    case 'int':
      return type.bits === 16 ? 'INT32 INTEGER(16,true)' : `INT${type.bits}`;
    case 'float':
      return type.bits === 32 ? 'FLOAT' : 'DOUBLE';
    case 'text':
      return 'BYTE_ARRAY STRING';
    case 'json':
      return 'BYTE_ARRAY JSON';
    case 'binary':
      return 'BYTE_ARRAY';
    case 'uuid':
      return 'FIXED_LEN_BYTE_ARRAY(16) UUID';
    case 'date':
      return 'INT32 DATE';
    case 'time':
      return 'INT64 TIME(MICROS,false)';
    case 'timestamp':
      return `INT64 TIMESTAMP(MICROS,${type.utc})`;
    case 'decimal':
      return `${decimalStorage(type.precision)} DECIMAL(${type.precision},${type.scale})`;
  }
}

/** The smallest storage that holds every number of so many digits; above 16 bytes in whole words of 8. */
function decimalStorage(precision: number): string {
  if (precision <= 9) return 'INT32';
  if (precision <= 18) return 'INT64';
  const bits = (10n ** BigInt(precision) - 1n).toString(2).length + 1;
  const fewest = Math.ceil(bits / 8);
  return `FIXED_LEN_BYTE_ARRAY(${fewest > 16 ? Math.ceil(fewest / 8) * 8 : fewest})`;
}

/** The same name, from what a file's footer says of a column. */
export function footerTypeName(element: SchemaElement): string {
  const { type, type_length: width } = element;
  const physical = type === 'FIXED_LEN_BYTE_ARRAY' ? `${type}(${width})` : (type ?? 'GROUP');
  const annotation = annotationOf(element);
  return annotation === undefined || annotation === `INTEGER(${physical.slice(3)},true)`
    ? physical
    : `${physical} ${annotation}`;
}

function annotationOf({ logical_type: logical, ...element }: SchemaElement): string | undefined {
  if (logical === undefined) return convertedName(element);
  switch (logical.type) {
    case 'DECIMAL':
      return `DECIMAL(${logical.precision},${logical.scale})`;
    case 'TIME':
    case 'TIMESTAMP':
      return `${logical.type}(${logical.unit},${logical.isAdjustedToUTC})`;
    case 'INTEGER':
      return `INTEGER(${logical.bitWidth},${logical.isSigned})`;
    default:
      return logical.type;
  }
}

/** Files of older writers have converted types alone; their times and timestamps are in UTC by definition. */
function convertedName({ converted_type: converted, precision, scale }: SchemaElement): string | undefined {
  const integer = /^(U?)INT_(\d+)$/.exec(converted ?? '');
  if (integer) return `INTEGER(${integer[2]},${integer[1] === ''})`;
  const moment = /^(TIME|TIMESTAMP)_(MILLIS|MICROS)$/.exec(converted ?? '');
  if (moment) return `${moment[1]}(${moment[2]},true)`;
  if (converted === 'DECIMAL') return `DECIMAL(${precision},${scale ?? 0})`;
  return converted === 'UTF8' ? 'STRING' : converted;
}
