import type { Data } from 'apache-arrow';
import type { CsvDialect } from '../../../core/format.js';
import { carriageReturn, lineFeed, quote, space, tab } from '../characters.js';
import type { WriteField } from './field.js';

/** Texts, in quotation marks where they have to be: for what is in them, or since they would be taken for NULL, or for nothing. */
export function textField(data: Data, dialect: CsvDialect): WriteField {
  const offsets = data.valueOffsets as Int32Array;
  const values = (data.values as Uint8Array | undefined) ?? new Uint8Array(0);
  const special = specialBytes(dialect);
  const nullBytes = Buffer.from(dialect.null);
  return (row, out, at) => {
    const [from, end] = [offsets[row]!, offsets[row + 1]!];
    let to = at;
    for (let i = from; i < end; i++) {
      const byte = values[i]!;
      if (special[byte] === 1) return quoted(values.subarray(from, end), out, at);
      out[to++] = byte;
    }
    const plain =
      end > from && !isBlank(values[from]!) && !isBlank(values[end - 1]!) && !isSame(values, from, end, nullBytes);
    return plain ? to : quoted(values.subarray(from, end), out, at);
  };
}

/** Bytes that are no text of a column's, in quotation marks where something in them asks for that. */
export function rawField(dialect: CsvDialect): (bytes: Uint8Array, out: Uint8Array, at: number) => number {
  const special = specialBytes(dialect);
  return (bytes, out, at) => {
    for (const byte of bytes) if (special[byte] === 1) return quoted(bytes, out, at);
    out.set(bytes, at);
    return at + bytes.length;
  };
}

/** Many readers take blanks at the ends of a field away, unless it is in quotation marks. */
const isBlank = (byte: number): boolean => byte === space || byte === tab;

function isSame(values: Uint8Array, from: number, end: number, other: Uint8Array): boolean {
  if (end - from !== other.length) return false;
  for (let i = 0; i < other.length; i++) if (values[from + i] !== other[i]) return false;
  return true;
}

function specialBytes({ separator }: CsvDialect): Uint8Array {
  const special = new Uint8Array(256);
  for (const byte of [quote, carriageReturn, lineFeed, separator.charCodeAt(0)]) special[byte] = 1;
  return special;
}

function quoted(bytes: Uint8Array, out: Uint8Array, at: number): number {
  let to = at;
  out[to++] = quote;
  for (const byte of bytes) {
    if (byte === quote) out[to++] = quote;
    out[to++] = byte;
  }
  out[to++] = quote;
  return to;
}

/** A text of this program's own, as a field. */
export function fieldOf(text: string, dialect: CsvDialect): string {
  const bytes = Buffer.from(text);
  const out = new Uint8Array(2 * bytes.length + 2);
  const data = { valueOffsets: Int32Array.of(0, bytes.length), values: bytes } as unknown as Data;
  return Buffer.from(out.subarray(0, textField(data, dialect)(0, out, 0))).toString();
}
