import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dateText, dateTimeText, isoWeek, lastMoment, logicalDate } from '../../src/manifest/logical-date.js';

const zones = ['UTC', 'Europe/Helsinki', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Kiritimati', 'Pacific/Apia'];
const instants = fc.date({ min: new Date('1901-01-01'), max: new Date('2199-12-31'), noInvalidDate: true });

describe('the logical moment', () => {
  test('is what a clock in the time zone shows', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (instant, timeZone) => {
        const moment = logicalDate(undefined, instant, timeZone);
        const shown = instant.toLocaleString('sv-SE', { timeZone });
        const compact = shown.replaceAll(/[-:]/g, '').replace(' ', 'T');
        expect(dateTimeText(moment)).toBe(timeZone === 'UTC' ? `${compact}Z` : compact);
        expect(dateText(moment)).toBe(shown.slice(0, 10));
      }),
    );
  });

  test('a day is that day everywhere, at midnight', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (day, timeZone) => {
        const text = day.toISOString().slice(0, 10);
        const moment = logicalDate(text, new Date(), timeZone);
        expect(dateText(moment)).toBe(text);
        expect(dateTimeText(moment)).toMatch(/T000000Z?$/);
      }),
    );
  });

  test('is the day before in New York while it is past midnight in UTC', () => {
    expect(dateText(logicalDate(undefined, new Date('2024-04-01T02:00:00Z'), 'America/New_York'))).toBe('2024-03-31');
  });

  test.each(['2024-02-30', '2023-02-29', '2024-13-01', '24-01-01', '2024-1-1', 'today', ''])(
    'refuses the day %j',
    (day) => {
      expect(() => logicalDate(day, new Date(), 'UTC')).toThrow(expect.objectContaining({ code: 'request.invalid' }));
    },
  );

  test('refuses a time zone that nobody knows, by its name', () => {
    expect(() => logicalDate(undefined, new Date(), 'Europe/Atlantis')).toThrow(/time-zone: "Europe\/Atlantis"/);
  });
});

test.each(['0000-12-31T00:00:00Z', '+010000-01-01T00:00:00Z'])('refuses a clock that shows %s', (now) => {
  expect(() => logicalDate(undefined, new Date(now), 'UTC')).toThrow(/the clock of this machine/);
});

describe('the ISO week', () => {
  test('agrees with counting weeks day by day from a known Monday', () => {
    // 2000-01-03 was a Monday, and the first day of week 1 of the year 2000.
    const day = new Date('2000-01-03T00:00:00Z');
    let [year, week] = [2000, 1];
    for (let count = 0; count < 366 * 40; count += 1) {
      if (count > 0 && count % 7 === 0) {
        const thursday = new Date(day.getTime() + 3 * 86_400_000);
        [year, week] = thursday.getUTCFullYear() === year ? [year, week + 1] : [thursday.getUTCFullYear(), 1];
      }
      const moment = logicalDate(day.toISOString().slice(0, 10), day, 'UTC');
      expect(isoWeek(moment)).toEqual({ year, week });
      day.setUTCDate(day.getUTCDate() + 1);
    }
  });

  test.each([
    ['2021-01-03', 2020, 53],
    ['2024-12-30', 2025, 1],
    ['2024-01-15', 2024, 3],
    ['1999-12-31', 1999, 52],
  ])('%s', (day, year, week) => {
    expect(isoWeek(logicalDate(day, new Date(), 'UTC'))).toEqual({ year, week });
  });
});

describe('the last moment of a run', () => {
  test('is its start, or the end of an earlier day as clocks in the time zone show it', () => {
    const recent = fc.date({ min: new Date('1990-01-01'), max: new Date('2035-12-31'), noInvalidDate: true });
    // Where clocks are set at midnight, a day may end at no time that they show.
    const steady = fc.constantFrom(
      'UTC',
      'Europe/Helsinki',
      'America/New_York',
      'Asia/Kathmandu',
      'Pacific/Kiritimati',
    );
    fc.assert(
      fc.property(recent, recent, steady, (one, start, timeZone) => {
        const day = dateText(logicalDate(undefined, one, timeZone));
        const today = dateText(logicalDate(undefined, start, timeZone));
        const { instant, wallClock } = lastMoment(day, start, timeZone);
        expect(instant.toLocaleString('sv-SE', { timeZone })).toBe(
          new Date(wallClock).toISOString().slice(0, 19).replace('T', ' '),
        );
        if (day >= today) expect(instant).toEqual(start);
        else expect(wallClock).toBe(Date.parse(`${day}T00:00:00Z`) + 86_400_000);
      }),
    );
  });
});
