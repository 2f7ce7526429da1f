import { type Data, DataType, makeData, RecordBatch, type Schema, Struct } from 'apache-arrow';
import { type Bitmap, copyBits, countSet, validity } from './bitmap.js';

/*
 * Rows as bytes, for a while: how many rows there are, and their schema, is known to whoever reads them. Column after column,
 * as Arrow has them (32-bit offsets, no dictionaries): how many are NULL; if any, their validity; then bits, or values, or
 * offsets that begin with 0 and what they are of. Every part begins at a multiple of 8 bytes.
 */

const align = (bytes: number): number => (bytes + 7) & ~7;
const bitBytes = (bits: number): number => (bits + 7) >> 3;

/** Writes rows as bytes, into a buffer of its own that it uses again. */
export class BatchBytesWriter {
  private buffer = new Uint8Array(1 << 16);
  private end = 0;

  /**
   * The `length` rows from `from` on.
   * @returns valid until the next call
   */
  write(columns: readonly Data[], from: number, length: number): Uint8Array {
    this.end = 0;
    for (const column of columns) this.column(column, from, length);
    return this.buffer.subarray(0, this.end);
  }

  private column(data: Data, from: number, length: number): void {
    const type = data.type as DataType;
    if (DataType.isNull(type)) return;
    this.validity(validity(data), from, length);
    if (DataType.isBool(type)) this.bits({ bits: data.values as Uint8Array, offset: data.offset }, from, length);
    else if (DataType.isStruct(type)) for (const child of data.children) this.column(child, from, length);
    else if (DataType.isFixedSizeList(type)) {
      this.column(data.children[0]!, from * type.listSize, length * type.listSize);
    } else if (data.valueOffsets === undefined) {
      const width = (data.values as Uint8Array).BYTES_PER_ELEMENT * data.stride;
      this.bytes(data.values as Uint8Array, from * width, length * width);
    } else this.variable(data, from, length);
  }

  private validity(valid: Bitmap | undefined, from: number, length: number): void {
    const nullCount = valid === undefined ? 0 : length - countSet(valid, from, length);
    const at = this.end;
    new DataView(this.room(8).buffer).setInt32(at, nullCount, true);
    if (valid !== undefined && nullCount > 0) this.bits(valid, from, length);
  }

  private variable(data: Data, from: number, length: number): void {
    const offsets = data.valueOffsets as Int32Array;
    const first = offsets[from]!;
    const own = new Int32Array(length + 1);
    for (let i = 0; i <= length; i++) own[i] = offsets[from + i]! - first;
    this.bytes(own, 0, own.byteLength);
    if (data.children.length > 0) this.column(data.children[0]!, first, own[length]!);
    else if (data.values !== undefined) this.bytes(data.values as Uint8Array, first, own[length]!);
  }

  private bits(bits: Bitmap, from: number, count: number): void {
    const at = this.end;
    copyBits(bits, from, count, this.room(align(bitBytes(count))), at);
  }

  private bytes(values: ArrayBufferView, from: number, size: number): void {
    const at = this.end;
    this.room(align(size)).set(new Uint8Array(values.buffer, values.byteOffset + from, size), at);
  }

  /** Makes room for so many bytes at the end; gives the whole buffer. */
  private room(size: number): Uint8Array {
    this.end += size;
    if (this.end > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.end, 2 * this.buffer.length));
      larger.set(this.buffer);
      this.buffer = larger;
    }
    return this.buffer;
  }
}

/** What has to be known of a type to read it back. */
interface Layout {
  readonly type: DataType;
  readonly children: readonly Layout[];
  /** Of fixed-width values: how many elements one is, and of what. */
  readonly stride: number;
  readonly elements: Int32ArrayConstructor;
}

function layoutOf(type: DataType): Layout {
  const { stride, values } = makeData({ type, length: 0 } as never) as Data;
  const elements = ((values as Int32Array | undefined) ?? new Uint8Array(0)).constructor as Int32ArrayConstructor;
  const children = (type.children ?? []).map((child) => layoutOf(child.type as DataType));
  return { type, children, stride, elements };
}

/** Reads rows of one schema back. */
export class BatchBytesReader {
  private readonly columns: readonly Layout[];
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;

  constructor(private readonly schema: Schema) {
    this.columns = schema.fields.map(({ type }) => layoutOf(type as DataType));
  }

  /** @param bytes begin at a multiple of 8 in their buffer; the batch is a view of them */
  read(bytes: Uint8Array, rows: number): RecordBatch {
    this.bytes = bytes;
    this.at = 0;
    const children = this.columns.map((column) => this.column(column, rows));
    const type = new Struct(this.schema.fields);
    return new RecordBatch(this.schema, makeData({ type, length: rows, nullCount: 0, children }));
  }

  private column(layout: Layout, length: number): Data {
    const { type } = layout;
    if (DataType.isNull(type)) return makeData({ type, length });
    const nullCount = this.array(Int32Array, 1)[0];
    const nullBitmap = nullCount === 0 ? undefined : this.array(Uint8Array, bitBytes(length));
    return makeData({ type, length, nullCount, nullBitmap, ...this.values(layout, length) } as never);
  }

  private values({ type, children, stride, elements }: Layout, length: number): object {
    if (DataType.isBool(type)) return { data: this.array(Uint8Array, bitBytes(length)) };
    if (DataType.isStruct(type)) return { children: children.map((child) => this.column(child, length)) };
    if (DataType.isFixedSizeList(type)) return { child: this.column(children[0]!, length * type.listSize) };
    if (DataType.isList(type) || DataType.isMap(type)) {
      const valueOffsets = this.array(Int32Array, length + 1);
      return { valueOffsets, child: this.column(children[0]!, valueOffsets[length]!) };
    }
    if (DataType.isUtf8(type) || DataType.isBinary(type)) {
      const valueOffsets = this.array(Int32Array, length + 1);
      return { valueOffsets, data: this.array(Uint8Array, valueOffsets[length]!) };
    }
    return { data: this.array(elements, length * stride) };
  }

  private array<T>(
    Elements: { new (buffer: ArrayBufferLike, offset: number, length: number): T; readonly BYTES_PER_ELEMENT: number },
    length: number,
  ): T {
    const array = new Elements(this.bytes.buffer, this.bytes.byteOffset + this.at, length);
    this.at += align(length * Elements.BYTES_PER_ELEMENT);
    return array;
  }
}
