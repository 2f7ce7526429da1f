import { DataType, DateUnit, type Field, IntervalUnit, Precision } from 'apache-arrow';
import { TidemarkError } from '../errors.js';

/** What a value means, whatever width it is stored in. docs/digest.md, "Values". */
export type Kind =
  | 'bool'
  | 'number'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'instant'
  | 'float'
  | 'text'
  | 'json'
  | 'binary'
  | 'uuid'
  | 'interval'
  | 'list'
  | 'struct'
  | 'map';

/**
 * The kind of a field's values: those of a dictionary, where the field has one.
 * @throws source.unsupported for an Arrow type that no logical type becomes
 */
export function kindOf(field: Field): Kind {
  const type = valueType(field);
  const extension = field.metadata.get('ARROW:extension:name');
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)) {
    return extension === 'arrow.json' ? 'json' : 'text';
  }
  if (DataType.isFixedSizeBinary(type) && type.byteWidth === 16 && extension === 'arrow.uuid') return 'uuid';
  if (DataType.isTimestamp(type)) return (type.timezone ?? '') === '' ? 'timestamp' : 'instant';
  const kind = plainKinds.find(([is]) => is(type))?.[1];
  if (kind !== undefined) return kind;
  throw new TidemarkError('source.unsupported', `column ${field.name}: there is no digest of ${String(type)}`, {
    hint: 'Leave the digest out: --digest off.',
  });
}

const plainKinds: readonly (readonly [(type: DataType) => boolean, Kind])[] = [
  [DataType.isBool, 'bool'],
  [(type) => DataType.isInt(type) && type.isSigned && type.bitWidth >= 16, 'number'],
  [DataType.isDecimal, 'number'],
  [(type) => DataType.isFloat(type) && type.precision !== Precision.HALF, 'float'],
  [(type) => DataType.isDate(type) && type.unit === DateUnit.DAY, 'date'],
  [DataType.isTime, 'time'],
  [(type) => DataType.isInterval(type) && type.unit === IntervalUnit.MONTH_DAY_NANO, 'interval'],
  [(type) => DataType.isBinary(type) || DataType.isLargeBinary(type) || DataType.isBinaryView(type), 'binary'],
  [(type) => DataType.isList(type) || DataType.isLargeList(type), 'list'],
  [DataType.isStruct, 'struct'],
  [DataType.isMap, 'map'],
];

/** The kind as the fingerprint has it, with what is in it: `list<struct<"x": float>>`. */
export function kindText(field: Field): string {
  const kind = kindOf(field);
  const children = childrenOf(field);
  if (kind === 'list') return `list<${kindText(children[0]!)}>`;
  if (kind === 'map') return `map<${kindText(children[0]!)}, ${kindText(children[1]!)}>`;
  if (kind !== 'struct') return kind;
  return `struct<${children.map((child) => `${JSON.stringify(child.name)}: ${kindText(child)}`).join(', ')}>`;
}

/** The fields of what is nested: a list's elements, a struct's fields, a map's key and value. */
export function childrenOf(field: Field): readonly Field[] {
  const type = valueType(field);
  if (!DataType.isMap(type)) return (type.children as Field[] | null) ?? [];
  return (type.children[0] as Field).type.children as Field[];
}

function valueType({ type }: Field): DataType {
  return DataType.isDictionary(type) ? (type.dictionary as DataType) : (type as DataType);
}
