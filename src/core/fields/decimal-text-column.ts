import { Decimal } from 'apache-arrow';
import type { FieldBlock } from './field-block.js';
import type { MisfitTally } from './misfit-tally.js';
import { multiplyAdd, negate } from './wide-integers.js';
import { WordColumn } from './word-column.js';

const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
/** So many digits are exact in a double. */
const exactDigits = 15;
/** Digits that are taken at once on the long way: a word times their power of ten is below 2^53. */
const digitsAtOnce = 6;
const powers = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000] as const;
const twoTo32 = 0x1_0000_0000;

/**
 * DECIMAL, which comes as text (`-12.50`) → decimal128 or decimal256: the integer `value × 10^scale`, two's complement, least
 * significant word first.
 */
export class DecimalTextColumn extends WordColumn {
  constructor(
    tally: MisfitTally,
    private readonly decimal: { readonly precision: number; readonly scale: number },
    private readonly bits: 128 | 256,
  ) {
    const type = new Decimal(decimal.scale, decimal.precision, bits);
    super(tally, type, bits / 32, { View: Uint32Array, itemsPerValue: bits / 32 });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { bytes, offsets, lengths, rows } = block;
    const { scale, precision } = this.decimal;
    const out = this.builder.words;
    const stride = this.bits / 32;
    const most = Math.min(precision, exactDigits);
    for (let i = row * stride, k = first, end = first + rows; k < end; i += stride, k++) {
      const length = lengths[k]!;
      const start = offsets[k]!;
      const stop = start + length;
      let at = start;
      let mantissa = 0;
      let places = -1;
      const negative = length > 0 && bytes[at] === minus;
      if (negative) at++;
      for (; at < stop; at++) {
        const byte = bytes[at]!;
        const digit = byte - zero;
        if (digit >= 0 && digit <= 9) mantissa = mantissa * 10 + digit;
        else if (byte === point && places < 0) places = stop - at - 1;
        else break;
      }
      // As the server writes it: all places of the type, and so few digits that the double is exact.
      const digits = length - (negative ? 1 : 0) - (places < 0 ? 0 : 1);
      if (at !== stop || digits < 1 || digits > most || Math.max(places, 0) !== scale) {
        this.exactly(block, k, i);
        continue;
      }
      const value = negative ? -mantissa : mantissa;
      const high = Math.floor(value / twoTo32);
      const extension = value < 0 ? -1 : 0;
      out[i] = value - high * twoTo32;
      out[i + 1] = high;
      out[i + 2] = extension;
      out[i + 3] = extension;
      if (stride === 8) out.fill(extension, i + 4, i + 8);
    }
  }

  /** NULL, long numbers, other scales than the type's, misfits, garbage. */
  private exactly(block: FieldBlock, k: number, slot: number): void {
    const stride = this.bits / 32;
    const words = this.builder.words;
    words.fill(0, slot, slot + stride);
    const length = block.lengths[k]!;
    if (length === -1) return;
    const at = block.offsets[k]!;
    const text = Buffer.from(block.bytes.slice(at, at + Math.min(length, 200))).toString('latin1');
    const [, sign, integer = '', fraction = ''] = /^(-?)(\d*)(?:\.(\d*))?$/.exec(text) ?? [];
    if (integer + fraction === '' || length > 200) throw this.malformed(`a field of ${length} bytes`);
    const { precision, scale } = this.decimal;
    const kept = fraction.slice(0, scale).padEnd(scale, '0');
    const digits = (integer + kept).replace(/^0+/, '');
    if (/[1-9]/.test(fraction.slice(scale)) || digits.length > precision) {
      this.tally.reject(slot / stride, text);
      this.builder.validity.setNull(slot / stride);
      return;
    }
    let used = 0;
    for (let from = 0; from < digits.length; from += digitsAtOnce) {
      const part = digits.slice(from, from + digitsAtOnce);
      used = multiplyAdd(words, slot, used, powers[part.length]!, Number(part));
    }
    if (sign === '-') negate(words, slot, stride);
  }
}
