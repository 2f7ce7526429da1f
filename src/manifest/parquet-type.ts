import type { SchemaElement } from 'hyparquet';
import type { LogicalType } from '../core/types.js';

/**
 * The Parquet type of a logical type, as the manifest names it: the logical annotation, or the physical type where there
 * is none. How a decimal is stored (INT32, INT64, bytes) is the writer's choice and not part of the name.
 */
export function parquetTypeName(type: LogicalType): string {
  switch (type.kind) {
    case 'bool':
      return 'BOOLEAN';
    case 'int':
      return type.bits === 16 ? 'INT(16)' : `INT${type.bits}`;
    case 'float':
      return type.bits === 32 ? 'FLOAT' : 'DOUBLE';
    case 'text':
      return 'STRING';
    case 'json':
      return 'JSON';
    case 'uuid':
      return 'UUID';
    case 'binary':
      return 'BYTE_ARRAY';
    case 'date':
      return 'DATE';
    case 'time':
      return 'TIME(MICROS)';
    case 'timestamp':
      return type.utc ? 'TIMESTAMP(MICROS, UTC)' : 'TIMESTAMP(MICROS)';
    case 'decimal':
      return `DECIMAL(${type.precision}, ${type.scale})`;
  }
}

/** The same name, from what a file's footer says of a column. */
export function footerTypeName(element: SchemaElement): string {
  const { logical_type: logical, converted_type: converted, type } = element;
  if (logical === undefined) return converted === undefined ? (type ?? 'GROUP') : convertedName(element);
  switch (logical.type) {
    case 'DECIMAL':
      return `DECIMAL(${logical.precision}, ${logical.scale})`;
    case 'TIME':
      return `TIME(${logical.unit})`;
    case 'TIMESTAMP':
      return logical.isAdjustedToUTC ? `TIMESTAMP(${logical.unit}, UTC)` : `TIMESTAMP(${logical.unit})`;
    case 'INTEGER':
      return integerName(logical.bitWidth, logical.isSigned);
    default:
      return logical.type;
  }
}

/** Signed 32 and 64 bits are what the physical types mean anyway. */
function integerName(bits: number, signed: boolean): string {
  if (!signed) return `UINT(${bits})`;
  return bits >= 32 ? `INT${bits}` : `INT(${bits})`;
}

function convertedName({ converted_type: converted, precision, scale }: SchemaElement): string {
  const integer = /^(U?)INT_(\d+)$/.exec(converted!);
  if (integer) return integerName(Number(integer[2]), integer[1] === '');
  if (converted === 'UTF8') return 'STRING';
  if (converted === 'DECIMAL') return `DECIMAL(${precision}, ${scale ?? 0})`;
  const moment = /^(TIME|TIMESTAMP)_(MILLIS|MICROS)$/.exec(converted!);
  // Converted timestamps are instants; converted times of day carry no zone that this name would tell.
  if (moment) return moment[1] === 'TIMESTAMP' ? `TIMESTAMP(${moment[2]}, UTC)` : `TIME(${moment[2]})`;
  return converted!;
}
