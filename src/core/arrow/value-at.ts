import { type Data, DataType, type Field } from 'apache-arrow';
import { bitAt } from './bitmap.js';
import { boundText } from './value-text.js';
import { exactDouble, unscaledAt, wordsOf } from './words.js';

/** A value as it is looked up and compared: the same for the same value. Texts and UUIDs are their bytes, one character each. */
export type PlainValue = number | bigint | string;

/** The value of a row, which is not NULL. */
export type ValueAt = (row: number) => PlainValue;

/**
 * Values of plain data of booleans (0 and 1), numbers, texts, UUIDs, dates and times. Decimals are unscaled, whole numbers doubles
 * as far as those are exact.
 */
export function valuesOf({ type, values, valueOffsets, offset }: Data): ValueAt {
  if (DataType.isBool(type)) return (row) => bitAt({ bits: values as Uint8Array, offset }, row);
  if (DataType.isDecimal(type)) return (row) => unscaledAt(values as Uint32Array, type.bitWidth, row);
  const bytes = (): Buffer => Buffer.from(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
  if (DataType.isFixedSizeBinary(type)) {
    const all = bytes();
    return (row) => all.toString('latin1', row * type.byteWidth, (row + 1) * type.byteWidth);
  }
  if (DataType.isUtf8(type)) {
    const all = bytes();
    const ends = valueOffsets as Int32Array;
    return (row) => all.toString('latin1', ends[row], ends[row + 1]);
  }
  return wholeNumbers(values as Int32Array | BigInt64Array);
}

/** Looking up a bigint takes longer than a double. */
export function wholeNumbers(values: Int32Array | BigInt64Array): (row: number) => number | bigint {
  if (!(values instanceof BigInt64Array)) return (row) => values[row]!;
  const words = wordsOf(values);
  return (row) => exactDouble(words[2 * row]!, words[2 * row + 1]!) ?? values[row]!;
}

/** What {@link valuesOf} gives, as text. */
export function plainValueText(value: PlainValue, field: Field): string {
  if (typeof value !== 'string') return boundText(value, field);
  const bytes = Buffer.from(value, 'latin1');
  return DataType.isFixedSizeBinary(field.type) ? boundText(bytes, field) : bytes.toString('utf8');
}
