import {
  Binary,
  type DataType,
  Decimal,
  Field,
  Int16,
  Int32,
  Int64,
  makeVector,
  Struct,
  TimeMicrosecond,
  TimeNanosecond,
  TimestampMicrosecond,
  TimestampNanosecond,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { asType } from '../../../src/core/arrow/as-type.js';
import { Seeded } from '../../snapshot/types/random/seeded.js';

const texts = (...values: readonly (string | null)[]): unknown => vectorFromArray(values, new Utf8()).data[0];

/** The numbers that stand in the array, or NULL. */
function numbersOf(values: readonly (string | null)[], type: DataType): (string | null)[] {
  const data = asType(texts(...values) as never, type, 'c');
  return Array.from({ length: data.length }, (_, row) =>
    data.getValid(row) ? String((data.values as BigInt64Array)[row]) : null,
  );
}

describe('texts as what they say', () => {
  it.each<[string, DataType, string]>([
    ['1970-01-01 00:00:00.000000000', new TimestampMicrosecond(), '0'],
    ['2024-01-31 12:34:56.123456000', new TimestampMicrosecond(), '1706704496123456'],
    ['1969-12-31 23:59:59.500000000', new TimestampMicrosecond(), '-500000'],
    ['0001-01-01 00:00:00.000001000', new TimestampMicrosecond(), '-62135596799999999'],
    ['9999-12-31 23:59:59.999999000', new TimestampMicrosecond(), '253402300799999999'],
    ['2024-01-31 12:34:56.123456789 +0530', new TimestampNanosecond(), '1706684696123456789'],
    ['2024-01-31 12:34:56 -05:30', new TimestampMicrosecond(), '1706724296000000'],
    ['2024-01-31T12:34:56Z', new TimestampMicrosecond(), '1706704496000000'],
    ['2024-02-29', new TimestampMicrosecond(), '1709164800000000'],
    ['23:59:59.999999', new TimeMicrosecond(), '86399999999'],
    ['00:00:00.000000001', new TimeNanosecond(), '1'],
  ])('%s', (text, type, number) => {
    expect(numbersOf([null, text, null], type)).toEqual([null, number, null]);
  });

  it.each<[string, DataType, RegExp]>([
    ['2024-01-31 12:34:56.123456789', new TimestampMicrosecond(), /"c" has a moment that is not of whole microseconds/],
    ['9999-12-31 00:00:00', new TimestampNanosecond(), /or too far away/],
    ['', new TimestampMicrosecond(), /"c" has a text that says no moment/],
    ['yesterday', new TimestampMicrosecond(), /says no moment/],
    ['0f0', new Binary(), /says no bytes/],
    ['zz', new Binary(), /says no bytes/],
  ])('%s is refused as %s', (text, type, message) => {
    expect(() => asType(texts(text) as never, type, 'c')).toThrow(message);
  });

  it('many moments, as JavaScript counts them', () => {
    const two = (number: number): string => String(number).padStart(2, '0');
    const random = new Seeded(7);
    const moments = random.many(20_000, () => {
      const millis = random.int(-62_135_596_800_000, 253_402_300_799_999);
      const micros = random.int(0, 999);
      const zone = random.int(-14 * 60, 14 * 60);
      const local = new Date(millis);
      const iso = local.toISOString().replace('T', ' ').slice(0, 23);
      const offset = `${zone < 0 ? '-' : '+'}${two(Math.floor(Math.abs(zone) / 60))}${two(Math.abs(zone) % 60)}`;
      const text = `${iso}${String(micros).padStart(3, '0')}000`;
      const count = BigInt(local.getTime()) * 1000n + BigInt(micros);
      return [
        [text, String(count)],
        [`${text} ${offset}`, String(count - BigInt(zone) * 60_000_000n)],
      ] as const;
    });
    const [all, counts] = [0, 1].map((part) => moments.flat().map((one) => one[part]!));
    expect(numbersOf(all!, new TimestampMicrosecond())).toEqual(counts);
  });

  it('bytes, by their digits', () => {
    const data = asType(texts('00FF', null, '', 'abcd', null) as never, new Binary(), 'c');
    const vector = makeVector(data as never);
    expect([...vector].map((value) => value && Buffer.from(value as Uint8Array).toString('hex'))).toEqual([
      ...['00ff', null, '', 'abcd', null],
    ]);
  });

  it('a moment and the distance of its zone', () => {
    const type = new Struct([
      new Field('instant', new TimestampMicrosecond('UTC'), true),
      new Field('offset_minutes', new Int16(), true),
    ]);
    const data = asType(texts('2024-01-31 12:34:56 +0530', null, '2024-01-31 12:34:56 -0130') as never, type, 'c');
    expect([0, 1, 2].map((row) => data.getValid(row))).toEqual([true, false, true]);
    const [moments, minutes] = data.children.map((child) => child.values as ArrayLike<unknown>);
    expect([moments![0], minutes![0], moments![2], minutes![2]]).toEqual([
      ...[1_706_684_696_000_000n, 330, 1_706_709_896_000_000n, -90],
    ]);
  });
});

describe('decimals without a fraction as integers', () => {
  const decimals = (...values: readonly (bigint | null)[]): unknown => {
    const words = values.flatMap((value) =>
      [0n, 32n, 64n, 96n].map((shift) => Number(BigInt.asUintN(32, (value ?? 0n) >> shift))),
    );
    const bits = values.reduce((all, value, row) => (value === null ? all : all | (1 << row)), 0);
    const nullBitmap = Uint8Array.of(bits);
    const nullCount = values.filter((value) => value === null).length;
    const type = new Decimal(0, 38, 128);
    return makeVector({ type, length: values.length, nullCount, nullBitmap, data: Uint32Array.from(words) } as never)
      .data[0];
  };
  const max = 2n ** 63n - 1n;

  it('of the width that is wanted', () => {
    const wide = asType(decimals(max, -max - 1n, null, -1n) as never, new Int64(), 'c');
    expect([...(wide.values as BigInt64Array)]).toEqual([max, -max - 1n, 0n, -1n]);
    expect(wide.nullCount).toBe(1);
    const narrow = asType(decimals(2147483647n, -2147483648n, null) as never, new Int32(), 'c');
    expect([...(narrow.values as Int32Array)]).toEqual([2147483647, -2147483648, 0]);
  });

  it.each([
    [max + 1n, new Int64()],
    [-max - 2n, new Int64()],
    [10n ** 37n, new Int64()],
    [2147483648n, new Int32()],
  ])('%s is refused as %s', (value, type) => {
    expect(() => asType(decimals(value) as never, type, 'c')).toThrow(/"c" has a number with more digits/);
  });
});
