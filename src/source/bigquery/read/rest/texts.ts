/*
 * The texts in which the REST API gives values: numbers as digits, times as GoogleSQL writes them, timestamps as microseconds where
 * `useInt64Timestamp` is asked for.
 */
import { TidemarkError } from '../../../../core/errors.js';
import type { Interval } from '../columns.js';

/** Digits after the point to which decimals are brought: the most that any has. */
export const decimalScale = 38;

/** A decimal as the integer that it is at {@link decimalScale}. @throws source.protocol */
export function unscaledOf(text: string): bigint {
  const [, sign, whole = '', fraction = ''] = matched(/^(-?)(\d*)(?:\.(\d{0,38}))?$/, text, 'a decimal');
  const value = BigInt(whole + fraction.padEnd(decimalScale, '0'));
  return sign === '-' ? -value : value;
}

/** `inf` and `nan` are said in several ways. */
export function doubleOf(text: string): number {
  const [, sign, word] = /^([+-]?)(inf|nan)/i.exec(text) ?? [];
  if (word === undefined) return Number(text);
  if (word.toLowerCase() === 'nan') return NaN;
  return sign === '-' ? -Infinity : Infinity;
}

const dayLength = 86_400_000;

/** Days since 1970 of `2024-06-30`. */
export function dayOf(text: string): number {
  matched(/^\d{4}-\d\d-\d\d$/, text, 'a date');
  return Date.parse(`${text}T00:00:00Z`) / dayLength;
}

/** Microseconds since midnight of `21:59:59.123456`. */
export function clockOf(text: string): bigint {
  const [, hours, minutes, seconds, fraction = ''] = matched(
    /^(\d+):(\d+):(\d+)(?:\.(\d{1,6})\d*)?$/,
    text,
    'a time of day',
  );
  const whole = (BigInt(hours!) * 60n + BigInt(minutes!)) * 60n + BigInt(seconds!);
  return whole * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}

/** Microseconds since 1970 of `2024-06-30T21:59:59.123456`. */
export function civilOf(text: string): bigint {
  const [, day, clock] = matched(/^(\S{10})[T ](\S+)$/, text, 'a date and time');
  return BigInt(dayOf(day!)) * BigInt(dayLength) * 1000n + clockOf(clock!);
}

/** Microseconds since 1970 of a timestamp: those themselves, or `2024-06-30 21:59:59.123456+00`. */
export const instantOf = (text: string): bigint =>
  /^-?\d+$/.test(text) ? BigInt(text) : civilOf(text.replace(/(?:Z| UTC|\+00(?::00)?)$/, ''));

/** Of `1-2 -3 4:5:6.789012`: years and months, days, and a time, each with its own sign. */
export function intervalOf(text: string): Interval {
  const [, back, years, months, days, minus, clock] = matched(
    /^([+-]?)(\d+)-(\d+) ([+-]?\d+) ([+-]?)(\S+)$/,
    text,
    'an interval',
  );
  const sum = Number(years) * 12 + Number(months);
  const microseconds = clockOf(clock!);
  return {
    months: back === '-' ? -sum : sum,
    days: Number(days),
    microseconds: minus === '-' ? -microseconds : microseconds,
  };
}

/** The bounds of `[2024-01-01, UNBOUNDED)`; undefined: none. */
export function boundsOf(text: string): readonly (string | undefined)[] {
  const [, ...bounds] = matched(/^\[(.*), (.*)\)$/, text, 'a range');
  return bounds.map((bound) => (/^(?:UNBOUNDED|NULL)$/i.test(bound) ? undefined : bound));
}

function matched(pattern: RegExp, text: string, what: string): RegExpExecArray {
  const found = pattern.exec(text);
  if (found !== null) return found;
  throw new TidemarkError('source.protocol', `the REST API sent ${what} that is none: ${pattern.source} was expected`);
}
