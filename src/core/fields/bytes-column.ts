import { isUtf8 } from 'node:buffer';
import type { Binary, Utf8 } from 'apache-arrow';
import { BytesBuilder } from '../arrow/build/bytes-builder.js';
import type { FieldBlock } from './field-block.js';
import { ColumnDecoder } from './column-decoder.js';
import type { MisfitTally } from './misfit-tally.js';

/** From this length on, one call that copies is quicker than a loop. */
const longValue = 64;
/** Bytes behind a value that may be read, and overwritten, with it. */
const spare = 4;

/** text, json, jsonb and bytea: bytes and int32 offsets. */
export class BytesColumn extends ColumnDecoder<BytesBuilder> {
  /**
   * @param options.prefix bytes of the wire form that come before the value: 1 for jsonb, whose first byte is a version
   * @param options.checked whether values must be tested for UTF-8, because the server does not
   */
  constructor(
    tally: MisfitTally,
    type: Utf8 | Binary,
    private readonly options: { readonly prefix: 0 | 1; readonly checked: boolean },
  ) {
    super(tally, new BytesBuilder(type));
  }

  protected decode(block: FieldBlock, first: number, row: number): void {
    const { lengths, rows } = block;
    let total = block.nulls[this.tally.index]!;
    for (let k = first; k < first + rows; k++) total += lengths[k]!;
    this.builder.reserveBytes(total + spare);
    if (this.options.prefix === 1) this.checkVersions(block, first);
    const before = this.builder.used;
    this.builder.used = this.copy(block, first, row);
    if (this.options.checked && !this.allUtf8(before, row, rows)) this.copyChecked(block, first, row, before);
  }

  /** Four bytes at a time, also past the end of a value, where the next one is put. Gives where the last value ends. */
  private copy(block: FieldBlock, first: number, row: number): number {
    const { bytes, view, lengths, rows } = block;
    const { builder } = this;
    const { data, view: target, offsets } = builder;
    const prefix = this.options.prefix;
    const lastWhole = bytes.length - spare;
    let out = builder.used;
    for (let i = row + 1, k = first, end = first + rows; k < end; i++, k++) {
      const length = lengths[k]! - prefix;
      const at = block.offsets[k]! + prefix;
      if (length > 0) {
        if (length >= longValue || at + length > lastWhole) data.set(bytes.subarray(at, at + length), out);
        else
          for (let done = 0; done < length; done += 4)
            target.setInt32(out + done, view.getInt32(at + done, true), true);
        out += length;
      }
      offsets[i] = out;
    }
    return out;
  }

  /** jsonb: every value begins with the version of its form, which is 1 in all servers. */
  private checkVersions(block: FieldBlock, first: number): void {
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
    const { data, offsets, used } = this.builder;
    if (!isUtf8(data.subarray(before, used))) return false;
    for (let i = row; i < row + rows; i++) {
      const at = offsets[i]!;
      if (at < used && (data[at]! & 0xc0) === 0x80) return false;
    }
    return true;
  }

  /** The way of a block that holds invalid text: again from its beginning, value by value. */
  private copyChecked(block: FieldBlock, first: number, row: number, before: number): void {
    const { builder } = this;
    builder.used = before;
    const prefix = this.options.prefix;
    for (let i = 0; i < block.rows; i++) {
      const at = block.offsets[first + i]!;
      const length = block.lengths[first + i]!;
      const value = block.bytes.slice(at + prefix, at + Math.max(prefix, length));
      if (isUtf8(value)) {
        builder.data.set(value, builder.used);
        builder.used += value.length;
      } else {
        this.tally.reject(row + i, `\\x${Buffer.from(value.subarray(0, 32)).toString('hex')}`, 'data.encoding');
        builder.validity.setNull(row + i);
      }
      builder.offsets[row + i + 1] = builder.used;
    }
  }
}
