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
  IntervalMonthDayNano,
  List,
  Map_,
  Struct,
  TimeMicrosecond,
  TimeNanosecond,
  TimestampMicrosecond,
  TimestampNanosecond,
  Utf8,
} from 'apache-arrow';
import type { LogicalType } from './logical-type.js';

/** A type of one kind. */
type OfKind<Kind extends LogicalType['kind']> = Extract<LogicalType, { readonly kind: Kind }>;

interface TypeForm<Type> {
  arrow(type: Type): DataType;
  /** In Arrow's words: `decimal128(15,2)`, `timestamp[us, UTC]`, `list<int32>`. */
  text(type: Type): string;
}

/** A name that is a word stands as it is; others are quoted as JSON strings. */
const fieldName = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name));
const child = (name: string, type: LogicalType): Field =>
  new Field(name, arrowType(type), true, extensionMetadata(type));
const simple = (text: string, arrow: () => DataType): TypeForm<unknown> => ({ arrow, text: () => text });

/** All types: what each is in Arrow, and how it is written. */
const forms: { readonly [Kind in LogicalType['kind']]: TypeForm<OfKind<Kind>> } = {
  bool: simple('bool', () => new Bool()),
  text: simple('utf8', () => new Utf8()),
  json: simple('json', () => new Utf8()),
  binary: simple('binary', () => new Binary()),
  uuid: simple('uuid', () => new FixedSizeBinary(16)),
  date: simple('date32', () => new Date_(DateUnit.DAY)),
  interval: simple('interval', () => new IntervalMonthDayNano()),
  int: {
    arrow: ({ bits }) => (bits === 16 ? new Int16() : bits === 32 ? new Int32() : new Int64()),
    text: ({ bits }) => `int${bits}`,
  },
  float: {
    arrow: ({ bits }) => (bits === 32 ? new Float32() : new Float64()),
    text: ({ bits }) => `float${bits}`,
  },
  decimal: {
    arrow: ({ precision, scale }) => new Decimal(scale, precision, precision > largestDecimal128 ? 256 : 128),
    text: ({ precision, scale }) => `decimal${precision > largestDecimal128 ? 256 : 128}(${precision},${scale})`,
  },
  time: {
    arrow: ({ unit }) => (unit === 'ns' ? new TimeNanosecond() : new TimeMicrosecond()),
    text: ({ unit = 'us' }) => `time64[${unit}]`,
  },
  timestamp: {
    arrow: ({ unit, utc }) => {
      const zone = utc ? 'UTC' : null;
      return unit === 'ns' ? new TimestampNanosecond(zone) : new TimestampMicrosecond(zone);
    },
    text: ({ unit = 'us', utc }) => `timestamp[${unit}${utc ? ', UTC' : ''}]`,
  },
  list: {
    arrow: ({ of }) => new List(child('item', of)),
    text: ({ of }) => `list<${typeName(of)}>`,
  },
  struct: {
    arrow: ({ fields }) => new Struct(fields.map(({ name, type }) => child(name, type))),
    text: ({ fields }) =>
      `struct<${fields.map(({ name, type }) => `${fieldName(name)}: ${typeName(type)}`).join(', ')}>`,
  },
  map: {
    arrow: ({ key, value }) => {
      const entries = new Struct([
        new Field('key', arrowType(key), false, extensionMetadata(key)),
        child('value', value),
      ]);
      return new Map_(new Field('entries', entries, false) as never, false);
    },
    text: ({ key, value }) => `map<${typeName(key)}, ${typeName(value)}>`,
  },
};

/** Decimals of more digits take 256 bits, which not all readers take. */
export const largestDecimal128 = 38;
export const largestDecimal256 = 76;

const formOf = <Type extends LogicalType>(type: Type): TypeForm<Type> => forms[type.kind] as unknown as TypeForm<Type>;

/** The Arrow type of a logical type. */
export function arrowType(type: LogicalType): DataType {
  return formOf(type).arrow(type);
}

/** The text form of a logical type, for people and for the manifest. {@link import('./type-text.js').parseType} reads it. */
export function typeName(type: LogicalType): string {
  return formOf(type).text(type);
}

/** `uuid` and `json` carry Arrow's canonical extension names, from which the Parquet writer takes the UUID and JSON annotations. */
export function extensionMetadata(type: LogicalType): Map<string, string> | undefined {
  if (type.kind !== 'uuid' && type.kind !== 'json') return undefined;
  return new Map([
    ['ARROW:extension:name', `arrow.${type.kind}`],
    ['ARROW:extension:metadata', ''],
  ]);
}
