import { TidemarkError } from '../../../../core/errors.js';

/** Texts longer than this are measured before room is made for them; shorter ones get room for the worst case. */
const longText = 4096;
/** A JavaScript string's code unit takes at most three bytes of UTF-8. */
const worstUtf8 = 3;

/** Bytes that grow as they are written, big-endian. `used` may be set back: the room is used again. */
export class WireBuffer {
  bytes: Buffer;
  used = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** Makes room for `more` bytes after `used`. */
  reserve(more: number): void {
    const needed = this.used + more;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.used);
    this.bytes = grown;
  }

  uint8(value: number): void {
    this.reserve(1);
    this.used = this.bytes.writeUInt8(value, this.used);
  }

  int16(value: number): void {
    this.reserve(2);
    this.used = this.bytes.writeInt16BE(value, this.used);
  }

  int32(value: number): void {
    this.reserve(4);
    this.used = this.bytes.writeInt32BE(value, this.used);
  }

  int64(value: bigint): void {
    this.reserve(8);
    this.used = this.bytes.writeBigInt64BE(value, this.used);
  }

  float32(value: number): void {
    this.reserve(4);
    this.used = this.bytes.writeFloatBE(value, this.used);
  }

  float64(value: number): void {
    this.reserve(8);
    this.used = this.bytes.writeDoubleBE(value, this.used);
  }

  utf8(text: string): void {
    this.reserve(text.length > longText ? Buffer.byteLength(text) : text.length * worstUtf8);
    this.used += this.bytes.write(text, this.used, 'utf8');
  }

  hex(text: string): void {
    this.reserve(text.length / 2);
    const written = this.bytes.write(text, this.used, 'hex');
    if (written * 2 !== text.length) throw unreadable('hexadecimal digits', text);
    this.used += written;
  }
}

/** A text that is not the type's: the session's settings differ, or it is another server than it says. */
export function unreadable(expected: string, text: string): TidemarkError {
  return new TidemarkError(
    'source.protocol',
    `The server sent a text of ${text.length} characters that is not ${expected}`,
    {
      hint: 'Texts are read under DateStyle ISO and bytea_output hex. A pooler or proxy may have changed the session: try --via copy, or --cast the column to text.',
    },
  );
}
