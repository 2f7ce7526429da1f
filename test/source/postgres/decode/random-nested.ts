import fc from 'fast-check';
import type { ColumnPart, LogicalType } from '../../../../src/core/types.js';
import { floatBits, nestedText } from './canonical.js';
import { anyText, type Field, type RandomColumn, randomColumns, sized } from './random-columns.js';
import { randomScalars } from './random-scalars.js';

export const int32 = (value: number): Buffer => sized(4, (b) => b.writeInt32BE(value));
const uint32 = (value: number): Buffer => sized(4, (b) => b.writeUInt32BE(value));
type Maybe = Field | null;
const textOf = (field: Maybe): string | null => field?.text ?? null;

/** The length and the bytes of a part; NULL is −1. */
export const withLength = (field: Maybe): Buffer =>
  field === null ? int32(-1) : Buffer.concat([int32(field.bytes.length), field.bytes]);

function partOf({ wire, type, parts }: RandomColumn, name: string, typeId?: number): ColumnPart {
  return { name, sourceType: wire, type, wire, ...(typeId !== undefined && { typeId }), ...(parts && { parts }) };
}

/** Numbers of types have no sign. */
export const typeId = 0xfedc_ba98;

const list = (wire: string, parts: readonly ColumnPart[], field: fc.Arbitrary<Field>): RandomColumn => ({
  ...{ wire, parts, field },
  type: { kind: 'list', of: parts[0]!.type },
});

const struct = (wire: string, parts: readonly ColumnPart[], field: fc.Arbitrary<Field>): RandomColumn => ({
  ...{ wire, parts, field },
  type: { kind: 'struct', fields: parts.map(({ name, type }) => ({ name, type })) },
});

export function arrayField(elements: readonly Maybe[]): Field {
  const hasNulls = elements.includes(null) ? 1 : 0;
  const header = [int32(elements.length === 0 ? 0 : 1), int32(hasNulls), uint32(typeId)];
  const dimension = elements.length === 0 ? [] : [int32(elements.length), int32(1)];
  return {
    bytes: Buffer.concat([...header, ...dimension, ...elements.map(withLength)]),
    text: nestedText(elements.map(textOf)),
  };
}

export const arrayOf = (element: RandomColumn): RandomColumn =>
  list(
    'array',
    [partOf(element, 'element', typeId)],
    fc.array(fc.option(element.field, { freq: 4 }), { maxLength: 5 }).map(arrayField),
  );

export function recordOf(...columns: readonly RandomColumn[]): RandomColumn {
  const parts = columns.map((column, i) => partOf(column, `f${i}`, typeId + i));
  const fields = fc.tuple(...columns.map(({ field }) => fc.option(field, { freq: 4 })));
  const bytesOf = (values: readonly Maybe[]): Buffer =>
    Buffer.concat([int32(values.length), ...values.flatMap((value, i) => [uint32(typeId + i), withLength(value)])]);
  return struct(
    'record',
    parts,
    fields.map((values) => ({ bytes: bytesOf(values), text: nestedText(values.map(textOf)) })),
  );
}

const flag: RandomColumn = {
  wire: 'bool',
  type: { kind: 'bool' },
  field: fc.constant({ bytes: Buffer.of(1), text: '' }),
};

/** Bounds that are not there are not written either. */
export function rangeOf(bound: RandomColumn): RandomColumn {
  const parts = [
    ...['lower', 'upper'].map((name) => partOf(bound, name, typeId)),
    ...['lower_inc', 'upper_inc', 'empty'].map((name) => partOf(flag, name)),
  ];
  const some = fc.tuple(fc.option(bound.field), fc.option(bound.field), fc.boolean(), fc.boolean());
  const full = some.map(([lower, upper, lowerIncluded, upperIncluded]) => {
    const flags = (lowerIncluded ? 2 : 0) | (upperIncluded ? 4 : 0) | (lower ? 0 : 8) | (upper ? 0 : 16);
    const bounds = [lower, upper].filter((field) => field !== null).map(withLength);
    return {
      bytes: Buffer.concat([Buffer.of(flags), ...bounds]),
      text: nestedText([textOf(lower), textOf(upper), String(lowerIncluded), String(upperIncluded), 'false']),
    };
  });
  const empty = { bytes: Buffer.of(1), text: nestedText([null, null, 'false', 'false', 'true']) };
  return struct('range', parts, fc.oneof({ weight: 5, arbitrary: full }, fc.constant(empty)));
}

export function multirangeOf(bound: RandomColumn): RandomColumn {
  const range = rangeOf(bound);
  const field = fc.array(range.field, { maxLength: 4 }).map((ranges) => ({
    bytes: Buffer.concat([int32(ranges.length), ...ranges.map(withLength)]),
    text: nestedText(ranges.map(textOf)),
  }));
  return list('multirange', [partOf(range, 'range', typeId)], field);
}

const only = (wire: string, kind: LogicalType['kind']): RandomColumn =>
  [...randomColumns, ...randomScalars].find((column) => column.wire === wire && column.type.kind === kind)!;
export const [int2, int4, int8, bool] = [
  only('int2', 'int'),
  only('int4', 'int'),
  only('int8', 'int'),
  only('bool', 'bool'),
];
export const [date, time, uncheckedText] = [only('date', 'date'), only('time', 'time'), only('text-unchecked', 'text')];
const text = only('text', 'text');

export const interval: RandomColumn = struct(
  'interval',
  [partOf(int4, 'months'), partOf(int4, 'days'), partOf(int8, 'microseconds')],
  fc.tuple(int4.field, int4.field, int8.field).map(([months, days, micros]) => ({
    bytes: Buffer.concat([micros.bytes, days.bytes, months.bytes]),
    text: nestedText([months.text, days.text, micros.text]),
  })),
);

const hstore: RandomColumn = {
  wire: 'hstore',
  type: { kind: 'map', key: { kind: 'text' }, value: { kind: 'text' } },
  parts: [partOf(text, 'key'), partOf(text, 'value')],
  field: fc.array(fc.tuple(anyText, fc.option(anyText)), { maxLength: 4 }).map((pairs) => ({
    bytes: Buffer.concat([int32(pairs.length), ...pairs.flat().map(withLength)]),
    text: nestedText(pairs.map((pair) => nestedText(pair.map(textOf)))),
  })),
};

const vector = (wire: string, elementWire: string, element: fc.Arbitrary<Field>): RandomColumn =>
  list(
    wire,
    [{ name: 'element', sourceType: elementWire, type: { kind: 'float', bits: 32 }, wire: elementWire }],
    fc.array(element, { maxLength: 9 }).map((elements) => ({
      bytes: Buffer.concat([sized(4, (b) => b.writeInt16BE(elements.length)), ...elements.map(({ bytes }) => bytes)]),
      text: nestedText(elements.map(textOf)),
    })),
  );

/** By arithmetic: a fraction of 1024 parts, and a power of two. */
const half = fc.tuple(fc.nat(30), fc.nat(1023), fc.boolean()).map(([exponent, fraction, negative]): Field => {
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return {
    bytes: sized(2, (b) => b.writeUInt16BE((negative ? 0x8000 : 0) | (exponent << 10) | fraction)),
    text: floatBits(negative ? -size : size, 32),
  };
});

const elements = [...randomColumns, ...randomScalars];

/** A column of each type whose values are made of others; arrays of all that is single, and of some that are not. */
export const randomNested: readonly RandomColumn[] = [
  ...elements.map(arrayOf),
  ...[interval, hstore, rangeOf(int4), multirangeOf(date), recordOf(int4, text)].map(arrayOf),
  recordOf(int4),
  recordOf(bool, text, only('numeric', 'decimal'), only('numeric', 'text'), only('uuid', 'uuid')),
  recordOf(arrayOf(recordOf(int8, arrayOf(text))), rangeOf(int8), interval, hstore),
  arrayOf(recordOf(arrayOf(int2), arrayOf(recordOf(bool, text)))),
  ...[int4, date, only('timestamp', 'timestamp'), only('numeric', 'text'), only('inet', 'text')].map(rangeOf),
  ...[int8, date, only('numeric', 'text')].map(multirangeOf),
  interval,
  hstore,
  vector('vector', 'float4', only('float4', 'float').field),
  vector('halfvec', 'float2', half),
];
