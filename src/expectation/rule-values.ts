import type { PlainValue } from '../core/arrow/value-at.js';
import type { LogicalType } from '../core/logical-type.js';
import { momentOf, momentParts } from '../core/moment.js';

/** A text of a rule as a column's values are looked up ({@link import('../core/arrow/value-at.js').valuesOf}), or why there is no such value. */
export type Read = { readonly value: PlainValue } | { readonly fault: string };

const decimal = /^([+-]?)(\d+)(?:\.(\d+))?$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A member of a set. */
export function readMember(text: string, type: LogicalType): Read {
  switch (type.kind) {
    case 'bool':
      if (text === 'true' || text === 'false') return { value: Number(text === 'true') };
      return { fault: 'is neither true nor false' };
    case 'text':
      return { value: Buffer.from(text).toString('latin1') };
    case 'uuid':
      if (uuid.test(text)) return { value: Buffer.from(text.replaceAll('-', ''), 'hex').toString('latin1') };
      return { fault: 'is no UUID' };
    default:
      return readOrdered(text, type, 'exact');
  }
}

/** Where a limit lies between two values that a column can have, the one inside is taken. */
export type Rounding = 'up' | 'down' | 'exact';

/** A value of a type that has an order. */
export function readOrdered(text: string, type: LogicalType, rounding: Rounding): Read {
  switch (type.kind) {
    case 'int':
      return readScaled(text, 0, rounding, (value) => asNumber(value));
    case 'decimal':
      return readScaled(text, type.scale, rounding, (value) => value);
    case 'float': {
      const number = text.trim() === '' ? NaN : Number(text);
      if (Number.isNaN(number)) return { fault: 'is no number' };
      return { value: type.bits === 32 ? Math.fround(number) : number };
    }
    case 'date':
    case 'timestamp':
    case 'time':
      return readMoment(text, type);
    default:
      return { fault: 'is compared with values that have no order' };
  }
}

function readScaled(
  text: string,
  scale: number,
  rounding: Rounding,
  form: (unscaled: bigint) => number | bigint,
): Read {
  const match = decimal.exec(text.trim());
  if (match === null) return { fault: 'is no number' };
  const [, sign, whole = '', fraction = ''] = match;
  const kept = BigInt(whole + fraction.slice(0, scale).padEnd(scale, '0'));
  const rest = /[1-9]/.test(fraction.slice(scale));
  const unscaled = sign === '-' ? -kept : kept;
  if (!rest) return { value: form(unscaled) };
  if (rounding === 'exact') {
    return { fault: scale === 0 ? 'is no whole number' : `has more than ${scale} digits behind the point` };
  }
  // What was cut off brought it nearer to zero.
  if (rounding === 'up') return { value: form(sign === '-' ? unscaled : unscaled + 1n) };
  return { value: form(sign === '-' ? unscaled - 1n : unscaled) };
}

/** As values of columns of 64 bits are looked up. */
function asNumber(value: bigint): number | bigint {
  const exact = value >= -(2n ** 53n) && value < 2n ** 53n;
  return exact ? Number(value) : value;
}

function readMoment(text: string, type: Extract<LogicalType, { kind: 'date' | 'timestamp' | 'time' }>): Read {
  const unit = type.kind === 'date' ? 'day' : (type.unit ?? 'us');
  const moment = type.kind === 'time' ? `1970-01-01T${text}` : text;
  const parts = momentParts(moment);
  if (parts === undefined) return { fault: type.kind === 'time' ? 'is no time of day' : 'is no day or moment' };
  if (type.kind === 'date' && parts.time) return { fault: 'has a time of day, and a date has none' };
  if (parts.zone && !(type.kind === 'timestamp' && type.utc)) return { fault: 'has a zone, and the column has none' };
  const value = momentOf(moment, unit);
  return { value: type.kind === 'date' ? Number(value) : asNumber(value) };
}
