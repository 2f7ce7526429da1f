import fc from 'fast-check';
import { makeData, type Data, DateDay, Field, Int64, TimestampMicrosecond, Utf8 } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { daysOfText } from '../../src/core/arrow/calendar.js';
import { folderOf, placeOf, targetKey } from '../../src/core/target-place.js';
import { ValueCodes } from '../../src/partition/value-codes.js';

const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !value.includes('\0'));

describe('folders of partitions', () => {
  it.each([
    ['country', 'DE', 'country=DE'],
    ['country', null, 'country=__HIVE_DEFAULT_PARTITION__'],
    ['country', '', 'country=__HIVE_DEFAULT_PARTITION__'],
    ['a=b', 'x/y z', 'a%3Db=x%2Fy z'],
    ['at', '2024-01-01 12:00:00', 'at=2024-01-01 12%3A00%3A00'],
    ['c', `"#%'*/:=?\\{[]^\u0001\u007f`, 'c=%22%23%25%27%2A%2F%3A%3D%3F%5C%7B%5B%5D%5E%01%7F'],
    ['c', 'Ü}<>|~`!$&().,;@-_+', 'c=Ü}<>|~`!$&().,;@-_+'],
  ])('%j of %j is %j', (name, value, folder) => {
    expect(folderOf(name, value)).toBe(folder);
  });

  it('say which partition they are of, whatever its values are', () => {
    const partition = fc.dictionary(text, fc.option(text)).filter((map) => !Object.hasOwn(map, '__proto__'));
    const split = fc.option(fc.constantFrom('train', 'test'), { nil: undefined });
    fc.assert(
      fc.property(partition, split, (values, part) => {
        fc.pre(Object.keys(values).length > 0 && !Object.values(values).includes('__HIVE_DEFAULT_PARTITION__'));
        const place = { ...(part !== undefined && { split: part }), partition: values };
        expect(placeOf(targetKey(place))).toEqual(place);
      }),
    );
  });
});

describe('codes of values', () => {
  const codesOf = (data: Data, unit?: 'day' | 'month' | 'year'): (string | null)[] => {
    const codes = new ValueCodes(new Field('c', data.type), unit, ['']);
    const out = new Int32Array(data.length);
    codes.assign(data, out);
    return [...out].map((code) => codes.texts[code]!);
  };

  it('tell whole numbers apart, near each other and far away', () => {
    const values = [
      0n,
      -1n,
      1n,
      2n ** 53n,
      2n ** 53n + 1n,
      -(2n ** 53n) - 1n,
      2n ** 63n - 1n,
      -(2n ** 63n),
      4294967296n,
      0n,
    ];
    const data = makeData({ type: new Int64(), data: BigInt64Array.from(values) });
    expect(codesOf(data)).toEqual(values.map(String));
  });

  it('of moments are their days, months and years, before 1970 and past 9999, too', () => {
    const moments = [
      '1969-12-31T23:59:59.999Z',
      '1970-01-01T00:00:00Z',
      '0099-03-01T00:00:00Z',
      '+012024-02-29T12:00:00Z',
      '-000044-03-15T00:00:00Z',
    ];
    const data = makeData({
      type: new TimestampMicrosecond('UTC'),
      data: BigInt64Array.from(moments.map((one) => BigInt(Date.parse(one)) * 1000n)),
    });
    expect(codesOf(data, 'day')).toEqual(moments.map((one) => one.split('T')[0]));
    expect(codesOf(data, 'month')).toEqual(['1969-12', '1970-01', '0099-03', '+012024-02', '-000044-03']);
    expect(codesOf(data, 'year')).toEqual(['1969', '1970', '0099', '+012024', '-000044']);
  });

  it('of days are read again as the same days', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -2_000_000, max: 2_000_000 }), { minLength: 1 }), (days) => {
        const data = makeData({ type: new DateDay(), data: Int32Array.from(days) });
        expect(codesOf(data).map((day) => daysOfText(day!))).toEqual(days);
      }),
    );
  });

  it('of texts are those of their bytes; an empty one is like NULL where it should be', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.string({ unit: 'grapheme' })), { minLength: 1 }), (values) => {
        const bytes = values.map((value) => new TextEncoder().encode(value ?? ''));
        const ends = bytes.reduce<number[]>((all, { length }) => [...all, all.at(-1)! + length], [0]);
        const valid = new Uint8Array((values.length + 7) >> 3);
        for (const [row, value] of values.entries()) if (value !== null) valid[row >> 3]! |= 1 << (row & 7);
        const data = makeData({
          type: new Utf8(),
          length: values.length,
          nullCount: values.filter((value) => value === null).length,
          nullBitmap: valid,
          valueOffsets: Int32Array.from(ends),
          data: Buffer.concat(bytes),
        });
        expect(codesOf(data)).toEqual(values.map((value) => value || null));
      }),
    );
  });
});
