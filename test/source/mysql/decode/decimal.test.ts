import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MisfitError } from '../../../../src/core/misfit-error.js';
import type { MisfitPolicy } from '../../../../src/core/source-request.js';
import { createDecoder } from '../../../../src/source/mysql/decode/decoder.js';
import { canonicalColumn } from '../../postgres/decode/canonical.js';
import { counted } from './encode.js';
import { describeColumn } from '../../postgres/decode/random-tables.js';
import { decimalText, rowFrame } from './random-columns.js';

const lenient: MisfitPolicy = { misfit: 'null', infinity: 'misfit' };

function decode(precision: number, scale: number, texts: readonly string[], policy = lenient) {
  const column = describeColumn({ wire: 'decimal', type: { kind: 'decimal', precision, scale } });
  const decoder = createDecoder([column], policy);
  const frames = Buffer.concat(texts.map((text) => rowFrame([{ bytes: counted(Buffer.from(text)) }])));
  decoder.add(frames, 0, frames.length);
  const values = canonicalColumn(decoder.finish(), 0, column.type);
  return { values, nulled: decoder.misfits().nulled[0] };
}

/** What a decimal column must hold of a text: by arithmetic of whole numbers. */
function expected(precision: number, scale: number, text: string): string | null {
  const negative = text.startsWith('-');
  const [integer = '', fraction = ''] = text.slice(negative ? 1 : 0).split('.');
  const all = BigInt(integer + fraction) * 10n ** BigInt(scale);
  const unit = 10n ** BigInt(fraction.length);
  if (all % unit !== 0n) return null;
  const value = all / unit;
  return value >= 10n ** BigInt(precision) ? null : decimalText(negative ? -value : value, scale);
}

const type = fc.oneof(
  fc
    .constantFrom(...([15, 16, 38, 39, 76] as const))
    .chain((precision) => fc.tuple(fc.constant(precision), fc.nat(precision))),
  fc.integer({ min: 1, max: 76 }).chain((precision) => fc.tuple(fc.constant(precision), fc.nat(precision))),
);
const digits = (maxLength: number) =>
  fc
    .array(fc.oneof(fc.constant(0), fc.constant(9), fc.integer({ min: 0, max: 9 })), { maxLength, size: 'max' })
    .map((list) => list.join(''));
/** Around what a type has room for, also with zeros that say nothing. */
const number = ([precision, scale]: readonly [number, number]): fc.Arbitrary<string> =>
  fc
    .record({
      minus: fc.constantFrom('', '-'),
      zeros: fc.oneof({ weight: 3, arbitrary: fc.constant('') }, fc.constantFrom('0', '00', '0000000000')),
      integer: digits(precision - scale + 1),
      fraction: fc.oneof(digits(scale), digits(scale + 2)),
      ending: fc.constantFrom('', '', '0', '000'),
      point: fc.boolean(),
    })
    .map(({ minus, zeros, integer, fraction, ending, point }) => {
      const whole = zeros + integer;
      const places = fraction + (point ? ending : '');
      return `${minus}${whole}${places === '' ? (whole === '' ? '0' : '') : `.${places}`}`;
    });

describe('decimals, which come as text', () => {
  it('are the whole number that they are times 10^scale, for every precision and scale', () => {
    let misfits = 0;
    let exact = 0;
    fc.assert(
      fc.property(
        type.chain((pair) => fc.tuple(fc.constant(pair), fc.array(number(pair), { minLength: 1, maxLength: 30 }))),
        ([[precision, scale], texts]) => {
          const { values, nulled } = decode(precision, scale, texts);
          const right = texts.map((text) => expected(precision, scale, text));
          expect(values.map((value) => value)).toEqual(right);
          const wrong = right.filter((value) => value === null).length;
          expect(nulled).toBe(wrong);
          misfits += wrong;
          exact += texts.length - wrong;
        },
      ),
      { numRuns: 1500 },
    );
    expect(Math.min(misfits, exact)).toBeGreaterThan(1000);
  });

  it.each([...Array(76).keys()].map((p) => p + 1))(
    'decimal(%d,…) has room for its extremes, and for no more',
    (precision) => {
      for (const scale of new Set([0, 1, precision >> 1, precision - 1, precision])) {
        const largest = 10n ** BigInt(precision) - 1n;
        const held = [0n, 1n, -1n, largest, -largest, largest / 2n, -largest / 2n];
        const texts = held.map((value) => decimalText(value, scale));
        expect(decode(precision, scale, texts)).toEqual({ values: texts, nulled: 0 });
        const beyond = [largest + 1n, -largest - 1n, largest * 10n].map((value) => decimalText(value, scale));
        expect(decode(precision, scale, beyond)).toEqual({ values: [null, null, null], nulled: 3 });
      }
    },
  );

  it('may have fewer places than the type, zeros that say nothing, and a zero below zero', () => {
    const texts = ['-0.00', '-0', '0', '.5', '-.5', '5.', '0000000012.5', '12.50000', '-000', '000000000000000000001'];
    const right = ['0.00', '0.00', '0.00', '0.50', '-0.50', '5.00', '12.50', '12.50', '0.00', '1.00'];
    expect(decode(15, 2, texts)).toEqual({ values: right, nulled: 0 });
    expect(decode(38, 2, texts)).toEqual({ values: right, nulled: 0 });
    expect(decode(60, 2, texts)).toEqual({ values: right, nulled: 0 });
  });

  it.each(['0.001', '10000000000000.00', '-99999999999999', '12345678901234567890123456789012345678901234567890'])(
    'stop the run where the type cannot hold them, with the text in the message: %s',
    (text) => {
      const strict: MisfitPolicy = { misfit: 'fail', infinity: 'misfit' };
      let thrown: unknown;
      try {
        decode(15, 2, ['1.00', text], strict);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(MisfitError);
      expect(thrown).toMatchObject({ code: 'data.misfit', row: 1, column: 0 });
      expect(String(thrown)).toContain(text);
    },
  );

  it.each([
    '',
    '-',
    '.',
    '-.',
    '--1',
    '1-',
    '1.2.3',
    '1e5',
    ' 1',
    '1 ',
    '+1',
    'NaN',
    '1,5',
    '1'.repeat(201),
    '٣',
    '0x1',
  ])('refuse what is no number: "%s"', (text) => {
    for (const [precision, scale] of [
      [15, 0],
      [15, 2],
      [38, 2],
      [65, 30],
    ] as const) {
      expect(() => decode(precision, scale, [text])).toThrow(
        expect.objectContaining({ code: 'source.protocol' }) as Error,
      );
    }
  });
});
