import { type Data, DataType } from 'apache-arrow';
import { bitAt, type Bitmap, copyBits, validity } from './bitmap.js';
import { aligned, bitBytes } from './rows-as-bytes.js';
import { take } from './take.js';
import { bytesOf, unsignedWordsOf } from './words.js';

/** Writes rows as bytes ({@link import('./rows-as-bytes.js')}), into a buffer of its own that it uses again. */
export class RowsWriter {
  /** Bytes of the rows that were written last, as {@link import('./row-sizes.js').rowSizes} counts them: they add up. */
  size = 0;
  private buffer = new Uint8Array(1 << 16);
  private end = 0;

  /**
   * The rows at the given positions, in that order.
   * @param columns with 32-bit offsets and without dictionaries ({@link import('./plain-data.js').plainData})
   * @returns valid until the next call
   */
  write(columns: readonly Data[], at: Int32Array): Uint8Array {
    this.end = this.size = 0;
    this.number(at.length);
    for (const column of columns) this.column(column, at);
    return this.buffer.subarray(0, this.end);
  }

  private column(data: Data, at: Int32Array): void {
    const type = data.type as DataType;
    if (DataType.isNull(type)) return;
    if (data.children.length > 0) {
      this.nested(take(data, at));
      return;
    }
    this.validity(validity(data), at);
    if (DataType.isBool(type)) {
      this.bits({ bits: data.values as Uint8Array, offset: data.offset }, at);
      this.size += at.length;
    } else if (data.valueOffsets === undefined) this.elements(data, at);
    else this.variable(data, at);
  }

  /** Data that begins at its beginning, as `take` gives it. */
  private nested(data: Data): void {
    const { length, children } = data;
    const valid = validity(data);
    this.number(data.nullCount);
    if (valid !== undefined) {
      const place = this.room(bitBytes(length));
      copyBits(valid, 0, length, this.buffer, place);
    }
    const offsets = data.valueOffsets as Int32Array | undefined;
    if (offsets !== undefined) this.copy(bytesOf(offsets.subarray(0, length + 1)));
    const { type } = data as { type: DataType };
    const inner = DataType.isFixedSizeList(type) ? length * type.listSize : (offsets?.[length] ?? length);
    const all = Int32Array.from({ length: inner }, (_, i) => i);
    for (const child of children) this.column(child, all);
  }

  private validity(valid: Bitmap | undefined, at: Int32Array): void {
    const place = this.number(0);
    if (valid === undefined) return;
    const bits = this.bits(valid, at);
    if (bits === at.length) this.end = place + 8;
    else new DataView(this.buffer.buffer).setInt32(place, at.length - bits, true);
  }

  /** Gives how many of the bits are set. */
  private bits(bits: Bitmap, at: Int32Array): number {
    const size = bitBytes(at.length);
    const start = this.room(size);
    const out = this.buffer.subarray(start, start + size).fill(0);
    let set = 0;
    for (let i = 0; i < at.length; i++) {
      const bit = bitAt(bits, at[i]!);
      out[i >> 3]! |= bit << (i & 7);
      set += bit;
    }
    return set;
  }

  /** As words where that is possible: a BigInt of each value would be slow, and a NaN could become another one. */
  private elements(data: Data, at: Int32Array): void {
    const source = data.values as Int32Array;
    const width = source.BYTES_PER_ELEMENT * data.stride;
    const start = this.room(at.length * width);
    this.size += at.length * width;
    if (source.BYTES_PER_ELEMENT < 4) {
      gather(bytesOf(source), at, width, this.buffer.subarray(start));
      return;
    }
    const out = new Uint32Array(this.buffer.buffer, start, (at.length * width) / 4);
    gather(unsignedWordsOf(source), at, width / 4, out);
  }

  private variable(data: Data, at: Int32Array): void {
    const from = data.valueOffsets as Int32Array;
    const place = this.room(4 * (at.length + 1));
    const offsets = new Int32Array(this.buffer.buffer, place, at.length + 1);
    offsets[0] = 0;
    for (let i = 0; i < at.length; i++) offsets[i + 1] = offsets[i]! + from[at[i]! + 1]! - from[at[i]!]!;
    const start = this.room(offsets[at.length]!);
    this.size += 4 * at.length + offsets[at.length]!;
    const source = (data.values as Uint8Array | undefined) ?? new Uint8Array(0);
    const out = this.buffer;
    let to = start;
    for (let i = 0; i < at.length; i++) {
      const end = from[at[i]! + 1]!;
      // Most values are short: a loop is quicker than a view of each.
      for (let read = from[at[i]!]!; read < end; read++) out[to++] = source[read]!;
    }
  }

  private copy(bytes: Uint8Array): void {
    const start = this.room(bytes.length);
    this.buffer.set(bytes, start);
  }

  /** Gives where it stands. */
  private number(value: number): number {
    const at = this.room(8);
    new DataView(this.buffer.buffer).setInt32(at, value, true);
    return at;
  }

  /** Makes room for a part of so many bytes; gives where it begins. */
  private room(size: number): number {
    const at = this.end;
    this.end += aligned(size);
    if (this.end > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.end, 2 * this.buffer.length));
      larger.set(this.buffer.subarray(0, at));
      this.buffer = larger;
    }
    return at;
  }
}

/** Copies values of so many elements each. */
function gather<Elements extends Uint8Array | Uint32Array>(
  source: Elements,
  at: Int32Array,
  count: number,
  out: Elements,
): void {
  if (count === 1) for (let i = 0; i < at.length; i++) out[i] = source[at[i]!]!;
  else if (count === 2) {
    for (let i = 0; i < at.length; i++) {
      out[2 * i] = source[2 * at[i]!]!;
      out[2 * i + 1] = source[2 * at[i]! + 1]!;
    }
  } else {
    for (let i = 0, to = 0; i < at.length; i++) {
      const from = at[i]! * count;
      for (let k = 0; k < count; k++) out[to++] = source[from + k]!;
    }
  }
}
