import { type Data, makeData, Utf8 } from 'apache-arrow';
import { bitAt, copyBits, validity } from '../core/arrow/bitmap.js';

/** A text of `width` bytes for each value that is not NULL; `write` puts it where it belongs. */
export function textsOfWidth(data: Data, width: number, write: (row: number, out: Buffer, at: number) => void): Data {
  const { length, nullCount } = data;
  const valid = validity(data);
  const valueOffsets = new Int32Array(length + 1);
  const bytes = Buffer.alloc((length - nullCount) * width);
  for (let row = 0, at = 0; row < length; row++) {
    if (valid === undefined || bitAt(valid, row) === 1) {
      write(row, bytes, at);
      at += width;
    }
    valueOffsets[row + 1] = at;
  }
  const bits = valid && new Uint8Array((length + 7) >> 3);
  if (valid && bits) copyBits(valid, 0, length, bits);
  return makeData({ type: new Utf8(), length, nullCount, nullBitmap: bits, valueOffsets, data: bytes });
}

/** The same text for each value that is not NULL. */
export function repeatedText(data: Data, text: string): Data {
  const bytes = Buffer.from(text);
  return textsOfWidth(data, bytes.length, (_, out, at) => void bytes.copy(out, at));
}
