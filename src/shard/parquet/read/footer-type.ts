import type { SchemaElement } from 'hyparquet';

/**
 * The type of a column as {@link import('../schema/type-name.js').parquetTypeName} names it, from what a file's footer says.
 * @param elements that of the column, then those below it
 */
export function footerTypeName(elements: readonly SchemaElement[]): string {
  return typeAt(elements, 0).text;
}

/** The text of the element at `index`, and where what is below it ends. */
function typeAt(elements: readonly SchemaElement[], index: number): { readonly text: string; readonly end: number } {
  const element = elements[index];
  if (element === undefined) throw new Error('the schema has fewer elements than it claims');
  if (element.num_children === undefined) return { text: leafName(element), end: index + 1 };
  const annotation = element.logical_type?.type ?? element.converted_type;
  // Between a list and its elements stands the group that repeats.
  const isRepeated = annotation === 'LIST' || annotation === 'MAP';
  const count = isRepeated ? (elements[index + 1]?.num_children ?? 0) : element.num_children;
  const texts: string[] = [];
  let end = isRepeated ? index + 2 : index + 1;
  for (let child = 0; child < count; child += 1) {
    const inner = typeAt(elements, end);
    texts.push(isRepeated ? inner.text : `${elements[end]!.name}: ${inner.text}`);
    end = inner.end;
  }
  return { text: `${isRepeated ? annotation : 'STRUCT'}<${texts.join(', ')}>`, end };
}

function leafName(element: SchemaElement): string {
  const { type, type_length: width } = element;
  const physical = type === 'FIXED_LEN_BYTE_ARRAY' ? `${type}(${width})` : `${type}`;
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
