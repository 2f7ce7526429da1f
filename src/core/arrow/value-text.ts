import { DataType, DateUnit, type Field, Precision, TimeUnit } from 'apache-arrow';
import type { Bound } from '../facts.js';

/**
 * A value of a column, in the form of {@link Bound}, as text: integers and decimals exact, dates and times ISO 8601, floats
 * shortest round-trip, UUIDs with hyphens, booleans `true` and `false`.
 */
export function boundText(bound: Bound, { type }: Field<DataType>): string {
  if (bound instanceof Uint8Array)
    return DataType.isFixedSizeBinary(type) ? uuidText(bound) : textDecoder.decode(bound);
  if (DataType.isBool(type)) return bound === 1 ? 'true' : 'false';
  if (DataType.isFloat(type)) return floatText(bound as number, type.precision);
  const integer = BigInt(bound);
  if (DataType.isDecimal(type)) return decimalText(integer, type.scale);
  if (DataType.isDate(type)) {
    return type.unit === DateUnit.DAY ? dateText(integer) : timestampText(integer, 3, false).split('T')[0]!;
  }
  if (DataType.isTime(type)) return timeText(integer, digitsOf[type.unit]);
  if (DataType.isTimestamp(type)) return timestampText(integer, digitsOf[type.unit], Boolean(type.timezone));
  return String(integer);
}

const textDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Digits of a second's fraction. */
type FractionDigits = 0 | 3 | 6 | 9;

const digitsOf: Readonly<Record<TimeUnit, FractionDigits>> = {
  [TimeUnit.SECOND]: 0,
  [TimeUnit.MILLISECOND]: 3,
  [TimeUnit.MICROSECOND]: 6,
  [TimeUnit.NANOSECOND]: 9,
};

function floatText(value: number, precision: Precision): string {
  // Parquet's bounds are −0 and +0 where there is a zero of any sign.
  if (value === 0) return '0';
  if (precision === Precision.SINGLE) return shortestFloat(value);
  return String(value);
}

/** The shortest decimal number that is this 32-bit float again. */
function shortestFloat(value: number): string {
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
function decimalText(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? '-' : '';
  const digits = String(unscaled < 0n ? -unscaled : unscaled);
  if (scale <= 0) return sign + (unscaled === 0n ? '0' : digits + '0'.repeat(-scale));
  const padded = digits.padStart(scale + 1, '0');
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

/** ISO 8601 with the proleptic Gregorian calendar; years before 0 and past 9999 carry a sign and at least six digits. */
function dateText(days: bigint): string {
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

/** `hh:mm:ss` and what there is of the second's fraction, without needless zeros. `digits` of it count. */
function timeText(value: bigint, digits: FractionDigits): string {
  const unit = 10n ** BigInt(digits);
  const seconds = value / unit;
  const two = (part: bigint) => String(part).padStart(2, '0');
  const clock = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  const fraction = String(value % unit)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  return fraction === '' ? clock : `${clock}.${fraction}`;
}

function timestampText(value: bigint, digits: FractionDigits, utc: boolean): string {
  const perDay = 86_400n * 10n ** BigInt(digits);
  const ofDay = ((value % perDay) + perDay) % perDay;
  return `${dateText((value - ofDay) / perDay)}T${timeText(ofDay, digits)}${utc ? 'Z' : ''}`;
}
