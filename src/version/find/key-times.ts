import { daysOfText } from '../../core/arrow/calendar.js';
import { dateText } from '../../core/arrow/value-text.js';
import type { LogicalType } from '../../core/types.js';

/** Undefined: no such digits are of the column. */
function fractionOf(digits: string, unit: 'ns' | undefined): string | undefined {
  const trimmed = digits.replace(/0+$/, '');
  if (trimmed.length > (unit === 'ns' ? 9 : 6)) return undefined;
  return trimmed === '' ? '' : `.${trimmed}`;
}

/** A time of day, with no more digits than it has; texts in other forms stay as they are. */
export function timeField(text: string, { unit }: { readonly unit?: 'ns' }): string | 'beyond' {
  const [, clock, seconds = ':00', digits = ''] = /^(\d\d:\d\d)(:\d\d)?(?:\.(\d+))?$/.exec(text) ?? [];
  if (clock === undefined) return text;
  const fraction = fractionOf(digits, unit);
  return fraction === undefined ? 'beyond' : clock + seconds + fraction;
}

/**
 * A day as ISO 8601 or databases write it, with a year before Christ too: `0044-03-15 BC` is in the year -43.
 * @returns in ISO 8601; texts in other forms stay as they are
 */
export function dateField(text: string): string {
  const [, sign = '', digits, rest, bc] = /^([+-]?)(\d{4,9})(-\d\d-\d\d)( BC)?$/i.exec(text) ?? [];
  if (digits === undefined) return text;
  const year = bc === undefined ? Number(sign + digits) : 1 - Number(digits);
  if (year >= 0 && year <= 9999) return String(year).padStart(4, '0') + rest!;
  return (year < 0 ? '-' : '+') + String(Math.abs(year)).padStart(6, '0') + rest!;
}

const form =
  /^([+-]?\d{4,9}-\d\d-\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?\s*(?:(Z)|([+-])(\d\d)(?::?(\d\d))?(?::?(\d\d))?)?)?( BC)?$/i;

/**
 * A moment as ISO 8601 or databases write it: with `T` or a blank, and with any zone, where the column has moments in UTC.
 * @returns the field that files of texts have; undefined: it is no timestamp of the column's kind
 */
export function timestampField(
  text: string,
  { utc, unit }: Pick<LogicalType & { readonly kind: 'timestamp' }, 'utc' | 'unit'>,
): string | 'beyond' | undefined {
  const parts = form.exec(text);
  if (parts === null) return undefined;
  const [, day, hour = '0', minute = '0', second = '0', digits = '', z, sign, ...others] = parts;
  const [offset, bc = ''] = [others.slice(0, 3), others[3]];
  if ((z !== undefined || sign !== undefined) !== utc) return undefined;
  const date = dateField(day! + bc);
  const days = daysOfText(date);
  const clock = [hour, minute, second].map(Number) as [number, number, number];
  const isDay = dateText(BigInt(days)) === date;
  if (!isDay || clock[0] > 24 || clock[1] > 59 || clock[2] > 59) return undefined;
  const fraction = fractionOf(digits, unit);
  if (fraction === undefined) return 'beyond';
  const [hours, minutes, seconds] = offset.map((part = '0') => Number(part)) as [number, number, number];
  if (sign !== undefined && (hours > 23 || minutes > 59 || seconds > 59)) return undefined;
  const east = (sign === '-' ? -1 : 1) * secondsOf([hours, minutes, seconds]);
  return momentText(days * perDay + secondsOf(clock) - (sign === undefined ? 0 : east), fraction) + (utc ? 'Z' : '');
}

const perDay = 86_400;
const secondsOf = ([hours, minutes, seconds]: readonly [number, number, number]): number =>
  hours * 3600 + minutes * 60 + seconds;

function momentText(seconds: number, fraction: string): string {
  const day = Math.floor(seconds / perDay);
  const rest = seconds - day * perDay;
  const two = (part: number): string => String(part).padStart(2, '0');
  const clock = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60].map(two).join(':');
  return `${dateText(BigInt(day))}T${clock}${fraction}`;
}
