import { Decimal, Int32, Int64 } from 'apache-arrow';
import { BitBuilder } from '../../../core/arrow/build/bit-builder.js';
import { ShortBuilder } from '../../../core/arrow/build/short-builder.js';
import { ColumnDecoder } from '../../../core/fields/column-decoder.js';
import type { FieldBlock } from '../../../core/fields/field-block.js';
import type { MisfitTally } from '../../../core/fields/misfit-tally.js';
import { WordColumn } from '../../../core/fields/word-column.js';

/** Integers of one or two bytes, and years, as int16. */
export class ShortColumn extends ColumnDecoder<ShortBuilder> {
  constructor(
    tally: MisfitTally,
    private readonly bytes: 1 | 2,
    private readonly signed: boolean,
  ) {
    super(tally, new ShortBuilder());
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.values;
    const { bytes, signed } = this;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      if (lengths[k] === bytes) {
        const at = offsets[k]!;
        out[i] = bytes === 1 ? (signed ? view.getInt8(at) : view.getUint8(at)) : view.getInt16(at, true);
      } else {
        this.allowNull(lengths[k]!);
        out[i] = 0;
      }
    }
  }
}

/** Unsigned integers of two bytes, as int32. */
export class Uint16Column extends WordColumn {
  constructor(tally: MisfitTally) {
    super(tally, new Int32(), 1, { View: Int32Array, itemsPerValue: 1 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      if (lengths[k] === 2) {
        out[i] = view.getUint16(offsets[k]!, true);
      } else {
        this.allowNull(lengths[k]!);
        out[i] = 0;
      }
    }
  }
}

/** Unsigned integers of four bytes, as int64; of eight bytes where the user says that they fit. */
export class UnsignedColumn extends WordColumn {
  constructor(
    tally: MisfitTally,
    private readonly bytes: 4 | 8,
  ) {
    super(tally, new Int64(), 2, { View: BigInt64Array, itemsPerValue: 1 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    const { bytes } = this;
    for (let i = row * 2, k = first, end = first + rows; k < end; i += 2, k++) {
      if (lengths[k] === bytes) {
        const at = offsets[k]!;
        const high = bytes === 8 ? view.getInt32(at + 4, true) : 0;
        out[i] = view.getInt32(at, true);
        out[i + 1] = high;
        if (high < 0) this.tooLarge(view.getBigUint64(at, true), i);
      } else {
        this.allowNull(lengths[k]!);
        out[i] = out[i + 1] = 0;
      }
    }
  }

  private tooLarge(value: bigint, slot: number): void {
    this.tally.reject(slot / 2, String(value));
    this.builder.words[slot] = this.builder.words[slot + 1] = 0;
    this.builder.validity.setNull(slot / 2);
  }
}

/** Unsigned integers of eight bytes, as decimal(20,0). */
export class Uint64Column extends WordColumn {
  constructor(tally: MisfitTally) {
    super(tally, new Decimal(0, 20, 128), 4, { View: Uint32Array, itemsPerValue: 4 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row * 4, k = first, end = first + rows; k < end; i += 4, k++) {
      if (lengths[k] === 8) {
        out[i] = view.getInt32(offsets[k]!, true);
        out[i + 1] = view.getInt32(offsets[k]! + 4, true);
      } else {
        this.allowNull(lengths[k]!);
        out[i] = out[i + 1] = 0;
      }
      out[i + 2] = out[i + 3] = 0;
    }
  }
}

/** `BIT(n)`: its bits in as few bytes as hold them, the most significant first; as int64, or as decimal(20,0) where there are 64. */
export class BitsColumn extends WordColumn {
  constructor(
    tally: MisfitTally,
    private readonly wide: boolean,
  ) {
    super(
      tally,
      wide ? new Decimal(0, 20, 128) : new Int64(),
      wide ? 4 : 2,
      wide ? { View: Uint32Array, itemsPerValue: 4 } : { View: BigInt64Array, itemsPerValue: 1 },
    );
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { bytes, offsets, lengths, rows } = block;
    const out = this.builder.words;
    const stride = this.wide ? 4 : 2;
    for (let i = row * stride, k = first, end = first + rows; k < end; i += stride, k++) {
      out.fill(0, i, i + stride);
      const length = lengths[k]!;
      if (length === -1) continue;
      if (length < 1 || length > 8) throw this.malformed(`a field of ${length} bytes`);
      const last = offsets[k]! + length - 1;
      for (let b = 0; b < length; b++) out[i + (b >> 2)]! |= bytes[last - b]! << (8 * (b & 3));
      if (!this.wide && out[i + 1]! < 0) throw this.malformed('64 bits');
    }
  }
}

/** Truth: of `BIT(1)`, and of small integers where the user says that they are nothing else. */
export class BoolColumn extends ColumnDecoder<BitBuilder> {
  constructor(
    tally: MisfitTally,
    private readonly signed: boolean,
  ) {
    super(tally, new BitBuilder());
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.bits;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      const mask = 1 << (i & 7);
      out[i >> 3]! &= ~mask;
      if (lengths[k] !== 1) {
        this.allowNull(lengths[k]!);
        continue;
      }
      const value = view.getUint8(offsets[k]!);
      if (value === 1) out[i >> 3]! |= mask;
      else if (value !== 0) {
        this.tally.reject(i, String(this.signed ? view.getInt8(offsets[k]!) : value));
        this.builder.validity.setNull(i);
      }
    }
  }
}
