import { Buffer } from 'node:buffer';
import type { Data, RecordBatch } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { unscaledAt, unsignedWordsOf } from '../../../src/core/arrow/words.js';
import type { Column } from '../../../src/core/types.js';
import type { SnowflakeField } from '../../../src/source/snowflake/connection/field.js';
import { decodeRows } from '../../../src/source/snowflake/decode/decoder.js';
import { columnsOf } from '../../../src/source/snowflake/plan/columns.js';

type Text = string | null;

const field = (type: string, more: Partial<SnowflakeField> = {}): SnowflakeField => ({ name: 'C', type, ...more });

function columns(fields: readonly SnowflakeField[], casts: Readonly<Record<string, string>> = {}): readonly Column[] {
  const request = { name: 't', casts, redacted: [], limit: undefined, dateColumn: undefined };
  return columnsOf(fields, { request, secrets: [], overlapName: undefined });
}

/** One column of texts, as the service sends them. */
function decoded(one: SnowflakeField, texts: readonly Text[], options: { cast?: string; nullsMisfits?: boolean } = {}) {
  const known = columns([one], options.cast === undefined ? {} : { C: options.cast });
  return rowsOf(JSON.stringify(texts.map((text) => [text])).slice(1, -1), known, options.nullsMisfits);
}

function rowsOf(json: string, known: readonly Column[], nullsMisfits = false) {
  const wanted = { columns: known, fields: known.length, places: known.map((_, i) => i), nullsMisfits };
  return decodeRows(Buffer.from(json), wanted, Infinity);
}

const columnOf = ({ batch }: { readonly batch: RecordBatch }, index = 0): Data => batch.data.children[index]!;

function isNull(data: Data, row: number): boolean {
  return data.nullCount > 0 && ((data.nullBitmap[row >> 3]! >> (row & 7)) & 1) === 0;
}

/** What stands in a column's buffers. */
function values(data: Data): readonly unknown[] {
  return Array.from({ length: data.length }, (_, row) => (isNull(data, row) ? null : valueAt(data, row)));
}

function valueAt(data: Data, row: number): unknown {
  const kind = String(data.type);
  const { values: items, valueOffsets } = data as { values: ArrayLike<unknown>; valueOffsets: Int32Array };
  if (kind.startsWith('Decimal')) return unscaledAt(unsignedWordsOf(data.values as Uint32Array), 128, row);
  if (kind === 'Utf8' || kind === 'Binary') {
    const bytes = Buffer.from((data.values as Uint8Array).subarray(valueOffsets[row], valueOffsets[row + 1]));
    return kind === 'Utf8' ? bytes.toString() : bytes.toString('hex');
  }
  if (kind === 'Bool') return (((data.values as Uint8Array)[row >> 3]! >> (row & 7)) & 1) === 1;
  if (kind.startsWith('List')) return values(data.children[0]!).slice(valueOffsets[row], valueOffsets[row + 1]);
  if (kind.startsWith('Struct')) return data.children.map((child) => values(child)[row]);
  return items[row];
}

const random = (least: number, most: number): number => least + Math.floor(Math.random() * (most - least + 1));
const digits = (count: number): string => Array.from({ length: count }, () => String(random(0, 9))).join('');

describe('numbers', () => {
  it('are exact as 32 and 64 bits, by their digits', () => {
    const small = Array.from({ length: 3000 }, () => random(-999_999_999, 999_999_999));
    expect(values(columnOf(decoded(field('fixed', { precision: 9, scale: 0 }), small.map(String))))).toEqual(small);
    const large = Array.from({ length: 3000 }, () => BigInt(digits(random(1, 18))) * BigInt(random(0, 1) * 2 - 1));
    const known = field('fixed', { precision: 18, scale: 0 });
    expect(values(columnOf(decoded(known, large.map(String))))).toEqual(large);
  });

  it('are decimals of 38 digits, and of any scale', () => {
    for (const [precision, scale] of [
      [38, 0],
      [38, 37],
      [20, 2],
    ] as const) {
      const unscaled = Array.from({ length: 2000 }, () => {
        const number = BigInt(digits(random(1, precision)));
        return random(0, 1) === 0 ? number : -number;
      });
      const texts = unscaled.map((number) => {
        const text = String(number < 0n ? -number : number).padStart(scale + 1, '0');
        const point = scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`;
        return number < 0n ? `-${point}` : point;
      });
      expect(values(columnOf(decoded(field('fixed', { precision, scale }), texts)))).toEqual(unscaled);
    }
  });

  it('that are asked for as integers are misfits where they are none', () => {
    const known = field('fixed', { precision: 38, scale: 0 });
    const texts = ['9223372036854775807', '-9223372036854775808', null, '0'];
    const found = [9223372036854775807n, -9223372036854775808n, null, 0n];
    expect(values(columnOf(decoded(known, texts, { cast: 'int64' })))).toEqual(found);
    expect(() => decoded(known, ['1', '9223372036854775808'], { cast: 'int64' })).toThrow(
      /9223372036854775808 does not/,
    );
    const nulled = decoded(known, ['1', '9223372036854775808'], { cast: 'int64', nullsMisfits: true });
    expect(values(columnOf(nulled))).toEqual([1n, null]);
    expect(nulled.nulled).toEqual([1]);
    const scaled = field('fixed', { precision: 10, scale: 2 });
    expect(values(columnOf(decoded(scaled, ['12.00'], { cast: 'int32' })))).toEqual([12]);
    expect(() => decoded(scaled, ['12.50'], { cast: 'int32' })).toThrow(/12.50 does not fit int32/);
  });

  it('are doubles as the platform reads them', () => {
    const numbers = [
      ...Array.from({ length: 20_000 }, () => (Math.random() - 0.5) * 10 ** random(-30, 30)),
      ...Array.from({ length: 20_000 }, () => random(-1e9, 1e9) / 10 ** random(0, 8)),
      ...[0, 5e-324, Number.MAX_VALUE, 0.1, 1 / 3, 123456789012345680000],
    ];
    const texts = numbers.map((number, i) => (i % 2 === 0 ? String(number) : number.toPrecision(17)));
    const found = columnOf(decoded(field('real'), texts)).values as Float64Array;
    for (const [i, text] of texts.entries())
      if (!Object.is(found[i], Number(text))) expect([text, found[i]]).toBe(text);
    expect(values(columnOf(decoded(field('real'), ['NaN', 'inf', '-inf', '-0', null])))).toEqual([
      ...[NaN, Infinity, -Infinity, -0, null],
    ]);
    expect(() => decoded(field('real'), ['1,5'])).toThrow(/the server sent a text of 3 bytes/);
  });
});

describe('moments', () => {
  const nanos = (text: string): bigint => {
    const [whole = '', fraction = ''] = text.replace('-', '').split('.');
    const total = BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
    return text.startsWith('-') ? -total : total;
  };

  it('are microseconds in the years 1 to 9999, and nanoseconds where these are asked for', () => {
    const ends = ['-62135596800.000000000', '253402300799.999999000', '-0.000001000', '0.000000000', '-1.500000000'];
    const many = Array.from({ length: 5000 }, () => `${random(-62_135_596_800, 253_402_300_799)}.${digits(6)}000`);
    const texts = [...ends, ...many];
    const found = values(columnOf(decoded(field('timestamp_ntz', { scale: 9 }), texts)));
    expect(found).toEqual(texts.map((text) => nanos(text) / 1000n));
    const near = Array.from({ length: 5000 }, () => `${random(-9_223_372_035, 9_223_372_035)}.${digits(9)}`);
    const limits = ['9223372036.854775807', '-9223372036.854775808', ...near];
    const fine = decoded(field('timestamp_ltz', { scale: 9 }), limits, { cast: 'timestamp[ns, UTC]' });
    expect(values(columnOf(fine))).toEqual(limits.map(nanos));
  });

  it('that do not fit are misfits, in words that people read', () => {
    const known = field('timestamp_ntz', { scale: 9 });
    expect(() => decoded(known, ['1700000000.000000001'])).toThrow(
      /2023-11-14 22:13:20\.000000001 does not fit timestamp\[us\]/,
    );
    expect(() => decoded(known, ['1700000000.000000001'])).toThrow(
      expect.objectContaining({
        hint: expect.stringMatching(
          /^--cast 'C=timestamp\[ns\]' keeps it in the years 1678 to 2261, --cast C=text/,
        ) as string,
      }),
    );
    expect(() => decoded(known, ['253402300799.000000000'], { cast: 'timestamp[ns]' })).toThrow(/9999-12-31 23:59:59/);
    expect(() => decoded(known, ['9223372036.854775808'], { cast: 'timestamp[ns]' })).toThrow(/2262-04-11/);
  });

  it('are texts with all digits where these are asked for', () => {
    const ntz = field('timestamp_ntz', { scale: 9 });
    const texts = ['-62135596800.000000001', '253402300799.999999999', '-0.000000001', null];
    expect(values(columnOf(decoded(ntz, texts, { cast: 'text' })))).toEqual([
      ...['0000-12-31 23:59:59.999999999', '9999-12-31 23:59:59.999999999', '1969-12-31 23:59:59.999999999', null],
    ]);
    const tz = field('timestamp_tz', { scale: 3 });
    expect(values(columnOf(decoded(tz, ['0.250 1770', '0.250 1110'], { cast: 'text' })))).toEqual([
      ...['1970-01-01 05:30:00.250 +05:30', '1969-12-31 18:30:00.250 -05:30'],
    ]);
    const ltz = field('timestamp_ltz', { scale: 0 });
    expect(values(columnOf(decoded(ltz, ['86400'], { cast: 'text' })))).toEqual(['1970-01-02 00:00:00Z']);
  });

  it('with an offset keep it beside the instant, or leave it out', () => {
    const tz = field('timestamp_tz', { scale: 9 });
    const texts = ['1700000000.123456000 1770', null, '-1.000000000 0', '0.000000000 1440'];
    expect(values(columnOf(decoded(tz, texts)))).toEqual([[1700000000123456n, 330], null, [-1000000n, -1440], [0n, 0]]);
    expect(values(columnOf(decoded(tz, texts, { cast: 'timestamp[us, UTC]' })))).toEqual([
      ...[1700000000123456n, null, -1000000n, 0n],
    ]);
  });

  it('are days, and times of a day in nanoseconds where the type has them', () => {
    expect(values(columnOf(decoded(field('date'), ['-719162', '0', '2932896', null])))).toEqual([
      ...[-719162, 0, 2932896, null],
    ]);
    expect(values(columnOf(decoded(field('time', { scale: 9 }), ['86399.999999999', '0.000000000'])))).toEqual([
      ...[86399999999999n, 0n],
    ]);
    expect(values(columnOf(decoded(field('time', { scale: 6 }), ['86399.999999'])))).toEqual([86399999999n]);
  });
});

describe('other values', () => {
  it('are texts with everything that JSON escapes', () => {
    const texts = Array.from({ length: 4000 }, () =>
      Array.from({ length: random(0, 30) }, () =>
        String.fromCodePoint(
          [random(0, 127), random(128, 0xd7ff), random(0xe000, 0xffff), random(0x10000, 0x10ffff)][random(0, 3)]!,
        ),
      ).join(''),
    );
    expect(values(columnOf(decoded(field('text'), texts)))).toEqual(texts);
    const escaped = texts.map((text) =>
      [...text]
        .map((one) =>
          one
            .split('')
            .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
            .join(''),
        )
        .join(''),
    );
    const json = escaped.map((text) => `["${text}"]`).join(',');
    expect(values(columnOf(rowsOf(json, columns([field('text')]))))).toEqual(texts);
    expect(() => rowsOf('["\\ud800"]', columns([field('text')]))).toThrow(/is not valid UTF-8/);
  });

  it('are truth by both protocols, bytes, vectors, and JSON as it is', () => {
    expect(values(columnOf(decoded(field('boolean'), ['1', '0', 'true', 'false', null])))).toEqual([
      ...[true, false, true, false, null],
    ]);
    expect(values(columnOf(decoded(field('binary'), ['00FF', '', null])))).toEqual(['00ff', '', null]);
    const floats = field('vector', { vectorDimension: 3, fields: [{ type: 'real' }] });
    expect(values(columnOf(decoded(floats, ['[1.5,-2,0.25]', null])))).toEqual([[1.5, -2, 0.25], null]);
    const whole = field('vector', { vectorDimension: 2, fields: [{ type: 'fixed' }] });
    expect(values(columnOf(decoded(whole, ['[1, -2147483648]'])))).toEqual([[1, -2147483648]]);
    expect(values(columnOf(decoded(field('variant'), ['null', null, '9007199254740993'])))).toEqual([
      ...['null', null, '9007199254740993'],
    ]);
    expect(values(columnOf(decoded(field('decfloat'), ['1.2345678901234567890123456789012345678E+6144'])))).toEqual([
      '1.2345678901234567890123456789012345678E+6144',
    ]);
  });
});

describe('rows', () => {
  const two = columns([field('text'), { ...field('fixed', { precision: 38, scale: 0 }), name: 'D' }]);

  it('may have blanks and line breaks between them, and end where their array ends', () => {
    const found = rowsOf(' [ "a" , "1" ] ,\n["b",null]\n], "other": [["c","3"]]', two);
    expect(values(columnOf(found, 0))).toEqual(['a', 'b']);
    expect(values(columnOf(found, 1))).toEqual([1n, null]);
  });

  it.each([
    ['["a"]', 'a row has other than 2 fields'],
    ['["a","1","2"]', 'a row has other than 2 fields'],
    ['["a",1]', 'a field is neither a text nor null'],
    ['["a","1', 'a text does not end'],
    ['["a\\', 'an escape is none of JSON'],
    ['["a\\x","1"]', 'an escape is none of JSON'],
    ['"a"', 'a row does not begin'],
  ])('that are damaged are told: %s', (json, why) => {
    expect(() => rowsOf(json, two)).toThrow(why);
  });

  it('are taken as far as they are wanted, by some of their columns', () => {
    const wanted = { columns: [two[1]!], fields: 2, places: [1], nullsMisfits: false };
    const { batch } = decodeRows(Buffer.from('["a","1"],["b","2"],["c","3"]'), wanted, 2);
    expect(values(batch.data.children[0]!)).toEqual([1n, 2n]);
  });
});
