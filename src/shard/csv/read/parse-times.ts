import { daysOfText } from '../../../core/arrow/calendar.js';
import { dateText } from '../../../core/arrow/value-text.js';
import { colon, letterT, letterZ, minus, point, zero } from '../characters.js';
import { Malformed, shownField } from './malformed.js';

/** Of a field, or of a part of one: undefined where it is none. */
type Parse<Value> = (bytes: Uint8Array, from: number, to: number) => Value | undefined;

/** Days since 1970-01-01. Days come again and again: that of the last text is kept. */
function dayParser(): Parse<number> {
  let known = new Uint8Array(0);
  let day = 0;
  return (bytes, from, to) => {
    if (isSame(bytes, from, to, known)) return day;
    const text = Buffer.from(bytes.subarray(from, to)).toString('latin1');
    if (!/^(?:\d{4}|[+-]\d{6,9})-\d\d-\d\d$/.test(text)) return undefined;
    const found = daysOfText(text);
    // Such as the 30th of February.
    if (dateText(BigInt(found)) !== text) return undefined;
    known = bytes.slice(from, to);
    day = found;
    return day;
  };
}

function isSame(bytes: Uint8Array, from: number, to: number, other: Uint8Array): boolean {
  if (to - from !== other.length) return false;
  for (let i = 0; i < other.length; i++) if (bytes[from + i] !== other[i]) return false;
  return true;
}

/** Two digits; NaN where they are none. */
function pair(bytes: Uint8Array, at: number): number {
  const [tens, ones] = [bytes[at]! - zero, bytes[at + 1]! - zero];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : NaN;
}

/** Of `hh:mm:ss` and a fraction, in units of which a second has 10^digits. */
function clockParser(digits: number): Parse<number> {
  const unit = 10 ** digits;
  return (bytes, from, to) => {
    const [hours, minutes, seconds] = [pair(bytes, from), pair(bytes, from + 3), pair(bytes, from + 6)];
    const formed = to >= from + 8 && bytes[from + 2] === colon && bytes[from + 5] === colon;
    if (!formed || !(hours <= 24 && minutes <= 59 && seconds <= 59)) return undefined;
    const whole = (hours * 3600 + minutes * 60 + seconds) * unit;
    if (to === from + 8) return whole;
    const size = to - from - 9;
    if (bytes[from + 8] !== point || size < 1 || size > digits) return undefined;
    let fraction = 0;
    for (let at = from + 9; at < to; at++) {
      const digit = bytes[at]! - zero;
      if (digit < 0 || digit > 9) return undefined;
      fraction = 10 * fraction + digit;
    }
    return whole + fraction * 10 ** (digits - size);
  };
}

/** @throws Malformed */
export type ParseField<Value> = (bytes: Uint8Array, from: number, to: number) => Value;

export function dateParser(): ParseField<number> {
  const parseDay = dayParser();
  return (bytes, from, to) => parseDay(bytes, from, to) ?? refuse(bytes, from, to, 'no date');
}

export function timeParser(digits: number): ParseField<number> {
  const parseClock = clockParser(digits);
  return (bytes, from, to) => parseClock(bytes, from, to) ?? refuse(bytes, from, to, 'no time of day');
}

/** Since 1970-01-01 00:00:00; a bigint where a double may not hold it. */
export function timestampParser(digits: number, utc: boolean): ParseField<number | bigint> {
  const [parseDay, parseClock] = [dayParser(), clockParser(digits)];
  const perDay = 86_400 * 10 ** digits;
  return (bytes, from, to) => {
    // The year may have a sign and more digits than four.
    const dateEnd = bytes[from + 4] === minus ? from + 10 : bytes.indexOf(letterT, from);
    const zoned = bytes[to - 1] === letterZ;
    const formed = bytes[dateEnd] === letterT && dateEnd < to && zoned === utc;
    const day = formed ? parseDay(bytes, from, dateEnd) : undefined;
    const clock = formed ? parseClock(bytes, dateEnd + 1, zoned ? to - 1 : to) : undefined;
    if (day === undefined || clock === undefined) {
      return refuse(bytes, from, to, `no timestamp ${utc ? 'in UTC' : 'without a zone'}`);
    }
    const start = day * perDay;
    const exact = Number.isSafeInteger(start) && Number.isSafeInteger(start + clock);
    return exact ? start + clock : BigInt(day) * BigInt(perDay) + BigInt(clock);
  };
}

const intervalForm = /^P(-?\d{1,10})M(-?\d{1,10})DT(-?)(\d{1,10})(?:\.(\d{1,9}))?S$/;

/** Months, days, nanoseconds. @throws Malformed */
export function parseInterval(bytes: Uint8Array, from: number, to: number): readonly [number, number, bigint] {
  const match = intervalForm.exec(Buffer.from(bytes.subarray(from, to)).toString('latin1'));
  if (match === null) return refuse(bytes, from, to, 'no duration');
  const [, months, days, sign, seconds, fraction = ''] = match;
  const size = BigInt(seconds!) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  const nanoseconds = sign === '-' ? -size : size;
  const fits = isInt32(Number(months)) && isInt32(Number(days)) && BigInt.asIntN(64, nanoseconds) === nanoseconds;
  return fits ? [Number(months), Number(days), nanoseconds] : refuse(bytes, from, to, 'too long a duration');
}

const isInt32 = (value: number): boolean => (value | 0) === value;

function refuse(bytes: Uint8Array, from: number, to: number, what: string): never {
  throw new Malformed(`${shownField(bytes, from, to)} is ${what}`);
}
