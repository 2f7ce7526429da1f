import { TidemarkError } from '../../../core/errors.js';
import { FrameBlock } from '../../../core/fields/field-block.js';
import { frameHeader, longFrame, longFrameHeader } from './frame.js';
import { formOf } from './wires.js';

/** Forms as numbers, for the loop: the bytes of a fixed one, or these. */
const packed = 0;
const counted = -1;

/**
 * The fields of rows of a prepared statement. A row is a frame (see {@link longFrame}) of one packet:
 *
 *     0x00
 *     bitmap of NULLs: bit `column + 2`, the least significant first
 *     the other fields, one after the other
 */
export class RowBlock extends FrameBlock {
  private readonly forms: Int8Array;
  private readonly bitmapBytes: number;

  /** @param wires of the columns */
  constructor(wires: readonly string[]) {
    super(wires.length);
    this.forms = Int8Array.from(wires, (wire) => {
      const form = formOf(wire);
      return form === 'packed' ? packed : form === 'bytes' ? counted : form;
    });
    this.bitmapBytes = (wires.length + 9) >> 3;
  }

  scan(start: number, end: number): number {
    const { bytes, view, nulls, capacity, bitmapBytes } = this;
    nulls.fill(0);
    let position = start;
    let row = 0;
    while (position < end && row < capacity) {
      if (end - position < frameHeader) throw brokenRow('a packet is cut short');
      let at = position + frameHeader;
      let length = bytes[position]! | (bytes[position + 1]! << 8) | (bytes[position + 2]! << 16);
      if (length === longFrame) {
        if (end - position < longFrameHeader) throw brokenRow('a packet is cut short');
        length = view.getUint32(position + frameHeader, true);
        at = position + longFrameHeader;
      }
      const frameEnd = at + length;
      if (frameEnd > end || length < 1 + bitmapBytes) throw brokenRow("a packet's length is impossible");
      if (bytes[at] !== 0) throw brokenRow('a packet is not a row');
      this.fields(at + 1, frameEnd, row);
      position = frameEnd;
      row++;
    }
    this.rows = row;
    return position;
  }

  private fields(bitmap: number, frameEnd: number, row: number): void {
    const { bytes, offsets, lengths, nulls, forms, columns, stride } = this;
    let field = bitmap + this.bitmapBytes;
    for (let c = 0, k = row; c < columns; c++, k += stride) {
      const bit = c + 2;
      if ((bytes[bitmap + (bit >> 3)]! & (1 << (bit & 7))) !== 0) {
        offsets[k] = field;
        lengths[k] = -1;
        nulls[c] = nulls[c]! + 1;
        continue;
      }
      const form = forms[c]!;
      let length: number = form;
      if (form <= 0) {
        if (field >= frameEnd) throw brokenRow('a field passes the end of its row');
        length = bytes[field++]!;
        if (form === counted && length > 250) {
          field = this.longLength(field, length);
          length = this.found;
        }
      }
      offsets[k] = field;
      lengths[k] = length;
      field += length;
      if (field > frameEnd) throw brokenRow('a field passes the end of its row');
    }
    if (field !== frameEnd) throw brokenRow("a row's fields do not end where the row ends");
  }

  private found = 0;

  /** A length of two, three or eight bytes, into `found`. @returns where the field begins */
  private longLength(at: number, mark: number): number {
    const { bytes, view } = this;
    if (at + 8 > bytes.length && at + (mark === 252 ? 2 : mark === 253 ? 3 : 8) > bytes.length) {
      throw brokenRow('a field passes the end of its row');
    }
    switch (mark) {
      case 252:
        this.found = view.getUint16(at, true);
        return at + 2;
      case 253:
        this.found = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
        return at + 3;
      case 254:
        this.found = Number(view.getBigUint64(at, true));
        return at + 8;
      default:
        throw brokenRow(`a field's length begins with ${mark}`);
    }
  }
}

function brokenRow(what: string): TidemarkError {
  return new TidemarkError('source.protocol', `The server's row data cannot be read: ${what}`, {
    hint: 'The connection, or a proxy on its way, garbled the data.',
  });
}
