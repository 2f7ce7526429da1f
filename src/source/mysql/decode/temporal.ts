import { Date_, DateUnit, TimeMicrosecond, TimestampMicrosecond } from 'apache-arrow';
import { daysSince1970 } from '../../../core/fields/days.js';
import type { FieldBlock } from '../../../core/fields/field-block.js';
import { instantWriter } from '../../../core/fields/instant-words.js';
import type { MisfitTally } from '../../../core/fields/misfit-tally.js';
import { WordColumn } from '../../../core/fields/word-column.js';
import { dateText, timeText, timestampText } from './temporal-text.js';

const twoTo32 = 0x1_0000_0000;
const secondsOfDay = 86_400;
const hoursOfDay = 24;
const writeMicros = instantWriter(1_000_000);
const mostMicros = 999_999;

/**
 * DATE: a length of 0 for the zero date, else 4: year (2), month, day. (MySQL manual, "Binary Protocol Value".)
 */
export class DateColumn extends WordColumn {
  constructor(tally: MisfitTally) {
    super(tally, new Date_(DateUnit.DAY), 1, { View: Int32Array, itemsPerValue: 1 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { bytes, view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      const length = lengths[k]!;
      out[i] = 0;
      if (length === -1) continue;
      if (length !== 4 && length !== 0) throw this.malformed(`a field of ${length} bytes`);
      const at = offsets[k]!;
      const days = length === 0 ? NaN : daysSince1970(view.getUint16(at, true), bytes[at + 2]!, bytes[at + 3]!);
      if (Number.isNaN(days)) {
        this.tally.reject(i, dateText(view, at, length));
        this.builder.validity.setNull(i);
      } else out[i] = days;
    }
  }
}

/**
 * DATETIME and TIMESTAMP (in the session's zone, which is UTC): a length of 0 for the zero date, 4 where it is midnight, 7 with
 * hour, minute, second, 11 with microseconds (4).
 */
export class TimestampColumn extends WordColumn {
  constructor(tally: MisfitTally, utc: boolean) {
    super(tally, new TimestampMicrosecond(utc ? 'UTC' : null), 2, { View: BigInt64Array, itemsPerValue: 1 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { bytes, view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row * 2, k = first, end = first + rows; k < end; i += 2, k++) {
      const length = lengths[k]!;
      out[i] = out[i + 1] = 0;
      if (length === -1) continue;
      if (length !== 7 && length !== 4 && length !== 11 && length !== 0) {
        throw this.malformed(`a field of ${length} bytes`);
      }
      const at = offsets[k]!;
      const days = length === 0 ? NaN : daysSince1970(view.getUint16(at, true), bytes[at + 2]!, bytes[at + 3]!);
      if (Number.isNaN(days)) {
        this.tally.reject(i / 2, timestampText(view, at, length));
        this.builder.validity.setNull(i / 2);
        continue;
      }
      const seconds = length === 4 ? 0 : bytes[at + 4]! * 3600 + bytes[at + 5]! * 60 + bytes[at + 6]!;
      const micros = length === 11 ? view.getUint32(at + 7, true) : 0;
      if (length !== 4 && (bytes[at + 4]! >= hoursOfDay || bytes[at + 5]! > 59 || bytes[at + 6]! > 59)) {
        throw this.malformed('a time that is on no clock');
      }
      if (micros > mostMicros) throw this.malformed('more than a second of microseconds');
      writeMicros(out, i, days * secondsOfDay + seconds, micros);
    }
  }
}

/**
 * TIME: a length of 0 for 00:00:00, else 8: negative (1), days (4), hour, minute, second; 12 with microseconds (4). It is a time span
 * of up to ±838:59:59; what is no time of a day does not fit.
 */
export class TimeColumn extends WordColumn {
  constructor(tally: MisfitTally) {
    super(tally, new TimeMicrosecond(), 2, { View: BigInt64Array, itemsPerValue: 1 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { bytes, view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row * 2, k = first, end = first + rows; k < end; i += 2, k++) {
      const length = lengths[k]!;
      out[i] = out[i + 1] = 0;
      if (length === -1 || length === 0) continue;
      if (length !== 8 && length !== 12) throw this.malformed(`a field of ${length} bytes`);
      const at = offsets[k]!;
      const fraction = length === 12 ? view.getUint32(at + 8, true) : 0;
      if (bytes[at + 6]! > 59 || bytes[at + 7]! > 59) throw this.malformed('a time that is on no clock');
      if (fraction > mostMicros) throw this.malformed('more than a second of microseconds');
      if (bytes[at] !== 0 || view.getUint32(at + 1, true) !== 0 || bytes[at + 5]! >= hoursOfDay) {
        this.tally.reject(i / 2, timeText(view, at, length));
        this.builder.validity.setNull(i / 2);
        continue;
      }
      const seconds = bytes[at + 5]! * 3600 + bytes[at + 6]! * 60 + bytes[at + 7]!;
      const micros = seconds * 1_000_000 + fraction;
      const high = Math.floor(micros / twoTo32);
      out[i] = micros - high * twoTo32;
      out[i + 1] = high;
    }
  }
}
