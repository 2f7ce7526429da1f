import type { Struct } from 'apache-arrow';
import { StructBuilder } from '../../../../core/arrow/build/struct-builder.js';
import { ColumnDecoder } from '../../../../core/fields/column-decoder.js';
import type { FieldBlock } from '../../../../core/fields/field-block.js';
import type { MisfitTally } from '../../../../core/fields/misfit-tally.js';
import { arrowType } from '../../../../core/type-table.js';
import { type DecoderOf, Parts } from './parts.js';

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
export class IntervalColumn extends ColumnDecoder<StructBuilder> {
  private readonly parts: Parts;

  constructor(tally: MisfitTally, decoderOf: DecoderOf) {
    super(tally, new StructBuilder(arrowType(tally.column.type) as Struct, (rows) => this.parts.finish(rows)));
    this.parts = new Parts(tally, tally.column.parts!, decoderOf);
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const { parts } = this;
    parts.begin(block, row === 0);
    for (let i = row, k = first; k < first + rows; i++, k++) {
      if (lengths[k] !== 16) {
        this.allowNull(lengths[k]!);
        parts.nextNull();
        continue;
      }
      const at = offsets[k]!;
      const months = view.getInt32(at + 12);
      if ((months === int32Max || months === int32Min) && this.isLost(view, at, i)) {
        this.builder.validity.setNull(i);
        parts.nextNull();
        continue;
      }
      parts.set(0, at + 12, 4);
      parts.set(1, at + 8, 4);
      parts.set(2, at, 8);
      parts.next();
    }
    parts.decode();
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
