import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MisfitPolicy } from '../../../../src/core/source-request.js';
import type { LogicalType } from '../../../../src/core/types.js';
import { createDecoder } from '../../../../src/source/mysql/decode/decoder.js';
import { dateBytes, datetimeBytes, little, timeBytes } from './encode.js';
import { describeColumn } from '../../postgres/decode/random-tables.js';
import { rowFrame } from './random-columns.js';

const lenient: MisfitPolicy = { misfit: 'null', infinity: 'misfit' };
const dayMilliseconds = 86_400_000;
const firstDay = Date.parse('0001-01-01') / dayMilliseconds;
const lastDay = Date.parse('9999-12-31') / dayMilliseconds;
const types = {
  date: { kind: 'date' },
  datetime: { kind: 'timestamp', utc: false },
  timestamp: { kind: 'timestamp', utc: true },
  time: { kind: 'time' },
} as const satisfies Record<string, LogicalType>;

/** The numbers that the column holds; null for what became NULL. */
function decode(wire: keyof typeof types, fields: readonly Buffer[], policy = lenient): (bigint | null)[] {
  const decoder = createDecoder([describeColumn({ wire, type: types[wire] })], policy);
  const frames = Buffer.concat(fields.map((bytes) => rowFrame([{ bytes }])));
  decoder.add(frames, 0, frames.length);
  const data = decoder.finish().data.children[0]!;
  const bitmap = data.nullCount === 0 ? undefined : (data.nullBitmap as Uint8Array);
  return [...(data.values as Iterable<number | bigint>)].map((value, i) =>
    bitmap !== undefined && ((bitmap[i >> 3]! >> (i & 7)) & 1) === 0 ? null : BigInt(value),
  );
}

const dateOf = (day: number): Date => new Date(day * dayMilliseconds);

/** A packed date that need not be one. */
const rawDate = (year: number, month: number, day: number, ...rest: readonly number[]): Buffer =>
  Buffer.concat([Buffer.from([4 + rest.length]), little(BigInt(year), 2), Buffer.from([month, day, ...rest])]);

describe('dates', () => {
  it('are the days of JavaScript’s calendar, from year 1 to 9999', () => {
    // Every 61st day meets every day of the year and of the month, at all distances from leap days.
    const days: number[] = [];
    for (let day = firstDay; day <= lastDay; day += 61) days.push(day);
    days.push(lastDay);
    expect(
      decode(
        'date',
        days.map((day) => dateBytes(dateOf(day))),
      ),
    ).toEqual(days.map(BigInt));
  });

  it('are so on each day around every change of year, and around each end of February', () => {
    const days: number[] = [];
    for (let year = 1; year <= 9999; year += 1) {
      const january = Date.parse(`${String(year).padStart(4, '0')}-01-01`) / dayMilliseconds;
      const march = Date.parse(`${String(year).padStart(4, '0')}-03-01`) / dayMilliseconds;
      days.push(january, march - 1, march);
    }
    expect(
      decode(
        'date',
        days.map((day) => dateBytes(dateOf(day))),
      ),
    ).toEqual(days.map(BigInt));
  });

  it('that are on no calendar are misfits', () => {
    const isDay = (year: number, month: number, day: number): boolean => {
      const date = new Date(Date.UTC(year, month - 1, day));
      return month >= 1 && month <= 12 && day >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
    };
    for (const year of [1600, 1700, 1900, 1999, 2000, 2023, 2024, 2100, 9999]) {
      for (let month = 0; month <= 13; month++) {
        const days = Array.from({ length: 33 }, (_, day) => day);
        const right = days.map((day) =>
          isDay(year, month, day) ? BigInt(Date.UTC(year, month - 1, day) / dayMilliseconds) : null,
        );
        expect(
          decode(
            'date',
            days.map((day) => rawDate(year, month, day)),
          ),
        ).toEqual(right);
        const micros = right.map((day) => (day === null ? null : day * 86_400_000_000n));
        expect(
          decode(
            'datetime',
            days.map((day) => rawDate(year, month, day)),
          ),
        ).toEqual(micros);
      }
    }
    expect(decode('date', [Buffer.from([0])])).toEqual([null]);
    expect(decode('timestamp', [Buffer.from([0]), rawDate(0, 0, 0, 0, 0, 0)])).toEqual([null, null]);
  });

  it.each([
    ['date', Buffer.from([0]), '0000-00-00'],
    ['date', rawDate(2023, 2, 29), '2023-02-29'],
    ['datetime', Buffer.from([0]), '0000-00-00 00:00:00'],
    ['datetime', rawDate(2024, 0, 1, 1, 2, 3), '2024-00-01 01:02:03'],
    ['timestamp', rawDate(7, 1, 0, 1, 2, 3, 0x40, 0, 0, 0), '0007-01-00 01:02:03.000064'],
    ['time', timeBytes({ second: 5, days: 34, negative: true }), '-816:00:05'],
    ['time', timeBytes({ second: 3600, micros: 9, days: 1 }), '25:00:00.000009'],
  ] as const)('a misfit of %s is told as the server writes it (%#)', (wire, bytes, text) => {
    expect(() => decode(wire, [bytes], { misfit: 'fail', infinity: 'misfit' })).toThrow(
      expect.objectContaining({
        code: 'data.misfit',
        message: expect.stringContaining(`: ${text} does`) as string,
      }) as Error,
    );
  });
});

describe('moments', () => {
  const dayOf = fc.oneof(
    fc.integer({ min: firstDay, max: lastDay }),
    fc.integer({ min: -2, max: 2 }),
    fc.constantFrom(firstDay, lastDay),
  );
  const secondOf = fc.oneof(fc.integer({ min: 0, max: 86_399 }), fc.constantFrom(0, 1, 86_399));
  const microsOf = fc.oneof(fc.integer({ min: 0, max: 999_999 }), fc.constantFrom(0, 1, 999_999));
  const moment = fc.tuple(dayOf, secondOf, microsOf);

  it.each(['datetime', 'timestamp'] as const)('%s is exact to the microsecond', (wire) => {
    fc.assert(
      fc.property(fc.array(moment, { minLength: 1, maxLength: 50 }), (moments) => {
        const fields = moments.map(([day, second, micros]) => datetimeBytes(dateOf(day), second, micros));
        const right = moments.map(
          ([day, second, micros]) => (BigInt(day) * 86_400n + BigInt(second)) * 1_000_000n + BigInt(micros),
        );
        expect(decode(wire, fields)).toEqual(right);
      }),
      { numRuns: 600 },
    );
  });

  it('time of a day is exact to the microsecond', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(secondOf, microsOf), { minLength: 1, maxLength: 50 }), (times) => {
        const fields = times.map(([second, micros]) => timeBytes({ second, micros }));
        expect(decode('time', fields)).toEqual(times.map(([s, micros]) => BigInt(s * 1_000_000 + micros)));
      }),
      { numRuns: 300 },
    );
  });

  it('spans outside of a day are misfits', () => {
    const spans = [
      timeBytes({ second: 1, negative: true }),
      timeBytes({ second: 0, micros: 1, negative: true }),
      timeBytes({ second: 0, days: 1 }),
      timeBytes({ second: 82_799, days: 34 }),
      timeBytes({ second: 82_799, days: 34, negative: true }),
      // Hours that were not made days of.
      timeBytes({ second: 86_400 }),
      timeBytes({ second: 25 * 3600, micros: 5 }),
    ];
    expect(decode('time', spans)).toEqual(spans.map(() => null));
    expect(decode('time', [timeBytes({ second: 86_399, micros: 999_999 })])).toEqual([86_399_999_999n]);
  });

  it.each([
    ['datetime', rawDate(2024, 1, 1, 24, 0, 0)],
    ['datetime', rawDate(2024, 1, 1, 0, 60, 0)],
    ['timestamp', rawDate(2024, 1, 1, 0, 0, 60)],
    ['timestamp', rawDate(2024, 1, 1, 0, 0, 0, 0x40, 0x42, 0x0f, 0)],
    ['time', Buffer.from([8, 0, 0, 0, 0, 0, 0, 60, 0])],
    ['time', Buffer.from([8, 0, 0, 0, 0, 0, 0, 0, 60])],
    ['time', Buffer.from([12, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x42, 0x0f, 0])],
  ] as const)('%s refuses what is on no clock (%#)', (wire, bytes) => {
    expect(() => decode(wire, [bytes])).toThrow(expect.objectContaining({ code: 'source.protocol' }) as Error);
  });
});
