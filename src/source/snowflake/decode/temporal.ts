import { Date_, DateUnit, Utf8 } from 'apache-arrow';
import { BytesBuilder } from '../../../core/arrow/build/bytes-builder.js';
import { civil } from '../../../core/arrow/calendar.js';
import { ColumnDecoder } from '../../../core/fields/column-decoder.js';
import type { FieldBlock } from '../../../core/fields/field-block.js';
import { fitsWords, instantWriter, type WriteInstant } from '../../../core/fields/instant-words.js';
import type { MisfitTally } from '../../../core/fields/misfit-tally.js';
import { StructColumn } from '../../../core/fields/nested/struct.js';
import { WordColumn } from '../../../core/fields/word-column.js';
import { arrowType } from '../../../core/type-table.js';
import { textAt } from '../../../core/fields/number-texts.js';

const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const blank = 0x20;
/** The service adds so much to the minutes of a zone's distance from UTC. */
export const addedMinutes = 1440;
const billion = 1_000_000_000;
const secondsPerDay = 86_400;

/** Dates: days since 1970. */
export class DaysColumn extends WordColumn {
  constructor(tally: MisfitTally) {
    super(tally, new Date_(DateUnit.DAY), 1, { View: Int32Array, itemsPerValue: 1 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { bytes, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      const length = lengths[k]!;
      const stop = offsets[k]! + length;
      let at = offsets[k]!;
      let days = 0;
      const negative = length > 0 && bytes[at] === minus;
      if (negative) at++;
      for (let digit; at < stop && (digit = bytes[at]! - zero) >= 0 && digit <= 9; at++) days = days * 10 + digit;
      if (length !== -1 && (at !== stop || length < 1 || length > 8)) throw this.malformed(`a text of ${length} bytes`);
      out[i] = length === -1 ? 0 : negative ? -days : days;
    }
  }
}

/** Times of a day, and moments: seconds since midnight or 1970 with a fraction, `-62135596800.000000000`; in micro- or nanoseconds. */
export class SecondsColumn extends WordColumn {
  private readonly unit: number;
  private readonly write: WriteInstant;
  private seconds = 0;
  private nanos = 0;

  /** @param zoned an offset follows, which is left out */
  constructor(
    tally: MisfitTally,
    private readonly zoned: boolean,
  ) {
    const { type } = tally.column;
    super(tally, arrowType(type), 2, { View: BigInt64Array, itemsPerValue: 1 });
    this.unit = 'unit' in type && type.unit === 'ns' ? billion : 1_000_000;
    this.write = instantWriter(this.unit);
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { lengths, rows } = block;
    const { unit, write } = this;
    const out = this.builder.words;
    const nanosPerUnit = billion / unit;
    for (let i = row * 2, k = first, end = first + rows; k < end; i += 2, k++) {
      if (lengths[k] === -1) {
        out[i] = out[i + 1] = 0;
        continue;
      }
      this.parse(block, k);
      const { seconds, nanos } = this;
      const fraction = nanos / nanosPerUnit;
      if (fraction % 1 === 0 && fitsWords(seconds, fraction, unit)) write(out, i, seconds, fraction);
      else this.reject(i);
    }
  }

  /** Into `seconds`, rounded down, and `nanos` after them. */
  private parse(block: FieldBlock, k: number): void {
    const { bytes, offsets, lengths } = block;
    let at = offsets[k]!;
    let stop = at + lengths[k]!;
    if (this.zoned) stop = Math.max(at, bytes.lastIndexOf(blank, stop - 1));
    const negative = bytes[at] === minus;
    if (negative) at++;
    const from = at;
    let seconds = 0;
    for (let digit; at < stop && (digit = bytes[at]! - zero) >= 0 && digit <= 9; at++) seconds = seconds * 10 + digit;
    if (at === from || at - from > 12) throw this.malformed(`a text of ${lengths[k]} bytes`);
    let nanos = 0;
    if (at < stop && bytes[at] === point) {
      let place = billion;
      for (at++; at < stop; at++) {
        const digit = bytes[at]! - zero;
        if (digit < 0 || digit > 9 || place === 1) break;
        place /= 10;
        nanos += digit * place;
      }
    }
    if (at !== stop) throw this.malformed(`a text of ${lengths[k]} bytes`);
    this.seconds = negative ? (nanos === 0 ? -seconds : -seconds - 1) : seconds;
    this.nanos = negative && nanos !== 0 ? billion - nanos : nanos;
  }

  private reject(slot: number): void {
    this.tally.reject(slot / 2, momentText(this.seconds, this.nanos));
    this.builder.words[slot] = this.builder.words[slot + 1] = 0;
    this.builder.validity.setNull(slot / 2);
  }
}

/** For people. */
const momentText = (seconds: number, nanos: number): string =>
  secondText(seconds) + (nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`);

/** `2024-03-15 22:08:00`. */
function secondText(seconds: number): string {
  const days = Math.floor(seconds / secondsPerDay);
  const [year, month, day] = civil(days);
  const clock = new Date((seconds - days * secondsPerDay) * 1000).toISOString().slice(11, 19);
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)} ${clock}`;
}

const two = (number: number): string => String(number).padStart(2, '0');

/** Moments with the zone's distance from UTC at that moment: `1700000000.000000000 1770`, minutes plus 1440. */
export class ZonedColumn extends StructColumn {
  protected gather({ buffer, byteOffset }: DataView, at: number, length: number): void {
    const bytes = new Uint8Array(buffer, byteOffset + at, length);
    const gap = bytes.lastIndexOf(blank);
    if (gap < 0) throw this.malformed(`a text of ${length} bytes`);
    this.parts.set(0, at, gap);
    this.parts.set(1, at + gap + 1, length - gap - 1);
    this.parts.next();
  }
}

/** Moments as texts, `2024-03-15 22:08:00.123456789`, with all digits that were sent; `Z` stands after instants, the offset after zoned ones. */
export class MomentTextColumn extends ColumnDecoder<BytesBuilder> {
  constructor(tally: MisfitTally) {
    super(tally, new BytesBuilder(new Utf8()));
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { builder } = this;
    for (let i = row + 1, k = first; k < first + block.rows; i++, k++) {
      if (block.lengths[k] !== -1) {
        const text = this.text(textAt(block, k));
        builder.reserveBytes(text.length);
        builder.used += Buffer.from(builder.data.buffer, builder.used).write(text, 'latin1');
      }
      builder.offsets[i] = builder.used;
    }
  }

  private text(sent: string): string {
    const parts = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?(?: (\d{1,4}))?$/.exec(sent);
    if (parts === null) throw this.malformed(`a text of ${sent.length} bytes`);
    const [, sign, whole, fraction = '', added] = parts;
    const isBelow = sign === '-' && /[1-9]/.test(fraction);
    const unit = 10n ** BigInt(fraction.length);
    const digits = isBelow ? String(unit - BigInt(fraction)).padStart(fraction.length, '0') : fraction;
    const minutes = added === undefined ? 0 : Number(added) - addedMinutes;
    const seconds = (sign === '-' ? -Number(whole) - (isBelow ? 1 : 0) : Number(whole)) + minutes * 60;
    return (
      secondText(seconds) + (digits === '' ? '' : `.${digits}`) + this.zone(added === undefined ? undefined : minutes)
    );
  }

  private zone(minutes: number | undefined): string {
    if (minutes === undefined) return this.tally.column.sourceType.startsWith('TIMESTAMP_LTZ') ? 'Z' : '';
    const away = Math.abs(minutes);
    return ` ${minutes < 0 ? '-' : '+'}${two(Math.floor(away / 60))}:${two(away % 60)}`;
  }
}
