import { daysOfText } from '../../../core/arrow/calendar.js';
import { dateText } from '../../../core/arrow/value-text.js';
import { Malformed, shownField } from './malformed.js';

const timeForm = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?$/;

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.subarray(from, to)).toString('latin1');
}

/** Days since 1970-01-01. Days come again and again: that of the last text is kept. */
export function dayParser(): (text: string) => number | undefined {
  let known = '';
  let day = 0;
  return (text) => {
    if (text === known) return day;
    if (!/^(?:\d{4}|[+-]\d{6,})-\d\d-\d\d$/.test(text)) return undefined;
    const found = daysOfText(text);
    // Such as the 30th of February.
    if (dateText(BigInt(found)) !== text) return undefined;
    [known, day] = [text, found];
    return day;
  };
}

export function parseDate(
  parseDay: (text: string) => number | undefined,
  bytes: Uint8Array,
  from: number,
  to: number,
): number {
  const day = parseDay(textOf(bytes, from, to));
  if (day === undefined) throw new Malformed(`${shownField(bytes, from, to)} is no date`);
  return day;
}

/** Since midnight, in units of which a second has 10^digits. */
function clockOf(text: string, digits: number): number | undefined {
  const match = timeForm.exec(text);
  if (match === null) return undefined;
  const [, hours, minutes, seconds, fraction = ''] = match;
  if (fraction.length > digits || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  return (
    (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 10 ** digits +
    Number(fraction.padEnd(digits, '0'))
  );
}

export function parseTime(digits: number, bytes: Uint8Array, from: number, to: number): number {
  const value = clockOf(textOf(bytes, from, to), digits);
  if (value === undefined) throw new Malformed(`${shownField(bytes, from, to)} is no time of day`);
  return value;
}

/** Since 1970-01-01 00:00:00. */
export function timestampParser(
  digits: number,
  utc: boolean,
): (bytes: Uint8Array, from: number, to: number) => number | bigint {
  const parseDay = dayParser();
  const perDay = 86_400 * 10 ** digits;
  return (bytes, from, to) => {
    const text = textOf(bytes, from, to);
    const [date, time = ''] = text.split('T') as [string, string?];
    const day = parseDay(date);
    const clock = time.endsWith('Z') === utc ? clockOf(utc ? time.slice(0, -1) : time, digits) : undefined;
    if (day === undefined || clock === undefined) {
      throw new Malformed(`${shownField(bytes, from, to)} is no timestamp ${utc ? 'in UTC' : 'without a zone'}`);
    }
    const value = day * perDay + clock;
    return Number.isSafeInteger(value) && Number.isSafeInteger(day * perDay)
      ? value
      : BigInt(day) * BigInt(perDay) + BigInt(clock);
  };
}

const intervalForm = /^P(-?\d+)M(-?\d+)DT(-?)(\d+)(?:\.(\d{1,9}))?S$/;

/** Months, days, nanoseconds. */
export function parseInterval(bytes: Uint8Array, from: number, to: number): readonly [number, number, bigint] {
  const match = intervalForm.exec(textOf(bytes, from, to));
  if (match === null) throw new Malformed(`${shownField(bytes, from, to)} is no duration`);
  const [, months, days, sign, seconds, fraction = ''] = match;
  const size = BigInt(seconds!) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  return [Number(months), Number(days), sign === '-' ? -size : size];
}
