import { quote } from '../characters.js';
import { Malformed, shownField } from './malformed.js';

const backslash = 0x5c;

/** Bytes that end a value without quotation marks. */
const ends: ReadonlySet<number> = new Set(Buffer.from(',:]}'));

const shortEscapes: ReadonlyMap<number, number> = new Map([
  [quote, quote],
  [backslash, backslash],
  [0x62, 0x08],
  [0x74, 0x09],
  [0x6e, 0x0a],
  [0x66, 0x0c],
  [0x72, 0x0d],
]);

/** A single value, as bytes from one place to another. */
export interface Token {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** Goes through JSON in the one form in which it is written: without white space, and with the escapes that have to be. */
export class JsonCursor {
  private at: number;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly from: number,
    private readonly to: number,
  ) {
    this.at = from;
  }

  /** Whether a text comes next, which is then passed. */
  takes(text: string): boolean {
    for (let i = 0; i < text.length; i++) if (this.bytes[this.at + i] !== text.charCodeAt(i)) return false;
    if (this.at + text.length > this.to) return false;
    this.at += text.length;
    return true;
  }

  /** @throws Malformed where another text comes */
  expect(text: string): void {
    if (!this.takes(text)) throw this.malformed();
  }

  expectEnd(): void {
    if (this.at !== this.to) throw this.malformed();
  }

  /** A text, without its quotation marks and escapes. */
  text(): Token {
    const { bytes } = this;
    this.expect('"');
    const from = this.at;
    for (; this.at < this.to; this.at++) {
      if (bytes[this.at] === quote) return { bytes, from, to: this.at++ };
      if (bytes[this.at] === backslash) return this.escapedText(from);
    }
    throw this.malformed();
  }

  /** @throws Malformed where another text comes, in quotation marks */
  expectText(text: string): void {
    const { bytes, from, to } = this.text();
    if (Buffer.from(bytes.subarray(from, to)).toString() !== text) throw this.malformed();
  }

  /** A number, or a word. */
  bare(): Token {
    const from = this.at;
    while (this.at < this.to && !ends.has(this.bytes[this.at]!)) this.at++;
    return { bytes: this.bytes, from, to: this.at };
  }

  /** Whether a text comes next. */
  get isText(): boolean {
    return this.bytes[this.at] === quote;
  }

  private escapedText(from: number): Token {
    const found = new Uint8Array(this.quotedEnd() - from);
    found.set(this.bytes.subarray(from, this.at));
    let length = this.at - from;
    for (;;) {
      const byte = this.bytes[this.at++]!;
      if (byte === quote) return { bytes: found, from: 0, to: length };
      found[length++] = byte === backslash ? this.escape() : byte;
    }
  }

  /** Where the text ends that the cursor is in. */
  private quotedEnd(): number {
    for (let at = this.at; at < this.to; at++) {
      if (this.bytes[at] === quote) return at;
      if (this.bytes[at] === backslash) at++;
    }
    throw this.malformed();
  }

  private escape(): number {
    const short = shortEscapes.get(this.bytes[this.at++]!);
    if (short !== undefined) return short;
    const digits = Buffer.from(this.bytes.subarray(this.at, this.at + 4)).toString('latin1');
    // Controls alone are written so.
    if (this.bytes[this.at - 1] !== 0x75 || !/^00[01][0-9a-f]$/.test(digits)) throw this.malformed();
    this.at += 4;
    return parseInt(digits, 16);
  }

  private malformed(): Malformed {
    return new Malformed(`${shownField(this.bytes, this.from, this.to)} is not the JSON of its type`);
  }
}
