import { DataType } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseType } from '../../src/core/type-text.js';
import { arrowType, typeName } from '../../src/core/type-table.js';
import type { LogicalType } from '../../src/core/types.js';

const scalars: fc.Arbitrary<LogicalType> = fc.oneof(
  fc.constantFrom<LogicalType>(
    ...(['bool', 'text', 'json', 'binary', 'uuid', 'date', 'interval', 'time'] as const).map((kind) => ({ kind })),
    { kind: 'time', unit: 'ns' },
    { kind: 'timestamp', utc: true },
    { kind: 'timestamp', utc: false },
    { kind: 'timestamp', utc: true, unit: 'ns' },
    { kind: 'int', bits: 16 },
    { kind: 'int', bits: 64 },
    { kind: 'float', bits: 32 },
  ),
  fc
    .integer({ min: 1, max: 76 })
    .chain((precision) => fc.nat(precision).map((scale): LogicalType => ({ kind: 'decimal', precision, scale }))),
);

const types = fc.letrec<{ type: LogicalType }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalars,
    tie('type').map((of): LogicalType => ({ kind: 'list', of })),
    fc.tuple(tie('type'), tie('type')).map(([key, value]): LogicalType => ({ kind: 'map', key, value })),
    fc
      .array(fc.record({ name: fc.string({ unit: 'binary' }), type: tie('type') }), { minLength: 1, maxLength: 4 })
      .map((fields): LogicalType => ({ kind: 'struct', fields })),
  ),
})).type;

describe('the text form of a type', () => {
  it('is read back as the type that it was written of, which is one of Arrow', () => {
    fc.assert(
      fc.property(types, (type) => {
        expect(parseType(typeName(type))).toEqual(type);
        expect(arrowType(type)).toBeInstanceOf(DataType);
      }),
    );
  });

  it.each([
    ['text', 'utf8'],
    ['decimal(20)', 'decimal128(20,0)'],
    [' decimal ( 40 , 4 ) ', 'decimal256(40,4)'],
    ['timestamp[us,UTC]', 'timestamp[us, UTC]'],
    ['struct<a:int32,"b c":list<utf8>>', 'struct<a: int32, "b c": list<utf8>>'],
  ])('%s is %s', (text, name) => {
    expect(typeName(parseType(text)!)).toBe(name);
  });

  it.each([
    '',
    'int',
    'int8',
    'list',
    'list<>',
    'list<int32',
    'map<utf8>',
    'struct<a>',
    'decimal',
    'utf8 x',
    'toString',
  ])('%j is none', (text) => {
    expect(parseType(text)).toBeUndefined();
  });

  it.each([
    ['decimal128(39,0)', 'the precision of decimal128 goes from 1 to 38'],
    ['decimal(77)', 'the precision of decimal goes from 1 to 76'],
    ['list<decimal(3,4)>', 'the scale goes from 0 to the precision, 3'],
  ])('%s: %s', (text, message) => {
    expect(() => parseType(text)).toThrow(message);
  });
});
