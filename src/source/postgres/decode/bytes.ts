import { isUtf8 } from 'node:buffer';
import { type Binary, type Data, type DataType, type Utf8, makeData } from 'apache-arrow';
import type { Block } from './block.js';
import { grownCapacity } from './capacity.js';
import { ColumnDecoder } from './column.js';
import type { MisfitTally } from './misfits.js';

/** From this length on, one call that copies is quicker than a loop. */
const longValue = 64;
/** A buffer larger than this goes when a row group used less than a quarter of it. */
const keptBytes = 16 << 20;

/** text, json, jsonb and bytea: bytes and int32 offsets. */
export class BytesColumn extends ColumnDecoder {
  private offsets = new Int32Array(1);
  private data = new Uint8Array(0);
  private target = new DataView(this.data.buffer);
  private used = 0;

  /**
   * @param options.prefix bytes of the wire form that come before the value: 1 for jsonb, whose first byte is a version
   * @param options.checked whether values must be tested for UTF-8, because the server does not
   */
  constructor(
    tally: MisfitTally,
    private readonly type: Utf8 | Binary,
    private readonly options: { readonly prefix: 0 | 1; readonly checked: boolean },
  ) {
    super(tally);
  }

  protected reserve(rows: number, used: number): void {
    if (used === 0) this.startOver();
    if (this.offsets.length > rows) return;
    const grown = new Int32Array(grownCapacity(this.offsets.length, rows + 1));
    grown.set(this.offsets.subarray(0, used + 1));
    this.offsets = grown;
  }

  private startOver(): void {
    if (this.data.length > keptBytes && this.used < this.data.length / 4) this.resize(0);
    this.used = 0;
  }

  private reserveBytes(bytes: number): void {
    if (this.data.length < this.used + bytes) this.resize(grownCapacity(this.data.length, this.used + bytes));
  }

  private resize(capacity: number): void {
    const grown = new Uint8Array(capacity);
    if (capacity > 0) grown.set(this.data.subarray(0, this.used));
    this.data = grown;
    this.target = new DataView(grown.buffer);
  }

  protected decode(block: Block, first: number, row: number): void {
    const { lengths, rows } = block;
    let total = block.nulls[this.tally.index]!;
    for (let k = first; k < first + rows; k++) total += lengths[k]!;
    this.reserveBytes(total);
    if (this.options.prefix === 1) this.checkVersions(block, first);
    const before = this.used;
    this.copy(block, first, row);
    if (this.options.checked && !this.allUtf8(before, row, rows)) this.copyChecked(block, first, row, before);
  }

  private copy(block: Block, first: number, row: number): void {
    const { bytes, view, lengths, rows } = block;
    const { data, target, offsets } = this;
    const prefix = this.options.prefix;
    let out = this.used;
    for (let i = row + 1, k = first, end = first + rows; k < end; i++, k++) {
      const length = lengths[k]! - prefix;
      let at = block.offsets[k]! + prefix;
      if (length >= longValue) {
        data.set(bytes.subarray(at, at + length), out);
        out += length;
      } else if (length > 0) {
        const stop = at + length;
        for (; at + 4 <= stop; at += 4, out += 4) target.setInt32(out, view.getInt32(at, true), true);
        while (at < stop) data[out++] = bytes[at++]!;
      }
      offsets[i] = out;
    }
    this.used = out;
  }

  /** jsonb: every value begins with the version of its form, which is 1 in all servers. */
  private checkVersions(block: Block, first: number): void {
    for (let k = first; k < first + block.rows; k++) {
      const length = block.lengths[k]!;
      if (length === -1) continue;
      if (length === 0) throw this.malformed('a field of 0 bytes');
      const version = block.bytes[block.offsets[k]!]!;
      if (version !== 1) throw this.malformed(`version ${version}`);
    }
  }

  /** All bytes together are UTF-8, and no value begins inside a character: then every value is UTF-8. */
  private allUtf8(before: number, row: number, rows: number): boolean {
    const { data, offsets } = this;
    if (!isUtf8(data.subarray(before, this.used))) return false;
    for (let i = row; i < row + rows; i++) {
      const at = offsets[i]!;
      if (at < this.used && (data[at]! & 0xc0) === 0x80) return false;
    }
    return true;
  }

  /** The way of a block that holds invalid text: again from its beginning, value by value. */
  private copyChecked(block: Block, first: number, row: number, before: number): void {
    this.used = before;
    const prefix = this.options.prefix;
    for (let i = 0; i < block.rows; i++) {
      const at = block.offsets[first + i]!;
      const length = block.lengths[first + i]!;
      const value = block.bytes.slice(at + prefix, at + Math.max(prefix, length));
      if (isUtf8(value)) {
        this.data.set(value, this.used);
        this.used += value.length;
      } else {
        this.tally.reject(row + i, `\\x${Buffer.from(value.subarray(0, 32)).toString('hex')}`, 'data.encoding');
        this.validity.setNull(row + i);
      }
      this.offsets[row + i + 1] = this.used;
    }
  }

  finish(rows: number): Data {
    if (rows === 0) this.startOver();
    const valueOffsets = this.offsets.subarray(0, rows + 1);
    const data = this.data.subarray(0, this.used);
    return makeData<DataType>({ type: this.type, length: rows, ...this.nullsOf(rows), valueOffsets, data } as never);
  }
}
