import { type Data, DataType, makeData, RecordBatch, type Schema, Struct } from 'apache-arrow';
import { aligned, bitBytes } from './rows-as-bytes.js';

/** Puts rows that were written as bytes ({@link import('./rows-as-bytes.js')}) together again, in arrays that it uses again. */
export class RowsCollector {
  private readonly columns: readonly ColumnCollector[];
  private rows = 0;

  constructor(private readonly schema: Schema) {
    this.columns = schema.fields.map(({ type }) => new ColumnCollector(type as DataType));
  }

  /** Takes rows behind those that it has. */
  add(bytes: Uint8Array): void {
    const cursor = new Cursor(bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes));
    const rows = cursor.number();
    for (const column of this.columns) column.add(cursor, rows);
    this.rows += rows;
  }

  /** All rows that were added since the last call; valid until the next `add`. */
  finish(): RecordBatch {
    const children = this.columns.map((column) => column.finish());
    const type = new Struct(this.schema.fields);
    const batch = new RecordBatch(this.schema, makeData({ type, length: this.rows, nullCount: 0, children }));
    this.rows = 0;
    return batch;
  }
}

/** Reads parts one after the other. */
class Cursor {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  part(size: number): Uint8Array {
    const part = this.bytes.subarray(this.at, this.at + size);
    this.at += aligned(size);
    return part;
  }

  number(): number {
    return this.words(1)[0]!;
  }

  words(count: number): Int32Array {
    const { buffer, byteOffset } = this.part(4 * count);
    return new Int32Array(buffer, byteOffset, count);
  }
}

type Elements = { new (buffer: ArrayBufferLike, offset: number, length: number): unknown } & {
  readonly BYTES_PER_ELEMENT: number;
};

/** Values of one column, or of what a column is made of. */
class ColumnCollector {
  private length = 0;
  private nulls = 0;
  private readonly valid = new GrowingBits();
  private readonly values = new GrowingBytes();
  private readonly offsets: GrowingBytes | undefined;
  private readonly bits: GrowingBits | undefined;
  private readonly children: readonly ColumnCollector[];
  /** Of fixed-width values: how many elements one is, and of what. */
  private readonly stride: number;
  private readonly elements: Elements;

  constructor(private readonly type: DataType) {
    const { stride, values, valueOffsets } = makeData({ type, length: 0 } as never) as Data;
    this.stride = stride;
    this.elements = ((values as Uint8Array | undefined) ?? new Uint8Array(0)).constructor as unknown as Elements;
    this.offsets = valueOffsets === undefined ? undefined : new GrowingBytes();
    this.bits = DataType.isBool(type) ? new GrowingBits() : undefined;
    this.children = (type.children ?? []).map((child) => new ColumnCollector(child.type as DataType));
  }

  add(cursor: Cursor, rows: number): void {
    if (!DataType.isNull(this.type)) {
      const nulls = cursor.number();
      if (nulls > 0) {
        if (this.nulls === 0) this.valid.reset(this.length);
        this.valid.add(cursor.part(bitBytes(rows)), rows);
      } else if (this.nulls > 0) this.valid.addOnes(rows);
      this.nulls += nulls;
      this.addValues(cursor, rows);
    }
    this.length += rows;
  }

  private addValues(cursor: Cursor, rows: number): void {
    if (this.bits !== undefined) {
      if (this.length === 0) this.bits.reset(0);
      this.bits.add(cursor.part(bitBytes(rows)), rows);
      return;
    }
    if (this.offsets !== undefined) {
      const inner = this.addOffsets(this.offsets, cursor.words(rows + 1));
      if (this.children.length === 0) this.values.add(cursor.part(inner));
      else this.children[0]!.add(cursor, inner);
      return;
    }
    if (this.children.length === 0) this.values.add(cursor.part(rows * this.stride * this.elements.BYTES_PER_ELEMENT));
    else {
      const inner = DataType.isFixedSizeList(this.type) ? rows * this.type.listSize : rows;
      for (const child of this.children) child.add(cursor, inner);
    }
  }

  /** Gives how many values or bytes they are of. */
  private addOffsets(offsets: GrowingBytes, added: Int32Array): number {
    const first = offsets.end === 0;
    const base = first ? 0 : offsets.last();
    const count = added.length - 1;
    const out = offsets.grow(4 * (first ? added.length : count));
    const from = out.length - count;
    if (first) out[0] = 0;
    for (let i = 0; i < count; i++) out[from + i] = base + added[i + 1]!;
    return added[count]!;
  }

  finish(): Data {
    const { type, length, nulls: nullCount } = this;
    if (DataType.isNull(type)) {
      this.length = 0;
      return makeData({ type, length });
    }
    const nullBitmap = nullCount === 0 ? undefined : this.valid.view();
    const data = makeData({ type, length, nullCount, nullBitmap, ...this.buffers() } as never) as Data;
    this.length = this.nulls = 0;
    this.values.end = 0;
    if (this.offsets !== undefined) this.offsets.end = 0;
    return data;
  }

  private buffers(): object {
    const { type, children, bits, offsets, values, length } = this;
    if (bits !== undefined) return { data: length === 0 ? new Uint8Array(0) : bits.view() };
    if (offsets !== undefined) {
      const valueOffsets = length === 0 ? new Int32Array(1) : offsets.view(Int32Array);
      return children.length > 0
        ? { valueOffsets, child: children[0]!.finish() }
        : { valueOffsets, data: values.view(Uint8Array) };
    }
    if (DataType.isFixedSizeList(type)) return { child: children[0]!.finish() };
    if (children.length > 0) return { children: children.map((child) => child.finish()) };
    return { data: values.view(this.elements) };
  }
}

/** Bytes that more are put behind, in a buffer that is used again. */
class GrowingBytes {
  end = 0;
  private buffer = new Uint8Array(0);

  add(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.buffer.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** Room for so many more bytes, as words that are to be written. */
  grow(size: number): Int32Array {
    this.room(size);
    const words = new Int32Array(this.buffer.buffer, this.end, size / 4);
    this.end += size;
    return words;
  }

  /** The last word. */
  last(): number {
    return new Int32Array(this.buffer.buffer, this.end - 4, 1)[0]!;
  }

  view<View>(Elements: {
    new (buffer: ArrayBufferLike, offset: number, length: number): View;
    readonly BYTES_PER_ELEMENT: number;
  }): View {
    return new Elements(this.buffer.buffer, 0, this.end / Elements.BYTES_PER_ELEMENT);
  }

  private room(size: number): void {
    if (this.end + size <= this.buffer.length) return;
    const larger = new Uint8Array(aligned(Math.max(this.end + size, 2 * this.buffer.length)));
    larger.set(this.buffer.subarray(0, this.end));
    this.buffer = larger;
  }
}

/** Bits that more are put behind, in a buffer that is used again. */
class GrowingBits {
  private count = 0;
  private buffer = new Uint8Array(0);

  /** So many ones and nothing else. */
  reset(ones: number): void {
    this.count = 0;
    this.addOnes(ones);
  }

  /** Bits behind the last one are zero. */
  add(bits: Uint8Array, count: number): void {
    const shift = this.count & 7;
    const first = this.count >> 3;
    this.room(count);
    const { buffer } = this;
    if (shift === 0) buffer.set(bits, first);
    else {
      for (let i = 0; i < bits.length; i++) {
        buffer[first + i]! |= bits[i]! << shift;
        buffer[first + i + 1] = bits[i]! >> (8 - shift);
      }
    }
    this.count += count;
  }

  addOnes(count: number): void {
    const bits = new Uint8Array(bitBytes(count)).fill(0xff);
    if ((count & 7) !== 0) bits[bits.length - 1] = (1 << (count & 7)) - 1;
    this.add(bits, count);
  }

  view(): Uint8Array {
    return this.buffer.subarray(0, bitBytes(this.count));
  }

  /** One byte more than is needed. */
  private room(count: number): void {
    const size = bitBytes(this.count + count) + 1;
    if (size <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(size, 2 * this.buffer.length));
    larger.set(this.buffer);
    this.buffer = larger;
  }
}
