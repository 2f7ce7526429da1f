import { Date_, DateUnit, TimeMicrosecond, TimestampMicrosecond } from 'apache-arrow';
import { daysSince1970 } from '../../../core/fields/days.js';
import { digitsAt } from '../../../core/fields/digits-at.js';
import type { FieldBlock } from '../../../core/fields/field-block.js';
import { fitsWords, instantWriter } from '../../../core/fields/instant-words.js';
import type { MisfitTally } from '../../../core/fields/misfit-tally.js';
import { textAt } from '../../../core/fields/number-texts.js';
import { WordColumn } from '../../../core/fields/word-column.js';

const twoTo32 = 0x1_0000_0000;
const secondsOfDay = 86_400;
const microsPerSecond = 1_000_000;
const writeMicros = instantWriter(microsPerSecond);
const [zero, colon, point, minus, blank] = [0x30, 0x3a, 0x2e, 0x2d, 0x20];

/** Days of `YYYY-MM-DD`; NaN for what is written otherwise. */
function plainDays(bytes: Uint8Array, at: number): number {
  if (bytes[at + 4] !== minus || bytes[at + 7] !== minus) return NaN;
  return daysSince1970(digitsAt(bytes, at, 4), digitsAt(bytes, at + 5, 2), digitsAt(bytes, at + 8, 2));
}

/** Seconds of `HH:MM:SS`; NaN for what is written otherwise. */
function plainSeconds(bytes: Uint8Array, at: number): number {
  if (bytes[at + 2] !== colon || bytes[at + 5] !== colon) return NaN;
  return digitsAt(bytes, at, 2) * 3600 + digitsAt(bytes, at + 3, 2) * 60 + digitsAt(bytes, at + 6, 2);
}

/** Microseconds of `.5`, up to six digits; 0 where there is nothing, NaN for what is written otherwise. */
function plainFraction(bytes: Uint8Array, at: number, end: number): number {
  if (at === end) return 0;
  const digits = end - at - 1;
  if (bytes[at] !== point || digits < 1 || digits > 6) return NaN;
  return digitsAt(bytes, at + 1, digits) * 10 ** (6 - digits);
}

/** `infinity` and `-infinity`, which other servers of the same kind have. */
const isInfinite = (text: string): boolean => /^-?infinity$/.test(text);

/** Years of more digits than four, and those before Christ: `10000-01-01`, `0044-03-15 BC`. */
const longDate = /^(\d{4,6})-(\d\d)-(\d\d)(.*?)( BC)?$/;

function longDays(text: string): { readonly days: number; readonly rest: string } {
  const [, year, month, day, rest = '', before] = longDate.exec(text) ?? [];
  const astronomical = before === undefined ? Number(year) : 1 - Number(year);
  return { days: daysSince1970(astronomical, Number(month), Number(day)), rest };
}

/** DATE, in ISO's style. */
export class DateColumn extends WordColumn {
  constructor(tally: MisfitTally) {
    super(tally, new Date_(DateUnit.DAY), 1, { View: Int32Array, itemsPerValue: 1 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { bytes, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      out[i] = 0;
      const length = lengths[k]!;
      if (length === -1) continue;
      const days = length === 10 ? plainDays(bytes, offsets[k]!) : NaN;
      out[i] = Number.isNaN(days) ? this.long(block, k, i) : days;
    }
  }

  private long(block: FieldBlock, k: number, row: number): number {
    const text = textAt(block, k);
    const { days, rest } = longDays(text);
    if (!Number.isNaN(days) && rest === '') return days;
    if (!isInfinite(text)) throw this.malformed(`a text of ${text.length} bytes`);
    this.tally.reject(row, text);
    this.builder.validity.setNull(row);
    return 0;
  }
}

/** TIMESTAMP, and TIMESTAMPTZ in a session whose zone is UTC: `2024-06-30 12:00:00.5`, `…+00`. */
export class TimestampColumn extends WordColumn {
  constructor(
    tally: MisfitTally,
    private readonly utc: boolean,
  ) {
    super(tally, new TimestampMicrosecond(utc ? 'UTC' : null), 2, { View: BigInt64Array, itemsPerValue: 1 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { bytes, offsets, lengths, rows } = block;
    const out = this.builder.words;
    const zone = this.utc ? 3 : 0;
    for (let i = row * 2, k = first, end = first + rows; k < end; i += 2, k++) {
      out[i] = out[i + 1] = 0;
      const length = lengths[k]!;
      if (length === -1) continue;
      const at = offsets[k]!;
      const stop = at + length - zone;
      const isPlain = length >= 19 + zone && bytes[at + 10] === blank && (zone === 0 || isUtc(bytes, stop));
      const seconds = isPlain ? plainDays(bytes, at) * secondsOfDay + plainSeconds(bytes, at + 11) : NaN;
      const micros = isPlain ? plainFraction(bytes, at + 19, stop) : NaN;
      if (Number.isNaN(seconds + micros)) this.long(block, k, i);
      else writeMicros(out, i, seconds, micros);
    }
  }

  private long(block: FieldBlock, k: number, slot: number): void {
    const text = textAt(block, k);
    if (isInfinite(text)) {
      this.reject(text, slot);
      return;
    }
    const { days, rest } = longDays(text);
    const [, clock, fraction = '', zone] = /^ (\d\d:\d\d:\d\d)(\.\d{1,6})?(\+00)?$/.exec(rest) ?? [];
    const isRight = clock !== undefined && (zone !== undefined) === this.utc && !Number.isNaN(days);
    if (!isRight) throw this.malformed(`a text of ${text.length} bytes`);
    const bytes = Buffer.from(clock + fraction);
    const seconds = days * secondsOfDay + plainSeconds(bytes, 0);
    const micros = plainFraction(bytes, 8, bytes.length);
    // Later in the year 294247 than 64 bits reach that count from 1970; the server counts from 2000.
    if (!fitsWords(seconds, micros, microsPerSecond)) this.reject(text, slot);
    else writeMicros(this.builder.words, slot, seconds, micros);
  }

  private reject(text: string, slot: number): void {
    this.tally.reject(slot / 2, text);
    this.builder.validity.setNull(slot / 2);
  }
}

/** `+00`. */
const isUtc = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0x2b && bytes[at + 1] === zero && bytes[at + 2] === zero;

/** TIME: `12:00:00.5`. 24:00:00 is no time of a day. */
export class TimeColumn extends WordColumn {
  constructor(tally: MisfitTally) {
    super(tally, new TimeMicrosecond(), 2, { View: BigInt64Array, itemsPerValue: 1 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { bytes, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row * 2, k = first, end = first + rows; k < end; i += 2, k++) {
      out[i] = out[i + 1] = 0;
      const length = lengths[k]!;
      if (length === -1) continue;
      const at = offsets[k]!;
      const seconds = length >= 8 ? plainSeconds(bytes, at) : NaN;
      const micros = seconds * 1_000_000 + plainFraction(bytes, at + 8, at + Math.max(8, length));
      if (Number.isNaN(micros)) throw this.malformed(`a text of ${length} bytes`);
      if (seconds >= secondsOfDay) {
        this.tally.reject(i / 2, textAt(block, k));
        this.builder.validity.setNull(i / 2);
        continue;
      }
      const high = Math.floor(micros / twoTo32);
      out[i] = micros - high * twoTo32;
      out[i + 1] = high;
    }
  }
}
