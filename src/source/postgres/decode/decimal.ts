import { Decimal } from 'apache-arrow';
import type { FieldBlock } from '../../../core/fields/field-block.js';
import { sign, writeDecimal } from './decimal-exact.js';
import { numericText } from './text-forms/numeric.js';
import type { MisfitTally } from '../../../core/fields/misfit-tally.js';
import { WordColumn } from '../../../core/fields/word-column.js';

/** Powers of ten by exponent, as far as they are exact in a double. */
const powers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const maxExponent = powers.length - 1;
const twoTo32 = 0x1_0000_0000;
const twoTo31 = 0x8000_0000;
const twoTo53 = 2 ** 53;

/**
 * numeric → decimal128 or decimal256: the integer `value × 10^scale`, two's complement, least significant word first.
 *
 *     0     int16   number of groups
 *     2     int16   weight: the first group counts 10000^weight
 *     4     uint16  sign: 0x0000 +, 0x4000 −, 0xC000 NaN, 0xD000 Infinity, 0xF000 −Infinity
 *     6     uint16  digits after the point that are shown
 *     8     int16 × groups, each 0 … 9999; zeros at both ends are left out
 *
 * Up to three groups whose scaled integer is below 2^53 go in plain numbers; all others word by word.
 */
export class DecimalColumn extends WordColumn {
  private readonly limit: number;

  constructor(
    tally: MisfitTally,
    private readonly decimal: { readonly precision: number; readonly scale: number },
    private readonly bits: 128 | 256,
  ) {
    const type = new Decimal(decimal.scale, decimal.precision, bits);
    super(tally, type, bits / 32, { View: Uint32Array, itemsPerValue: bits / 32 });
    this.limit = decimal.precision < 16 ? 10 ** decimal.precision : twoTo53;
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { view, offsets, lengths, rows } = block;
    const { limit } = this;
    const out = this.builder.words;
    const scale = this.decimal.scale;
    const wide = this.bits === 256;
    const stride = this.bits / 32;
    for (let i = row * stride, k = first, end = first + rows; k < end; i += stride, k++) {
      const length = lengths[k]!;
      if (length < 10 || length > 14) {
        this.exact(block, k, i);
        continue;
      }
      const at = offsets[k]!;
      const groups = view.getInt16(at);
      const signWord = view.getUint16(at + 4);
      let mantissa = view.getUint16(at + 8);
      let largest = mantissa;
      if (length > 10) {
        const group = view.getUint16(at + 10);
        mantissa = mantissa * 10_000 + group;
        if (group > largest) largest = group;
      }
      if (length > 12) {
        const group = view.getUint16(at + 12);
        mantissa = mantissa * 10_000 + group;
        if (group > largest) largest = group;
      }
      const exponent = 4 * (view.getInt16(at + 2) - groups + 1) + scale;
      // Below −3 a whole group is past the scale; the rest of the test is for what is not a finite number of three groups.
      if (
        exponent < -3 ||
        exponent > maxExponent ||
        largest > 9999 ||
        length !== 8 + 2 * groups ||
        (signWord & ~sign.negative) !== 0
      ) {
        this.exact(block, k, i);
        continue;
      }
      let value: number;
      if (exponent < 0) {
        const surplus = powers[-exponent]!;
        value = Math.floor(mantissa / surplus);
        if (value * surplus !== mantissa) {
          this.exact(block, k, i);
          continue;
        }
      } else {
        value = mantissa * powers[exponent]!;
      }
      if (value >= limit) {
        this.exact(block, k, i);
        continue;
      }
      let extension: number;
      if (value < twoTo31) {
        const low = signWord === 0 ? value | 0 : -(value | 0);
        extension = low >> 31;
        out[i] = low;
        out[i + 1] = extension;
      } else {
        if (signWord !== 0) value = -value;
        const high = Math.floor(value / twoTo32);
        extension = high >> 31;
        out[i] = value - high * twoTo32;
        out[i + 1] = high;
      }
      out[i + 2] = extension;
      out[i + 3] = extension;
      if (wide) out.fill(extension, i + 4, i + 8);
    }
  }

  /** Everything that is not a short finite number inside the type: NULL, zero, long numbers, misfits, garbage. */
  private exact(block: FieldBlock, k: number, slot: number): void {
    const stride = this.bits / 32;
    const length = block.lengths[k]!;
    const at = block.offsets[k]!;
    if (length === -1) {
      this.builder.words.fill(0, slot, slot + stride);
      return;
    }
    if (length < 8 || length !== 8 + 2 * block.view.getInt16(at)) throw this.malformed(`a field of ${length} bytes`);
    const signWord = block.view.getUint16(at + 4);
    const outcome =
      signWord === sign.positive || signWord === sign.negative
        ? writeDecimal(block.view, at, this.decimal, this.builder.words, slot, stride)
        : signWord === sign.nan || signWord === sign.infinity || signWord === sign.minusInfinity
          ? 'misfit'
          : 'malformed';
    if (outcome === 'malformed') throw this.malformed('digits or a sign that cannot be');
    if (outcome === 'misfit') {
      this.tally.reject(slot / stride, numericText(block.view, at));
      this.builder.words.fill(0, slot, slot + stride);
      this.builder.validity.setNull(slot / stride);
    }
  }
}
