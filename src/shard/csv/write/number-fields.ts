import { type Data, DataType, type Decimal, type Float, Precision } from 'apache-arrow';
import { exactDouble, unscaledAt, wordsOf } from '../../../core/arrow/words.js';
import { boundText } from '../../../core/arrow/value-text.js';
import { minus, point } from '../characters.js';
import { ascii, padded, signedNumber, wholeNumber } from './digits.js';
import type { WriteField } from './field.js';

/** The longest number: 77 digits of a decimal, sign, point; the longest float is shorter. */
export const longestNumber = 100;

export function integerField(data: Data): WriteField {
  const { values } = data;
  if (!(values instanceof BigInt64Array)) {
    const numbers = values as Int32Array;
    return (row, out, at) => signedNumber(numbers[row]!, out, at);
  }
  const words = wordsOf(values);
  return (row, out, at) => {
    const value = exactDouble(words[2 * row]!, words[2 * row + 1]!);
    return value === undefined ? ascii(String(values[row]), out, at) : signedNumber(value, out, at);
  };
}

/** All digits of the scale, zeros too. */
export function decimalField(data: Data): WriteField {
  const { bitWidth, scale } = data.type as Decimal;
  const words = data.values as Uint32Array;
  const count = bitWidth / 32;
  const field = { type: data.type } as never;
  const unit = 10 ** scale;
  return (row, out, at) => {
    const first = row * count;
    const high = words[first + 1]! | 0;
    const value =
      scale <= 9 && isSignOf(words, first, count, high >> 31) ? exactDouble(words[first]!, high) : undefined;
    if (value === undefined) return ascii(boundText(unscaledAt(words, bitWidth, row), field), out, at);
    let end = at;
    if (value < 0) out[end++] = minus;
    const size = Math.abs(value);
    if (scale === 0) return wholeNumber(size, out, end);
    const whole = Math.floor(size / unit);
    end = wholeNumber(whole, out, end);
    out[end] = point;
    return padded(size - whole * unit, scale, out, end + 1);
  };
}

/** Whether all words from the third one on only carry the sign. */
function isSignOf(words: Uint32Array, first: number, count: number, sign: number): boolean {
  for (let i = first + 2; i < first + count; i++) if ((words[i]! | 0) !== sign) return false;
  return true;
}

/** The shortest number that is the same float again; `NaN`, `Infinity`, `-Infinity`, `-0`. */
export function floatField(data: Data): WriteField {
  const values = data.values as Float64Array;
  const field = { type: data.type } as never;
  const single = DataType.isFloat(data.type) && (data.type as Float).precision === Precision.SINGLE;
  return (row, out, at) => {
    const value = values[row]!;
    if (Number.isInteger(value) && Math.abs(value) < 1e15 && (value !== 0 || 1 / value > 0)) {
      return signedNumber(value, out, at);
    }
    if (value === 0) return ascii('-0', out, at);
    return ascii(single ? boundText(value, field) : String(value), out, at);
  };
}
