import { columnFlag } from '../core/option-name.js';
import { invalidRequest } from '../core/errors.js';
import { type Column, type LogicalType, typeName } from '../core/types.js';

/** A type as the log's schema has it (Delta protocol, "Schema Serialization Format"). */
type DeltaType = string | Readonly<Record<string, unknown>>;

/** The types of some columns, and whether one of them needs a feature that not every reader has. */
export interface DeltaSchema {
  /** As JSON, in the form of Spark's `StructType`. */
  readonly json: string;
  /** There are times of day without a zone: readers have to know `timestampNtz`. */
  readonly hasTimesWithoutZone: boolean;
}

/**
 * The schema of columns, all of which may be NULL.
 * @throws request.invalid naming columns of types that Delta tables do not have
 */
export function deltaSchema(columns: readonly Pick<Column, 'name' | 'type'>[]): DeltaSchema {
  const foreign = columns.filter(({ type }) => deltaType(type) === undefined);
  if (foreign.length > 0) {
    const named = foreign.map(({ name, type }) => `${name} (${typeName(type)})`).join(', ');
    throw invalidRequest(
      `delta: a Delta table has no type for ${named}`,
      `Have it written as another one, from the first version on: ${columnFlag('cast', foreign[0]!.name, 'text')}.`,
    );
  }
  assertDifferent(columns.map(({ name }) => name));
  const fields = columns.map(({ name, type }) => field(name, deltaType(type)!));
  return {
    json: JSON.stringify({ type: 'struct', fields }),
    hasTimesWithoutZone: columns.some(({ type }) => isTimeWithoutZone(type)),
  };
}

/** Names that differ in capitals alone are one to readers of Delta tables. */
function assertDifferent(names: readonly string[]): void {
  const folded = names.map((name) => name.toLowerCase());
  const second = folded.findIndex((name, index) => folded.indexOf(name) < index);
  if (second < 0) return;
  const pair = `"${names[folded.indexOf(folded[second]!)]!}" and "${names[second]!}"`;
  throw invalidRequest(
    `delta: the columns ${pair} have the same name to readers of Delta tables, which do not tell capitals`,
    'Call one of them otherwise, by a query.',
  );
}

const field = (name: string, type: DeltaType): Readonly<Record<string, unknown>> => ({
  name,
  type,
  nullable: true,
  metadata: {},
});

const integers = { 16: 'short', 32: 'integer', 64: 'long' } as const;
const largestPrecision = 38;

/** Undefined: there is none that has all values of the type. */
function deltaType(type: LogicalType): DeltaType | undefined {
  switch (type.kind) {
    case 'bool':
      return 'boolean';
    case 'text':
    case 'json':
      return 'string';
    case 'binary':
    case 'date':
      return type.kind;
    case 'int':
      return integers[type.bits];
    case 'float':
      return type.bits === 32 ? 'float' : 'double';
    case 'decimal':
      return type.precision > largestPrecision ? undefined : `decimal(${type.precision},${type.scale})`;
    case 'timestamp':
      if (type.unit === 'ns') return undefined;
      return type.utc ? 'timestamp' : 'timestamp_ntz';
    case 'list':
    case 'struct':
    case 'map':
      return nestedType(type);
    default:
      return undefined;
  }
}

function nestedType(type: Extract<LogicalType, { kind: 'list' | 'struct' | 'map' }>): DeltaType | undefined {
  if (type.kind === 'list') {
    const elementType = deltaType(type.of);
    return elementType && { type: 'array', elementType, containsNull: true };
  }
  if (type.kind === 'map') {
    const [keyType, valueType] = [deltaType(type.key), deltaType(type.value)];
    return keyType && valueType && { type: 'map', keyType, valueType, valueContainsNull: true };
  }
  const fields = type.fields.flatMap(({ name, type: of }) => {
    const inside = deltaType(of);
    return inside === undefined ? [] : [field(name, inside)];
  });
  return fields.length < type.fields.length ? undefined : { type: 'struct', fields };
}

function isTimeWithoutZone(type: LogicalType): boolean {
  switch (type.kind) {
    case 'timestamp':
      return !type.utc;
    case 'list':
      return isTimeWithoutZone(type.of);
    case 'map':
      return [type.key, type.value].some(isTimeWithoutZone);
    case 'struct':
      return type.fields.some(({ type: of }) => isTimeWithoutZone(of));
    default:
      return false;
  }
}
