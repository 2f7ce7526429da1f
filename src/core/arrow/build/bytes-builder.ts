import { type Binary, type Data, type DataType, makeData, type Utf8 } from 'apache-arrow';
import { grownCapacity } from './capacity.js';
import { ColumnBuilder } from './column-builder.js';

/** A buffer larger than this goes when a batch used less than a quarter of it. */
const keptBytes = 16 << 20;

/** Texts and binaries: bytes and int32 offsets. */
export class BytesBuilder extends ColumnBuilder {
  offsets = new Int32Array(1);
  data = new Uint8Array(0);
  /** Over `data`. */
  view = new DataView(this.data.buffer);
  /** Bytes of `data` that are taken. */
  used = 0;

  constructor(private readonly type: Utf8 | Binary) {
    super();
  }

  reserve(rows: number, used: number): void {
    if (used === 0) this.startOver();
    if (this.offsets.length > rows) return;
    const grown = new Int32Array(grownCapacity(this.offsets.length, rows + 1));
    grown.set(this.offsets.subarray(0, used + 1));
    this.offsets = grown;
  }

  /** Makes room for so many bytes more. */
  reserveBytes(bytes: number): void {
    if (this.data.length < this.used + bytes) this.resize(grownCapacity(this.data.length, this.used + bytes));
  }

  finish(rows: number): Data {
    if (rows === 0) this.startOver();
    const valueOffsets = this.offsets.subarray(0, rows + 1);
    const data = this.data.subarray(0, this.used);
    return makeData<DataType>({ type: this.type, length: rows, ...this.nullsOf(rows), valueOffsets, data } as never);
  }

  private startOver(): void {
    if (this.data.length > keptBytes && this.used < this.data.length / 4) this.resize(0);
    this.used = 0;
  }

  private resize(capacity: number): void {
    const grown = new Uint8Array(capacity);
    if (capacity > 0) grown.set(this.data.subarray(0, this.used));
    this.data = grown;
    this.view = new DataView(grown.buffer);
  }
}
