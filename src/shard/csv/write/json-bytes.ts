import { quote } from '../characters.js';
import { ascii } from './digits.js';

const backslash = 0x5c;

/** Short forms of JSON for what a text cannot have as it is. */
const escapes: ReadonlyMap<number, string> = new Map([
  [quote, '\\"'],
  [backslash, '\\\\'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
]);

/** The longest form of a byte: `\u001f`. */
const longestEscape = 6;

/** JSON (RFC 8259) in UTF-8, in a buffer that grows and is used again. */
export class JsonBytes {
  bytes = new Uint8Array(1 << 12);
  length = 0;

  /** @param write puts its bytes at a place and gives where they end. @param most how many they are at most */
  add(most: number, write: (out: Uint8Array, at: number) => number): void {
    this.makeRoom(most);
    this.length = write(this.bytes, this.length);
  }

  /** Characters below 128. */
  ascii(text: string): void {
    this.add(text.length, (out, at) => ascii(text, out, at));
  }

  /** A text of JSON, in quotation marks. @param value in UTF-8 */
  text(value: Uint8Array): void {
    this.makeRoom(longestEscape * value.length + 2);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = quote;
    for (const byte of value) {
      if (byte >= 0x20 && byte !== quote && byte !== backslash) bytes[at++] = byte;
      else at = ascii(escapes.get(byte) ?? `\\u${byte.toString(16).padStart(4, '0')}`, bytes, at);
    }
    bytes[at++] = quote;
    this.length = at;
  }

  private makeRoom(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.length + more, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}
