import type { CsvDialect } from '../../../core/format.js';
import { formatBytes } from '../../../core/units.js';
import { carriageReturn, lineFeed, quote } from '../characters.js';
import { assertRoom, type LongestRow } from '../../../core/longest-row.js';
import { Malformed } from './malformed.js';

/** Takes the fields of a line, from the first one on. What it is given is valid until it returns. */
export interface FieldSink {
  field(column: number, bytes: Uint8Array, from: number, to: number): void;
  nullField(column: number): void;
  /** @param fields how many there were */
  line(fields: number): void;
}

/** As much as one value may have, and some. */
const longestLine = 1.25 * 2 ** 30;

/** Takes lines apart, in whatever pieces they come. */
export class LineParser {
  /** Room for what there is of a line that is not whole; lines may be longer than any piece. */
  private room = new Uint8Array(0);
  /** Bytes of it that are taken. */
  private held = 0;
  /** How far the line that is not whole was searched for its end, and whether that is in quotation marks. */
  private searched = 0;
  private quoted = false;
  /** Room for a field without the quotation marks that were doubled. */
  private plain = new Uint8Array(256);
  private readonly separator: number;
  private readonly nullBytes: Uint8Array;

  constructor(
    dialect: CsvDialect,
    private readonly sink: FieldSink,
    private readonly longestRow?: LongestRow,
  ) {
    this.separator = dialect.separator.charCodeAt(0);
    this.nullBytes = Buffer.from(dialect.null);
  }

  /** @param last nothing comes after it. @throws Malformed */
  add(chunk: Uint8Array, last: boolean): void {
    const bytes = this.held === 0 ? chunk : this.joined(chunk);
    let at = 0;
    while (this.isWhole(bytes, at)) {
      at = this.line(bytes, at);
      this.searched = at;
      this.quoted = false;
    }
    this.keep(bytes, at);
    if (last && this.held > 0) throw new Malformed('the file ends within a line');
  }

  /** What is held, with a chunk behind it. */
  private joined(chunk: Uint8Array): Uint8Array {
    const length = this.held + chunk.length;
    this.grow(length);
    this.room.set(chunk, this.held);
    return this.room.subarray(0, length);
  }

  /** Holds what is there of a line that is not whole. */
  private keep(bytes: Uint8Array, at: number): void {
    const left = bytes.length - at;
    if (bytes.buffer !== this.room.buffer) {
      this.held = 0;
      this.grow(left);
      this.room.set(bytes.subarray(at));
    } else if (at > 0) {
      this.room.copyWithin(0, at, bytes.length);
    }
    this.held = left;
    this.searched -= at;
  }

  private grow(length: number): void {
    if (this.room.length >= length) return;
    assertRoom('a line', length, this.longestRow);
    if (length > longestLine) throw new Malformed(`a line has more than ${formatBytes(longestLine)}`);
    const larger = new Uint8Array(Math.min(longestLine, Math.max(2 * this.room.length, length)));
    larger.set(this.room.subarray(0, this.held));
    this.room = larger;
  }

  /** Looks for the end of the line that begins at `start`, from where it was looked for before. Line ends in quotation marks are none. */
  private isWhole(bytes: Uint8Array, start: number): boolean {
    let { quoted } = this;
    for (let at = Math.max(start, this.searched); at < bytes.length; at++) {
      if (bytes[at] === quote) quoted = !quoted;
      else if (!quoted && bytes[at] === lineFeed) return true;
    }
    this.searched = bytes.length;
    this.quoted = quoted;
    return false;
  }

  /** Takes the whole line from `start` on. Gives where the next one begins. */
  private line(bytes: Uint8Array, start: number): number {
    for (let at = start, column = 0; ; column++) {
      const end = bytes[at] === quote ? this.quotedField(column, bytes, at) : this.plainField(column, bytes, at);
      const after = bytes[end];
      if (after === this.separator) at = end + 1;
      else {
        this.sink.line(column + 1);
        return end + (after === carriageReturn ? 2 : 1);
      }
    }
  }

  /** Gives where what follows the field stands. */
  private plainField(column: number, bytes: Uint8Array, from: number): number {
    let to = from;
    while (bytes[to] !== this.separator && !isLineEnd(bytes, to)) {
      if (bytes[to] === quote) throw new Malformed('a quotation mark stands within a field that has none around it');
      to++;
    }
    if (this.isNull(bytes, from, to)) this.sink.nullField(column);
    else this.sink.field(column, bytes, from, to);
    return to;
  }

  private quotedField(column: number, bytes: Uint8Array, from: number): number {
    let doubled = 0;
    let to = from + 1;
    for (; bytes[to] !== quote || bytes[to + 1] === quote; to++) {
      if (bytes[to] !== quote) continue;
      doubled++;
      to++;
    }
    if (doubled === 0) this.sink.field(column, bytes, from + 1, to);
    else this.withoutDoubles(column, bytes, from + 1, to);
    const end = to + 1;
    if (bytes[end] !== this.separator && !isLineEnd(bytes, end)) {
      throw new Malformed('something follows the quotation mark that ends a field');
    }
    return end;
  }

  private withoutDoubles(column: number, bytes: Uint8Array, from: number, to: number): void {
    if (this.plain.length < to - from) this.plain = new Uint8Array(2 * (to - from));
    let length = 0;
    for (let i = from; i < to; i++) {
      this.plain[length++] = bytes[i]!;
      if (bytes[i] === quote) i++;
    }
    this.sink.field(column, this.plain, 0, length);
  }

  private isNull(bytes: Uint8Array, from: number, to: number): boolean {
    const { nullBytes } = this;
    if (to - from !== nullBytes.length) return false;
    for (let i = 0; i < nullBytes.length; i++) if (bytes[from + i] !== nullBytes[i]) return false;
    return true;
  }
}

function isLineEnd(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === lineFeed || (bytes[at] === carriageReturn && bytes[at + 1] === lineFeed);
}
