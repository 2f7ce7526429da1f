import { Date_, DateUnit, TimeMicrosecond, TimestampMicrosecond } from 'apache-arrow';
import type { FieldBlock } from '../../../core/fields/field-block.js';
import type { MisfitTally } from '../../../core/fields/misfit-tally.js';
import { timestampText } from './temporal-text.js';
import { WordColumn } from '../../../core/fields/word-column.js';

/** PostgreSQL counts from 2000-01-01, Arrow from 1970-01-01. */
const epochDays = 10_957;

const int32Max = 0x7fff_ffff;
const int32Min = -0x8000_0000;

/** date: int32 days since 2000-01-01; the two extremes of int32 are ±infinity. */
export class DateColumn extends WordColumn {
  constructor(tally: MisfitTally) {
    super(tally, new Date_(DateUnit.DAY), 1, { View: Int32Array, itemsPerValue: 1 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      if (lengths[k] === 4) {
        const days = view.getInt32(offsets[k]!);
        out[i] = days <= int32Max - epochDays && days !== int32Min ? days + epochDays : this.infinity(days, i);
      } else {
        this.allowNull(lengths[k]!);
        out[i] = 0;
      }
    }
  }

  /** Extremes as DuckDB and others read infinities: the largest int32 and its negative. */
  private infinity(days: number, row: number): number {
    if (days !== int32Max && days !== int32Min) throw this.malformed(`a date ${days} days after 2000`);
    if (this.tally.infinity(row, days > 0 ? 'infinity' : '-infinity')) return days > 0 ? int32Max : -int32Max;
    this.builder.validity.setNull(row);
    return 0;
  }
}

/** 86,400,000,000 µs, a day, in two words. */
const dayHigh = 20;
const dayLow = 500_654_080;

/** time: int64 µs since midnight, at most 24:00:00, which Arrow's time does not have. */
export class TimeColumn extends WordColumn {
  constructor(tally: MisfitTally) {
    super(tally, new TimeMicrosecond(), 2, { View: BigInt64Array, itemsPerValue: 1 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      let high = 0;
      let low = 0;
      if (lengths[k] === 8) {
        const at = offsets[k]!;
        high = view.getInt32(at);
        low = view.getInt32(at + 4);
        if (high >>> 0 >= dayHigh && (high !== dayHigh || low >>> 0 >= dayLow)) {
          this.outside(high, low, i);
          high = low = 0;
        }
      } else {
        this.allowNull(lengths[k]!);
      }
      out[i * 2] = low;
      out[i * 2 + 1] = high;
    }
  }

  private outside(high: number, low: number, row: number): void {
    if (high !== dayHigh || low !== dayLow) throw this.malformed('a time that is not of a day');
    this.tally.reject(row, '24:00:00');
    this.builder.validity.setNull(row);
  }
}

/** 946,684,800,000,000 µs from 1970 to 2000, in two words. */
const epochHigh = 220_417;
const epochLow = 993_517_568;
/** High word from which on a timestamp may pass int64 when it is counted from 1970. */
const lateHigh = int32Max - epochHigh - 1;

/** timestamp and timestamptz: int64 µs since 2000-01-01 (UTC); the two extremes of int64 are ±infinity. */
export class TimestampColumn extends WordColumn {
  constructor(tally: MisfitTally, utc: boolean) {
    super(tally, new TimestampMicrosecond(utc ? 'UTC' : null), 2, { View: BigInt64Array, itemsPerValue: 1 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row * 2, k = first, end = first + rows; k < end; i += 2, k++) {
      if (lengths[k] === 8) {
        const at = offsets[k]!;
        const high = view.getInt32(at);
        const low = view.getUint32(at + 4);
        if (high >= lateHigh || high === int32Min) {
          this.extreme(high, low, i);
        } else {
          const sum = low + epochLow;
          out[i] = sum;
          out[i + 1] = high + epochHigh + (sum > 0xffff_ffff ? 1 : 0);
        }
      } else {
        this.allowNull(lengths[k]!);
        out[i] = out[i + 1] = 0;
      }
    }
  }

  /** ±infinity, and the years from 294247 on, which PostgreSQL counts from 2000 but int64 does not reach from 1970. */
  private extreme(high: number, low: number, slot: number): void {
    const infinite = (high === int32Max && low === 0xffff_ffff) || (high === int32Min && low === 0);
    const sum = low + epochLow;
    const shiftedHigh = high + epochHigh + (sum > 0xffff_ffff ? 1 : 0);
    if (infinite) {
      this.infinity(high > 0, slot);
    } else if (shiftedHigh > int32Max || (this.tally.extremesTaken && isExtreme(shiftedHigh, sum))) {
      this.tally.reject(slot / 2, timestampText((BigInt(high) << 32n) | BigInt(low)));
      this.write(slot, 0, 0);
      this.builder.validity.setNull(slot / 2);
    } else {
      this.write(slot, shiftedHigh, sum);
    }
  }

  /** Extremes as DuckDB reads infinities: the largest int64 and its negative. */
  private infinity(positive: boolean, slot: number): void {
    if (this.tally.infinity(slot / 2, positive ? 'infinity' : '-infinity')) {
      this.write(slot, positive ? int32Max : int32Min, positive ? 0xffff_ffff : 1);
    } else {
      this.write(slot, 0, 0);
      this.builder.validity.setNull(slot / 2);
    }
  }

  private write(slot: number, high: number, low: number): void {
    this.builder.words[slot] = low;
    this.builder.words[slot + 1] = high;
  }
}

/** Whether a finite timestamp would read as the extreme that stands for infinity. */
function isExtreme(high: number, low: number): boolean {
  return high === int32Max && low >>> 0 === 0xffff_ffff;
}
