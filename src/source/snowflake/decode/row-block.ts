import { TidemarkError } from '../../../core/errors.js';
import { FrameBlock } from '../../../core/fields/field-block.js';

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const open = 0x5b;
const close = 0x5d;
const blank = 0x20;

/** What stands for one byte after a backslash (RFC 8259, section 7); `u` is not among them. */
const escapes = new Uint8Array(128);
for (const [letter, byte] of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t'].map(
  (pair) => [...pair] as [string, string],
))
  escapes[letter.charCodeAt(0)] = byte.charCodeAt(0);

/**
 * The fields of rows as Snowflake sends them: arrays in JSON, of texts and nulls, `["1",null,"a"],["2","x","b"]`. Escapes are resolved where they
 * stand, which shortens texts: bytes that were scanned are no longer JSON.
 */
export class JsonRowBlock extends FrameBlock {
  /** By place in the row: the column that takes the field, −1 for none. */
  private readonly columnAt: Int32Array;

  /**
   * @param fields of a row
   * @param wanted the places of the columns in a row
   * @param left rows that are taken; what follows them is not looked at
   */
  constructor(
    fields: number,
    wanted: readonly number[],
    private left: number,
  ) {
    super(wanted.length);
    this.columnAt = new Int32Array(fields).fill(-1);
    for (const [column, place] of wanted.entries()) this.columnAt[place] = column;
  }

  scan(start: number, end: number): number {
    const { bytes, nulls, capacity } = this;
    nulls.fill(0);
    this.rows = 0;
    let at = start;
    const most = Math.min(capacity, this.left);
    while (this.rows < most) {
      while (at < end && (bytes[at]! <= blank || bytes[at] === comma)) at++;
      // What comes after the rows' own array is none of them.
      if (at >= end || bytes[at] === close) return end;
      if (bytes[at] !== open) throw broken('a row does not begin');
      at = this.row(at + 1, end, this.rows);
      this.rows++;
    }
    this.left -= most;
    return this.left === 0 ? end : at;
  }

  /** @returns the position after the row */
  private row(start: number, end: number, row: number): number {
    const { bytes, offsets, lengths, nulls, stride, columnAt } = this;
    const fields = columnAt.length;
    let at = start;
    for (let place = 0; place < fields; place++) {
      while (bytes[at]! <= blank) at++;
      const column = columnAt[place]!;
      const k = column * stride + row;
      if (bytes[at] === quote) {
        const from = at + 1;
        at = from;
        let byte = 0;
        while (at < end && (byte = bytes[at]!) !== quote && byte !== backslash) at++;
        let length = at - from;
        if (byte === backslash && at < end) {
          at = this.unescape(at, end);
          length = this.unescaped - from;
        }
        if (at >= end) throw broken('a text does not end');
        at++;
        if (column >= 0) {
          offsets[k] = from;
          lengths[k] = length;
        }
      } else {
        at = nullAt(bytes, at);
        if (column >= 0) {
          offsets[k] = at;
          lengths[k] = -1;
          nulls[column]!++;
        }
      }
      while (bytes[at]! <= blank) at++;
      if (bytes[at] !== (place + 1 < fields ? comma : close)) throw broken(`a row has other than ${fields} fields`);
      at++;
    }
    if (at > end) throw broken('a row is cut short');
    return at;
  }

  private unescaped = 0;

  /** Resolves what follows in a text, from its first backslash on; its end comes to `unescaped`. @returns the position of the closing quote */
  private unescape(first: number, end: number): number {
    const { bytes } = this;
    let at = first;
    let out = first;
    for (let byte; at < end && (byte = bytes[at]!) !== quote;) {
      if (byte !== backslash) {
        bytes[out++] = byte;
        at++;
        continue;
      }
      const letter = bytes[at + 1]!;
      at += 2;
      if (letter === 0x75) {
        const unit = this.unit(at);
        at += 4;
        const isPair = (unit & 0xfc00) === 0xd800 && bytes[at] === backslash && bytes[at + 1] === 0x75;
        const second = isPair ? this.unit(at + 2) : 0;
        if ((second & 0xfc00) === 0xdc00) {
          at += 6;
          out = putCharacter(bytes, out, 0x1_0000 + ((unit & 0x3ff) << 10) + (second & 0x3ff));
        } else out = putCharacter(bytes, out, unit);
      } else {
        const plain = escapes[letter & 127]!;
        if (plain === 0 || letter > 127) throw broken('an escape is none of JSON');
        bytes[out++] = plain;
      }
    }
    this.unescaped = out;
    return at;
  }

  /** Four hexadecimal digits. */
  private unit(at: number): number {
    const text = String.fromCharCode(...this.bytes.subarray(at, at + 4));
    if (!/^[\da-f]{4}$/i.test(text)) throw broken('an escape is none of JSON');
    return Number.parseInt(text, 16);
  }
}

/** @returns the position after `null` */
function nullAt(bytes: Uint8Array, at: number): number {
  const isNull = bytes[at] === 0x6e && bytes[at + 1] === 0x75 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x6c;
  if (!isNull) throw broken('a field is neither a text nor null');
  return at + 4;
}

/** Half a pair of surrogates becomes what is no UTF-8, and is found out as that. */
function putCharacter(bytes: Uint8Array, at: number, code: number): number {
  let out = at;
  if (code < 0x80) bytes[out++] = code;
  else if (code < 0x800) {
    bytes[out++] = 0xc0 | (code >> 6);
    bytes[out++] = 0x80 | (code & 0x3f);
  } else {
    if (code < 0x1_0000) bytes[out++] = 0xe0 | (code >> 12);
    else {
      bytes[out++] = 0xf0 | (code >> 18);
      bytes[out++] = 0x80 | ((code >> 12) & 0x3f);
    }
    bytes[out++] = 0x80 | ((code >> 6) & 0x3f);
    bytes[out++] = 0x80 | (code & 0x3f);
  }
  return out;
}

function broken(what: string): TidemarkError {
  return new TidemarkError('source.protocol', `Snowflake's rows cannot be read: ${what}`, {
    hint: 'A proxy on the way garbled the data, or the service sends another form. Run again.',
  });
}
