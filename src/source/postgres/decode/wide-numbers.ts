import { Decimal, Int64 } from 'apache-arrow';
import type { FieldBlock } from '../../../core/fields/field-block.js';
import type { MisfitTally } from '../../../core/fields/misfit-tally.js';
import { WordColumn } from '../../../core/fields/word-column.js';

/** oid, xid and cid: 32 bits without a sign → int64. */
export class Uint32Column extends WordColumn {
  constructor(tally: MisfitTally) {
    super(tally, new Int64(), 2, { View: BigInt64Array, itemsPerValue: 1 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row * 2, k = first, end = first + rows; k < end; i += 2, k++) {
      if (lengths[k] !== 4) this.allowNull(lengths[k]!);
      out[i] = lengths[k] === 4 ? view.getInt32(offsets[k]!) : 0;
      out[i + 1] = 0;
    }
  }
}

/** money, with a sign, and xid8, without: 64 bits → decimal128. */
export class Decimal64Column extends WordColumn {
  constructor(
    tally: MisfitTally,
    { precision, scale }: { readonly precision: number; readonly scale: number },
    private readonly signed: boolean,
  ) {
    super(tally, new Decimal(scale, precision, 128), 4, { View: Uint32Array, itemsPerValue: 4 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row * 4, k = first, end = first + rows; k < end; i += 4, k++) {
      if (lengths[k] === 8) {
        const high = view.getInt32(offsets[k]!);
        out[i] = view.getInt32(offsets[k]! + 4);
        out[i + 1] = high;
        out[i + 2] = out[i + 3] = this.signed ? high >> 31 : 0;
      } else {
        this.allowNull(lengths[k]!);
        out.fill(0, i, i + 4);
      }
    }
  }
}

/** float2, of pgvector's halfvec: 16 bits, IEEE 754 → float32, which holds each of them. */
export class HalfColumn extends WordColumn {
  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const out = this.builder.words;
    for (let i = row, k = first, end = first + rows; k < end; i++, k++) {
      if (lengths[k] !== 2) this.allowNull(lengths[k]!);
      out[i] = lengths[k] === 2 ? floatBits(view.getUint16(offsets[k]!)) : 0;
    }
  }
}

/** Bits of the float32 that is the same number; NaN is always the same one. */
function floatBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign | 0x7f80_0000 : 0x7fc0_0000;
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // A subnormal half is a normal float: its first bit that is set goes to where floats do not write it.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}
