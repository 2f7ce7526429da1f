import { DataType, DateUnit, type Field, Precision } from 'apache-arrow';
import type { Bound } from '../facts.js';
import { civil, type FractionDigits, fractionDigits } from './calendar.js';

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
  if (DataType.isTime(type)) return timeText(integer, fractionDigits[type.unit]);
  if (DataType.isTimestamp(type)) return timestampText(integer, fractionDigits[type.unit], Boolean(type.timezone));
  return String(integer);
}

const textDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

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
export function dateText(days: bigint): string {
  const [year, month, day] = civil(Number(days));
  const digits = String(Math.abs(year));
  const plain = year >= 0 && year <= 9999;
  const yearText = plain ? digits.padStart(4, '0') : `${year < 0 ? '-' : '+'}${digits.padStart(6, '0')}`;
  return `${yearText}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
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
