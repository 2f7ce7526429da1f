import { minus, point, zero } from '../characters.js';
import { Malformed, shownField } from './malformed.js';

/** As many digits as a double holds whatever they are. */
const exactDigits = 15;
/** As many as any number has that is not a float: a decimal of 256 bits has 76. To read more would take time that grows faster than they. */
const mostDigits = 80;

/** A whole number; a bigint where a double may not hold it. @param scale so many digits behind a point, which stands there */
export function parseUnscaled(bytes: Uint8Array, from: number, to: number, scale = 0): number | bigint {
  const first = bytes[from] === minus ? from + 1 : from;
  const pointAt = scale === 0 ? to : to - scale - 1;
  const malformed = (): Malformed =>
    new Malformed(
      `${shownField(bytes, from, to)} is no number${scale > 0 ? ` of ${scale} digits behind the point` : ''}`,
    );
  if (to - first > mostDigits) throw new Malformed(`${shownField(bytes, from, to)} has too many digits`);
  if (pointAt <= first || (scale > 0 && bytes[pointAt] !== point)) throw malformed();
  const short = to - first <= exactDigits;
  let value = 0;
  for (let at = first; at < to; at++) {
    if (at === pointAt) continue;
    const digit = bytes[at]! - zero;
    if (digit < 0 || digit > 9) throw malformed();
    if (short) value = value * 10 + digit;
  }
  if (short) return first > from ? -value : value;
  return BigInt(Buffer.from(bytes.subarray(from, to)).toString('latin1').replace('.', ''));
}

/** Powers of ten that doubles hold. */
const powers = Array.from({ length: exactDigits + 1 }, (_, power) => 10 ** power);

/** @throws Malformed for what is not in the form in which floats are written */
export function parseFloatField(bytes: Uint8Array, from: number, to: number): number {
  const short = shortFloat(bytes, from, to);
  if (short !== undefined) return short;
  const text = Buffer.from(bytes.subarray(from, to)).toString('latin1');
  if (/^-?(?:\d+(?:\.\d+)?(?:e[+-]\d+)?|Infinity)$/.test(text)) return Number(text);
  if (text === 'NaN') return NaN;
  throw new Malformed(`${shownField(bytes, from, to)} is no number`);
}

/** A quotient of two whole numbers that doubles hold is the double that is nearest to the number; undefined for others. */
function shortFloat(bytes: Uint8Array, from: number, to: number): number | undefined {
  const negative = bytes[from] === minus;
  const first = negative ? from + 1 : from;
  if (to - first > exactDigits || to === first) return undefined;
  let [value, behind] = [0, -1];
  for (let at = first; at < to; at++) {
    const digit = bytes[at]! - zero;
    if (bytes[at] === point && behind < 0 && at > first && at < to - 1) behind = 0;
    else if (digit < 0 || digit > 9) return undefined;
    else {
      value = 10 * value + digit;
      if (behind >= 0) behind++;
    }
  }
  const quotient = behind > 0 ? value / powers[behind]! : value;
  return negative ? -quotient : quotient;
}
