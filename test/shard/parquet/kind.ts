import {
  Binary,
  Bool,
  type DataType,
  DateDay,
  DateMillisecond,
  Decimal,
  Dictionary,
  DurationMicrosecond,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  LargeBinary,
  LargeUtf8,
  List,
  Map_,
  Null,
  Struct,
  Time,
  Timestamp,
  TimeUnit,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  Utf8View,
} from 'apache-arrow';
import * as canonical from '../../readers/canonical.js';

/**
 * A type as tests describe it, its Arrow type, and its values as plain JavaScript. The oracle of every test is `textOf`:
 * what a reader that loses nothing says of a value.
 */
export type Kind =
  | {
      readonly kind:
        'bool' | 'null' | 'text' | 'json' | 'large-text' | 'text-view' | 'binary' | 'large-binary' | 'uuid';
    }
  | { readonly kind: 'date' | 'date-ms' | 'duration' | 'float16' }
  | { readonly kind: 'int' | 'uint'; readonly bits: 8 | 16 | 32 | 64 }
  | { readonly kind: 'float'; readonly bits: 32 | 64 }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number; readonly wide?: boolean }
  | { readonly kind: 'time' | 'timestamp'; readonly unit: UnitName; readonly zone?: string }
  | { readonly kind: 'fixed'; readonly width: number }
  | { readonly kind: 'list' | 'dictionary'; readonly of: Kind; readonly nullable?: boolean }
  | { readonly kind: 'fixed-list'; readonly of: Kind; readonly size: number }
  | { readonly kind: 'map'; readonly key: Kind; readonly of: Kind }
  | { readonly kind: 'struct'; readonly fields: Readonly<Record<string, Kind>>; readonly required?: boolean };

export type UnitName = 's' | 'ms' | 'us' | 'ns';

/** bigint: integers, decimals (unscaled), dates and times (in their unit); lists, structs (by field) and maps (pairs) are arrays. */
export type Value =
  null | boolean | bigint | number | string | Uint8Array | readonly Value[] | readonly (readonly [Value, Value])[];

const units: Record<UnitName, { unit: TimeUnit; perSecond: bigint }> = {
  s: { unit: TimeUnit.SECOND, perSecond: 1n },
  ms: { unit: TimeUnit.MILLISECOND, perSecond: 1_000n },
  us: { unit: TimeUnit.MICROSECOND, perSecond: 1_000_000n },
  ns: { unit: TimeUnit.NANOSECOND, perSecond: 1_000_000_000n },
};

const simpleTypes = {
  bool: Bool,
  null: Null,
  text: Utf8,
  json: Utf8,
  'large-text': LargeUtf8,
  'text-view': Utf8View,
  binary: Binary,
  'large-binary': LargeBinary,
  date: DateDay,
  'date-ms': DateMillisecond,
  duration: DurationMicrosecond,
  float16: Float16,
};
const integerTypes = {
  int8: Int8,
  int16: Int16,
  int32: Int32,
  int64: Int64,
  uint8: Uint8,
  uint16: Uint16,
  uint32: Uint32,
  uint64: Uint64,
};

/** One type object per kind: Arrow tells dictionaries apart by identity. */
const dictionaries = new WeakMap<Kind, Dictionary>();

function dictionaryOf(kind: Kind): Dictionary {
  const known = dictionaries.get(kind) ?? new Dictionary(typeOf(kind), new Int32());
  dictionaries.set(kind, known);
  return known;
}

export function typeOf(kind: Kind): DataType {
  switch (kind.kind) {
    case 'int':
    case 'uint':
      return new integerTypes[`${kind.kind}${kind.bits}`]();
    case 'float':
      return kind.bits === 32 ? new Float32() : new Float64();
    case 'decimal':
      return new Decimal(kind.scale, kind.precision, kind.precision > 38 || kind.wide ? 256 : 128);
    case 'time':
      return new Time(units[kind.unit].unit, kind.unit === 's' || kind.unit === 'ms' ? 32 : 64);
    case 'timestamp':
      return new Timestamp(units[kind.unit].unit, kind.zone ?? null);
    case 'uuid':
      return new FixedSizeBinary(16);
    case 'fixed':
      return new FixedSizeBinary(kind.width);
    case 'list':
      return new List(fieldOf('item', kind.of, kind.nullable ?? true));
    case 'dictionary':
      return dictionaryOf(kind.of);
    case 'fixed-list':
      return new FixedSizeList(kind.size, fieldOf('item', kind.of, true));
    case 'map': {
      const fields = [fieldOf('key', kind.key, false), fieldOf('value', kind.of, true)];
      return new Map_(new Field('entries', new Struct<{ key: DataType; value: DataType }>(fields as never), false));
    }
    case 'struct':
      return new Struct(Object.entries(kind.fields).map(([name, of]) => fieldOf(name, of, !kind.required)));
    default:
      return new simpleTypes[kind.kind]();
  }
}

export function fieldOf(name: string, kind: Kind, nullable: boolean): Field {
  const extension = kind.kind === 'uuid' || kind.kind === 'json' ? `arrow.${kind.kind}` : undefined;
  const metadata = new Map(
    extension
      ? [
          ['ARROW:extension:name', extension],
          ['ARROW:extension:metadata', ''],
        ]
      : [],
  );
  return new Field(name, typeOf(kind), nullable, metadata);
}

/** What a reader that loses nothing says of a value. */
export function textOf(kind: Kind, value: Value): canonical.CanonicalText {
  if (value === null) return null;
  const inside = (of: Kind, item: Value) => canonical.inner(textOf(of, item), isText(of));
  switch (kind.kind) {
    case 'float16':
      return canonical.floatText(value as number, 64);
    case 'float':
      return canonical.floatText(value as number, kind.bits);
    case 'decimal':
      return canonical.decimalText(value as bigint, kind.scale);
    case 'date':
      return canonical.dateText(value as bigint);
    case 'date-ms':
      return canonical.dateText((value as bigint) / 86_400_000n);
    case 'time':
      return canonical.timeText(value as bigint, units[kind.unit].perSecond);
    case 'timestamp':
      return canonical.timestampText(value as bigint, units[kind.unit].perSecond, kind.zone !== undefined);
    case 'binary':
    case 'large-binary':
    case 'fixed':
      return canonical.hexText(value as Uint8Array);
    case 'uuid':
      return canonical.uuidText(value as Uint8Array);
    case 'dictionary':
      return textOf(kind.of, value);
    case 'list':
    case 'fixed-list':
      return canonical.listText((value as Value[]).map((item) => inside(kind.of, item)));
    case 'map':
      return canonical.mapText((value as [Value, Value][]).map(([k, v]) => [inside(kind.key, k), inside(kind.of, v)]));
    case 'struct':
      return canonical.structText(
        Object.entries(kind.fields).map(([name, of], i) => [name, inside(of, (value as Value[])[i]!)]),
      );
    default:
      return String(value);
  }
}

function isText(kind: Kind): boolean {
  if (kind.kind === 'dictionary') return isText(kind.of);
  return kind.kind === 'text' || kind.kind === 'large-text' || kind.kind === 'text-view' || kind.kind === 'json';
}
