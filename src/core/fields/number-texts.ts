import { Float32, Float64, Int32, Int64 } from 'apache-arrow';
import { ShortBuilder } from '../arrow/build/short-builder.js';
import { ColumnDecoder } from './column-decoder.js';
import type { FieldBlock } from './field-block.js';
import type { MisfitTally } from './misfit-tally.js';
import { WordColumn } from './word-column.js';

const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
/** So many digits are exact in a double. */
const exactDigits = 15;
const twoTo32 = 0x1_0000_0000;
/** Powers of ten that are exact in a double. */
const powers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** The text of a field. */
export function textAt({ bytes, offsets, lengths }: FieldBlock, k: number): string {
  const at = offsets[k]!;
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, lengths[k]!).toString('latin1');
}

/** Whole numbers, as int32 or int64. */
export class IntegerColumn extends WordColumn {
  constructor(
    tally: MisfitTally,
    private readonly bits: 32 | 64,
  ) {
    const wide = bits === 64;
    super(tally, wide ? new Int64() : new Int32(), bits / 32, {
      View: wide ? BigInt64Array : Int32Array,
      itemsPerValue: 1,
    });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { bytes, offsets, lengths, rows } = block;
    const out = this.builder.words;
    const stride = this.bits / 32;
    for (let i = row * stride, k = first, end = first + rows; k < end; i += stride, k++) {
      const length = lengths[k]!;
      const start = offsets[k]!;
      const stop = start + length;
      let at = start;
      let value = 0;
      const negative = length > 0 && bytes[at] === minus;
      if (negative) at++;
      for (let digit; at < stop && (digit = bytes[at]! - zero) >= 0 && digit <= 9; at++) value = value * 10 + digit;
      if (at !== stop || length < 1 || length > exactDigits || (stride === 1 && value > 0x7fff_ffff)) {
        this.exactly(block, k, i);
        continue;
      }
      if (negative) value = -value;
      out[i] = value;
      if (stride === 2) {
        const high = Math.floor(value / twoTo32);
        out[i] = value - high * twoTo32;
        out[i + 1] = high;
      }
    }
  }

  /** NULL, long numbers, zeros after the point, misfits, garbage. */
  private exactly(block: FieldBlock, k: number, slot: number): void {
    const { words, validity } = this.builder;
    const stride = this.bits / 32;
    words.fill(0, slot, slot + stride);
    if (block.lengths[k] === -1) return;
    const text = textAt(block, k);
    const [, whole, fraction = ''] = /^(-?\d+)(?:\.(\d*))?$/.exec(text) ?? [];
    if (whole === undefined) throw this.malformed(`a text of ${text.length} bytes`);
    const value = BigInt(whole);
    if (BigInt.asIntN(this.bits, value) !== value || /[1-9]/.test(fraction)) {
      this.tally.reject(slot / stride, text);
      validity.setNull(slot / stride);
      return;
    }
    words[slot] = Number(BigInt.asIntN(32, value));
    if (stride === 2) words[slot + 1] = Number(value >> 32n);
  }
}

/** Small whole numbers, less a number that the server adds to them, as int16. */
export class ShortColumn extends ColumnDecoder<ShortBuilder> {
  private readonly form: RegExp;
  private readonly added: number;

  /** @param options.digits that a text has at most */
  constructor(tally: MisfitTally, { digits, added = 0 }: { readonly digits: number; readonly added?: number }) {
    super(tally, new ShortBuilder());
    this.form = new RegExp(`^-?\\d{1,${digits}}$`);
    this.added = added;
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const out = this.builder.values;
    for (let i = row, k = first, end = first + block.rows; k < end; i++, k++) {
      out[i] = 0;
      if (block.lengths[k] === -1) continue;
      const text = textAt(block, k);
      const value = Number(text) - this.added;
      if (!this.form.test(text) || (value << 16) >> 16 !== value)
        throw this.malformed(`a text of ${text.length} bytes`);
      out[i] = value;
    }
  }
}

/** Doubles, and their halves, which stand as decimal texts; `NaN`, `inf`, `-inf`. */
export class DoubleColumn extends WordColumn {
  private readonly number = new Float64Array(1);
  private readonly half = new Float32Array(1);
  private readonly words = new Int32Array(this.number.buffer);
  private readonly halfWords = new Int32Array(this.half.buffer);

  constructor(
    tally: MisfitTally,
    private readonly bits: 32 | 64,
  ) {
    const wide = bits === 64;
    super(tally, wide ? new Float64() : new Float32(), bits / 32, {
      View: wide ? Float64Array : Float32Array,
      itemsPerValue: 1,
    });
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { number, words, half, halfWords } = this;
    const out = this.builder.words;
    const stride = this.bits / 32;
    for (let i = row * stride, k = first, end = first + block.rows; k < end; i += stride, k++) {
      const value = block.lengths[k] === -1 ? 0 : this.value(block, k);
      if (stride === 2) {
        number[0] = value;
        out[i] = words[0]!;
        out[i + 1] = words[1]!;
      } else {
        half[0] = value;
        out[i] = halfWords[0]!;
      }
    }
  }

  /** A whole number that is exact, times or by a power of ten that is exact, is rounded once: as it should be. Others are left to the platform. */
  private value(block: FieldBlock, k: number): number {
    const { bytes, offsets, lengths } = block;
    const start = offsets[k]!;
    const stop = start + lengths[k]!;
    let at = start;
    let mantissa = 0;
    let places = 0;
    let afterPoint = 0;
    const negative = bytes[at] === minus;
    if (negative) at++;
    for (; at < stop; at++) {
      const byte = bytes[at]!;
      const digit = byte - zero;
      if (digit >= 0 && digit <= 9) {
        mantissa = mantissa * 10 + digit;
        places += afterPoint;
      } else if (byte === point && afterPoint === 0) afterPoint = 1;
      else break;
    }
    if (at < stop || stop - start > exactDigits || stop - start < 1 + places) return this.byPlatform(textAt(block, k));
    const value = places === 0 ? mantissa : mantissa / powers[places]!;
    return negative ? -value : value;
  }

  private byPlatform(text: string): number {
    if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return Number(text);
    const [, sign, word] = /^(-?)(nan|inf(?:inity)?)$/i.exec(text) ?? [];
    if (word === undefined) throw this.malformed(`a text of ${text.length} bytes`);
    return /^nan/i.test(word) ? NaN : sign === '-' ? -Infinity : Infinity;
  }
}
