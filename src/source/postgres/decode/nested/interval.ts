import { StructColumn } from '../../../../core/fields/nested/struct.js';

const int32Max = 0x7fff_ffff;
const int32Min = -0x8000_0000;

/**
 * interval → struct of months, days and microseconds, which are never made of one another.
 *
 *     0     int64   microseconds
 *     8     int32   days
 *     12    int32   months
 *
 * Where all three are the largest or the smallest number it is ±infinity (from PostgreSQL 17).
 */
export class IntervalColumn extends StructColumn {
  protected gather(view: DataView, at: number, length: number, row: number): void {
    const { parts } = this;
    if (length !== 16) throw this.malformed(`a field of ${length} bytes`);
    const months = view.getInt32(at + 12);
    if ((months === int32Max || months === int32Min) && this.isLost(view, at, row)) {
      this.builder.validity.setNull(row);
      parts.nextNull();
      return;
    }
    parts.set(0, at + 12, 4);
    parts.set(1, at + 8, 4);
    parts.set(2, at, 8);
    parts.next();
  }

  /** Whether it is an infinity that becomes NULL. @throws data.misfit */
  private isLost(view: DataView, at: number, row: number): boolean {
    const [high, low, days, months] = [0, 4, 8, 12].map((offset) => view.getInt32(at + offset));
    const isPositive = months === int32Max;
    const isInfinite = isPositive
      ? high === int32Max && low === -1 && days === int32Max
      : high === int32Min && low === 0 && days === int32Min;
    return isInfinite && !this.tally.infinity(row, isPositive ? 'infinity' : '-infinity');
  }
}
