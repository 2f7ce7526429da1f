import { boundValue } from './bounds.js';
import type { Leaf } from './schema.js';

/**
 * A value, given as the bytes of a bound, in its text form: integers and decimals exact, dates and times ISO 8601, floats
 * shortest round-trip, UUIDs with hyphens. Undefined for types whose order means nothing to people.
 */
export function boundText(bytes: Uint8Array, leaf: Leaf): string | undefined {
  const { annotation } = leaf;
  if (annotation.kind === 'string') return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (annotation.kind === 'uuid') return uuidText(bytes);
  const value = boundValue(bytes, leaf.order);
  if (value instanceof Uint8Array) return undefined;
  switch (annotation.kind) {
    case 'decimal':
      return decimalText(BigInt(value), annotation.scale);
    case 'date':
      return dateText(BigInt(value));
    case 'time':
      return timeText(BigInt(value), unitDigits[annotation.unit]);
    case 'timestamp':
      return timestampText(BigInt(value), unitDigits[annotation.unit], annotation.utc);
    default:
      break;
  }
  if (leaf.order === 'bool') return value === 1 ? 'true' : 'false';
  if (leaf.order === 'f32') return shortestFloat(value as number);
  return Object.is(value, -0) ? '-0' : String(value);
}

const unitDigits = { MILLIS: 3, MICROS: 6, NANOS: 9 } as const;

/** The shortest decimal number that is this 32-bit float again. */
function shortestFloat(value: number): string {
  if (Object.is(value, -0)) return '-0';
  for (let digits = 1; digits <= 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}

function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** A scaled integer as a decimal number with exactly `scale` digits behind the point. */
export function decimalText(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? '-' : '';
  const digits = String(unscaled < 0n ? -unscaled : unscaled);
  if (scale <= 0) return sign + (unscaled === 0n ? '0' : digits + '0'.repeat(-scale));
  const padded = digits.padStart(scale + 1, '0');
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

/** ISO 8601 with the proleptic Gregorian calendar; years before 0 and past 9999 carry a sign and at least six digits. */
export function dateText(days: bigint): string {
  const [year, month, day] = civil(Number(days));
  const digits = String(Math.abs(year));
  const plain = year >= 0 && year <= 9999;
  const yearText = plain ? digits.padStart(4, '0') : `${year < 0 ? '-' : '+'}${digits.padStart(6, '0')}`;
  return `${yearText}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** Year, month and day of a day counted from 1970-01-01, by eras of 400 years that begin in March. */
function civil(days: number): [number, number, number] {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day];
}

/** `hh:mm:ss` and what there is of the second's fraction, without needless zeros. `digits` of it count: 3, 6 or 9. */
export function timeText(value: bigint, digits: 3 | 6 | 9): string {
  const unit = 10n ** BigInt(digits);
  const seconds = value / unit;
  const two = (part: bigint) => String(part).padStart(2, '0');
  const clock = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  const fraction = String(value % unit)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  return fraction === '' ? clock : `${clock}.${fraction}`;
}

export function timestampText(value: bigint, digits: 3 | 6 | 9, utc: boolean): string {
  const perDay = 86_400n * 10n ** BigInt(digits);
  const ofDay = ((value % perDay) + perDay) % perDay;
  return `${dateText((value - ofDay) / perDay)}T${timeText(ofDay, digits)}${utc ? 'Z' : ''}`;
}
