import type { SchemaElement } from 'hyparquet';

/** The type of a column as {@link import('../schema/type-name.js').parquetTypeName} names it, from what a file's footer says. */
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
