import type { FieldBlock } from '../../../core/fields/field-block.js';
import { WordColumn } from '../../../core/fields/word-column.js';

/** int4: 32 bits. */
export class Int32Column extends WordColumn {
  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      if (lengths[k] === 4) {
        out[i] = view.getInt32(offsets[k]!);
      } else {
        this.allowNull(lengths[k]!);
        out[i] = 0;
      }
    }
  }
}

/** int8: 64 bits. */
export class Int64Column extends WordColumn {
  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row * 2, k = first, end = first + rows; k < end; i += 2, k++) {
      if (lengths[k] === 8) {
        const at = offsets[k]!;
        out[i + 1] = view.getInt32(at);
        out[i] = view.getInt32(at + 4);
      } else {
        this.allowNull(lengths[k]!);
        out[i] = out[i + 1] = 0;
      }
    }
  }
}

/**
 * float4: 32 bits, IEEE 754. NaN has many bit patterns, which PostgreSQL holds for one value and writes as one text (∞ − ∞ has
 * another sign than 'NaN'): here it is always the same one, so that equal values are equal bytes.
 */
export class Float32Column extends WordColumn {
  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      if (lengths[k] === 4) {
        const bits = view.getInt32(offsets[k]!);
        out[i] = (bits & 0x7fff_ffff) > 0x7f80_0000 ? 0x7fc0_0000 : bits;
      } else {
        this.allowNull(lengths[k]!);
        out[i] = 0;
      }
    }
  }
}

/** float8: 64 bits, IEEE 754; NaN as in {@link Float32Column}. */
export class Float64Column extends WordColumn {
  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row * 2, k = first, end = first + rows; k < end; i += 2, k++) {
      if (lengths[k] === 8) {
        const at = offsets[k]!;
        const high = view.getInt32(at);
        const low = view.getInt32(at + 4);
        const magnitude = high & 0x7fff_ffff;
        const nan = magnitude > 0x7ff0_0000 || (magnitude === 0x7ff0_0000 && low !== 0);
        out[i + 1] = nan ? 0x7ff8_0000 : high;
        out[i] = nan ? 0 : low;
      } else {
        this.allowNull(lengths[k]!);
        out[i] = out[i + 1] = 0;
      }
    }
  }
}

/** uuid: 16 bytes in their order. */
export class UuidColumn extends WordColumn {
  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row * 4, k = first, end = first + rows; k < end; i += 4, k++) {
      if (lengths[k] === 16) {
        const at = offsets[k]!;
        out[i] = view.getInt32(at, true);
        out[i + 1] = view.getInt32(at + 4, true);
        out[i + 2] = view.getInt32(at + 8, true);
        out[i + 3] = view.getInt32(at + 12, true);
      } else {
        this.allowNull(lengths[k]!);
        out.fill(0, i, i + 4);
      }
    }
  }
}
