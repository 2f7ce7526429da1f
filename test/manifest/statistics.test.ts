import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogicalType } from '../../src/core/types.js';
import { textOrder } from '../../src/manifest/compare.js';
import { mergeStatistics, publishable } from '../../src/manifest/statistics.js';
import { column } from './inputs.js';

/** Draws a number that orders values, and its text form as a source would write it. */
const kinds: [LogicalType, fc.Arbitrary<{ rank: number | bigint; text: string }>][] = [
  [
    { kind: 'int', bits: 64 },
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => ({ rank: n, text: `${n}` })),
  ],
  [
    { kind: 'decimal', precision: 38, scale: 4 },
    fc.tuple(fc.bigInt({ min: -(10n ** 34n), max: 10n ** 34n }), fc.nat(4)).map(decimal),
  ],
  [{ kind: 'float', bits: 64 }, fc.double({ noNaN: true }).map((n) => ({ rank: n, text: `${n}` }))],
  [
    { kind: 'timestamp', utc: true },
    fc.tuple(fc.integer({ min: -4712, max: 12000 }), fc.nat(365 * 86_400_000)).map(([year, ms]) => {
      const date = new Date(0);
      date.setUTCFullYear(year, 0, 1);
      const instant = new Date(date.getTime() + ms);
      return { rank: instant.getTime(), text: instant.toISOString().replace(/\.000Z$/, 'Z') };
    }),
  ],
  [{ kind: 'time' }, fc.nat(86_399_999).map((ms) => ({ rank: ms, text: new Date(ms).toISOString().slice(11, 23) }))],
];

function decimal([unscaled, scale]: [bigint, number]): { rank: bigint; text: string } {
  const digits = `${unscaled < 0n ? -unscaled : unscaled}`.padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const text = `${unscaled < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`;
  return { rank: unscaled * 10n ** BigInt(4 - scale), text };
}

describe('the order of text forms', () => {
  test.each(kinds)('%j is ordered by value', (type, values) => {
    const order = textOrder(type);
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(Math.sign(order(a.text, b.text))).toBe(a.rank < b.rank ? -1 : Number(a.rank > b.rank));
      }),
    );
  });

  test('text is ordered by UTF-8 bytes, where UTF-16 code units are not', () => {
    expect(textOrder({ kind: 'text' })('\uff5e', '\u{1f600}')).toBeLessThan(0);
    expect('\uff5e' < '\u{1f600}').toBe(false);
  });

  test('−0 comes before 0, −Infinity before all', () => {
    const order = textOrder({ kind: 'float', bits: 32 });
    expect(order('-0', '0')).toBeLessThan(0);
    expect(order('-Infinity', '-1e38')).toBeLessThan(0);
    expect(order('inf', '3.4e38')).toBeGreaterThan(0);
  });
});

describe('merging over shards', () => {
  test('equals the statistics of all values together', () => {
    const values = fc.array(fc.option(fc.bigInt({ min: -100n, max: 2n ** 60n })), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 5 }), (shards) => {
        const merged = mergeStatistics({ kind: 'int', bits: 64 }, shards.map(statisticsOf));
        expect(merged).toEqual(statisticsOf(shards.flat()).statistics);
      }),
    );
  });

  test('a shard of values without bounds leaves the whole without bounds', () => {
    const merged = mergeStatistics({ kind: 'float', bits: 64 }, [
      { rows: 2, statistics: { nulls: 1 } },
      { rows: 1, statistics: { nulls: 0, min: '1', max: '2' } },
    ]);
    expect(merged).toEqual({ nulls: 1 });
  });
});

function statisticsOf(values: (bigint | null)[]) {
  const there = values.filter((value) => value !== null).sort((a, b) => (a < b ? -1 : 1));
  const bounds = there.length === 0 ? {} : { min: `${there[0]}`, max: `${there.at(-1)}` };
  return { rows: values.length, statistics: { nulls: values.length - there.length, ...bounds } };
}

describe('what may be published', () => {
  const text = column('email', 'text', { kind: 'text' });

  test('no bounds of redacted columns', () => {
    expect(publishable({ ...text, redacted: true }, { nulls: 1, min: 'a', max: 'b' }, [])).toEqual({
      name: 'email',
      nulls: 1,
    });
  });

  test.each(['secret-value', 'secret-value and more', 'x secret-value', 'secret-v'])(
    'no bound %j beside a secret',
    (max) => {
      expect(publishable(text, { nulls: 0, min: 'a', max }, ['secret-value'])).toEqual({ name: 'email', nulls: 0 });
    },
  );

  test('a short secret hides only its own value', () => {
    const shown = { name: 'email', nulls: 0, min: '10', max: '21' };
    expect(publishable(text, { nulls: 0, min: '10', max: '21' }, ['1', ''])).toEqual(shown);
    expect(publishable(text, { nulls: 0, min: '1', max: '21' }, ['1'])).toEqual({ name: 'email', nulls: 0 });
  });
});
