import { type Data, DataType, type Time, type Timestamp } from 'apache-arrow';
import { fractionDigits } from '../../../core/arrow/calendar.js';
import { boundText, dateText } from '../../../core/arrow/value-text.js';
import { exactDouble, wordsOf } from '../../../core/arrow/words.js';
import { colon, letterT, letterZ, point, zero } from '../characters.js';
import { ascii, padded } from './digits.js';
import type { WriteField } from './field.js';

/** `+275760-09-13T00:00:00.123456789Z` and less. */
export const longestTime = 48;

const secondsADay = 86_400;

/** ISO 8601. */
export function dateField(data: Data): WriteField {
  const days = data.values as Int32Array;
  const writeDay = dayWriter();
  return (row, out, at) => writeDay(days[row]!, out, at);
}

/** Days come again and again: the text of the last one is kept. */
function dayWriter(): (day: number, out: Uint8Array, at: number) => number {
  let known = NaN;
  let text = '';
  return (day, out, at) => {
    if (day !== known) {
      known = day;
      text = dateText(BigInt(day));
    }
    return ascii(text, out, at);
  };
}

export function timeField(data: Data): WriteField {
  const digits = fractionDigits[(data.type as Time).unit];
  const unit = 10 ** digits;
  const numberAt = exactNumbers(data);
  return (row, out, at) => clock(numberAt(row)!, unit, out, at);
}

/** With `Z` where it is an instant. */
export function timestampField(data: Data): WriteField {
  const type = data.type as Timestamp;
  const unit = 10 ** fractionDigits[type.unit];
  const perDay = secondsADay * unit;
  const numberAt = exactNumbers(data);
  const values = data.values as BigInt64Array;
  const writeDay = dayWriter();
  const field = { type } as never;
  return (row, out, at) => {
    const value = numberAt(row);
    if (value === undefined) return ascii(boundText(values[row]!, field), out, at);
    const day = Math.floor(value / perDay);
    let end = writeDay(day, out, at);
    out[end++] = letterT;
    end = clock(value - day * perDay, unit, out, end);
    if (type.timezone) out[end++] = letterZ;
    return end;
  };
}

/** Undefined where a double does not hold the value. */
function exactNumbers({ values }: Data): (row: number) => number | undefined {
  if (!(values instanceof BigInt64Array)) return (row) => (values as Int32Array)[row];
  const words = wordsOf(values);
  return (row) => exactDouble(words[2 * row]!, words[2 * row + 1]!);
}

/** `hh:mm:ss` and what there is of the second's fraction, without zeros at its end. */
function clock(value: number, unit: number, out: Uint8Array, at: number): number {
  const seconds = Math.floor(value / unit);
  const minutes = (seconds / 60) | 0;
  const hours = (minutes / 60) | 0;
  padded(hours, 2, out, at);
  out[at + 2] = colon;
  padded(minutes - 60 * hours, 2, out, at + 3);
  out[at + 5] = colon;
  let end = padded(seconds - 60 * minutes, 2, out, at + 6);
  const fraction = value - seconds * unit;
  if (fraction === 0) return end;
  out[end] = point;
  end = padded(fraction, Math.round(Math.log10(unit)), out, end + 1);
  while (out[end - 1] === zero) end--;
  return end;
}

/** Months, days and nanoseconds, as ISO 8601 has a duration: `P1M2DT3.5S`. */
export function intervalField(data: Data): WriteField {
  if (!DataType.isInterval(data.type)) throw new Error('not an interval');
  const words = data.values as Int32Array;
  return (row, out, at) => {
    const [months, days] = [words[4 * row]!, words[4 * row + 1]!];
    const nanoseconds = (BigInt(words[4 * row + 3]!) << 32n) | BigInt(words[4 * row + 2]! >>> 0);
    return ascii(`P${months}M${days}DT${secondsText(nanoseconds)}S`, out, at);
  };
}

function secondsText(nanoseconds: bigint): string {
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const fraction = String(size % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const sign = nanoseconds < 0n ? '-' : '';
  return `${sign}${size / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}`;
}
