import { TidemarkError } from '../core/errors.js';
import type { WallMoment } from '../core/moment.js';

/** A run's logical date and time of day, as a clock on the wall of its time zone shows it. */
export interface LogicalDate {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Whether the wall clock shows UTC. */
  readonly utc: boolean;
}

/**
 * The logical moment of a run: midnight of the day that was asked for, or the time of its start.
 *
 * @param day `YYYY-MM-DD`, from `--date` or SNAPSHOT_DATE
 * @param timeZone an IANA name
 * @throws request.invalid for a day that is not in the calendar, a time zone that nobody knows, a clock that was never set
 */
export function logicalDate(day: string | undefined, startedAt: Date, timeZone: string): LogicalDate {
  const clock = wallClock(startedAt, timeZone);
  return day === undefined ? clock : { ...parseDay(day), hour: 0, minute: 0, second: 0, utc: clock.utc };
}

/**
 * The last moment that a run is about: its start, or the end of its logical day where that was before.
 *
 * @param day `YYYY-MM-DD`
 */
export function lastMoment(day: string, startedAt: Date, timeZone: string): WallMoment {
  const now = wallMoment(startedAt, timeZone);
  const end = utcMilliseconds(parseDay(day)) + 86_400_000;
  if (end >= now.wallClock) return now;
  // The difference to UTC may have been another one then.
  const near = wallMoment(new Date(end - (now.wallClock - startedAt.getTime())), timeZone);
  return { instant: new Date(end - (near.wallClock - near.instant.getTime())), wallClock: end };
}

function wallMoment(instant: Date, timeZone: string): WallMoment {
  const { hour, minute, second, ...day } = wallClock(instant, timeZone);
  const clock = utcMilliseconds(day) + (hour * 3600 + minute * 60 + second) * 1000;
  return { instant, wallClock: clock + (instant.getTime() % 1000) };
}

function utcMilliseconds({ year, month, day }: Pick<LogicalDate, 'year' | 'month' | 'day'>): number {
  return utcDay(year, month, day).getTime();
}

/** `2024-01-15`. */
export function dateText({ year, month, day }: Pick<LogicalDate, 'year' | 'month' | 'day'>): string {
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** `20240115T103000Z`; without the `Z` where the wall clock does not show UTC. */
export function dateTimeText(date: LogicalDate): string {
  const { year, month, day, hour, minute, second, utc } = date;
  const time = [hour, minute, second].map((part) => pad(part, 2)).join('');
  return `${pad(year, 4)}${pad(month, 2)}${pad(day, 2)}T${time}${utc ? 'Z' : ''}`;
}

/** The quarter of the year, from 1. */
export function quarterOf({ month }: LogicalDate): number {
  return Math.ceil(month / 3);
}

/** ISO 8601 week: weeks begin on Monday, and a week belongs to the year that holds its Thursday. */
export function isoWeek({ year, month, day }: LogicalDate): { readonly year: number; readonly week: number } {
  const thursday = utcDay(year, month, day);
  thursday.setUTCDate(thursday.getUTCDate() + 3 - ((thursday.getUTCDay() + 6) % 7));
  const weekYear = thursday.getUTCFullYear();
  const dayOfYear = (thursday.getTime() - utcDay(weekYear, 1, 1).getTime()) / 86_400_000;
  return { year: weekYear, week: Math.floor(dayOfYear / 7) + 1 };
}

export function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

function parseDay(text: string): { year: number; month: number; day: number } {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const [year, month, day] = (match?.slice(1) ?? []).map(Number);
  if (year !== undefined && month !== undefined && day !== undefined) {
    const date = utcDay(year, month, day);
    if (date.getUTCMonth() + 1 === month && date.getUTCDate() === day) return { year, month, day };
  }
  throw new TidemarkError('request.invalid', `date: "${text}" is not a day of the calendar`, {
    hint: 'Write it as YYYY-MM-DD, for example 2024-01-15.',
  });
}

/** `Date.UTC` takes the years 0 to 99 for 1900 to 1999; this does not. */
function utcDay(year: number, month: number, day: number): Date {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date;
}

/** Days and instants are written with years of four digits; a clock outside of them is one that was never set. */
function checkClock(instant: Date): void {
  const year = instant.getUTCFullYear();
  if (year > 0 && year < 9999) return;
  throw new TidemarkError('request.invalid', `the clock of this machine shows ${instant.toISOString()}`, {
    hint: 'Set it to the right time: it stands in the version.',
  });
}

function wallClock(instant: Date, timeZone: string): LogicalDate {
  checkClock(instant);
  const parts = formatter(timeZone).formatToParts(instant);
  const part = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((candidate) => candidate.type === type)!.value);
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
    utc: isUtc(timeZone),
  };
}

function formatter(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    throw new TidemarkError('request.invalid', `time-zone: "${timeZone}" is not a time zone`, {
      cause,
      hint: 'Use an IANA name, for example UTC, Europe/Helsinki or America/New_York.',
    });
  }
}

function isUtc(timeZone: string): boolean {
  return /^(etc\/)?(utc|uct|gmt|zulu|universal|greenwich|gmt[+-]?0)$/i.test(timeZone);
}
