import { type Data, DataType, DateUnit, type Field, Precision } from 'apache-arrow';
import type { Bounds } from '../facts.js';
import { bitAt, positionsOfSet, validity } from './bitmap.js';
import { floatExtremes, wordExtremes } from './extremes.js';
import type { Present } from './present.js';
import { textBounds, uuidBounds } from './text-bounds.js';
import { decimalBounds, pairBounds } from './word-bounds.js';
import { wordsOf } from './words.js';

type Found = Bounds | 'unknown' | undefined;

/**
 * Finds the smallest and largest values of columns of one type: integers and decimals by value, floats without NaN, dates and
 * times by time, texts by their bytes, false before true. Undefined for types whose order means nothing to people: binary,
 * JSON, nested ones. What it finds is undefined where no value can be compared, `unknown` where no short text is above all.
 * The data is plain ({@link import('./plain-data.js').plainData}).
 */
export function boundsFinder(field: Field): ((data: Data) => Found) | undefined {
  const find = finderOf(field);
  if (find === undefined) return undefined;
  let positions = new Int32Array(0);
  return (data) => {
    if (data.nullCount === data.length) return undefined;
    if (data.nullCount === 0) return find({ data, at: undefined, count: data.length });
    if (positions.length < data.length) positions = new Int32Array(data.length);
    return find({ data, at: positions, count: positionsOfSet(validity(data)!, data.length, positions) });
  };
}

function finderOf({ type, metadata }: Field<DataType>): ((present: Present) => Found) | undefined {
  const extension = metadata.get('ARROW:extension:name');
  if (DataType.isBool(type)) return bitBounds;
  if (DataType.isInt(type)) {
    if (type.bitWidth < 64) return integerBounds;
    return (present) => pairBounds(words(present, 2), type.isSigned);
  }
  if (DataType.isFloat(type)) {
    return type.precision === Precision.HALF ? undefined : (present) => floatBounds(floats(present));
  }
  if (DataType.isDecimal(type))
    return (present) => decimalBounds(words(present, type.bitWidth / 32), type.bitWidth / 32);
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)) {
    return extension === 'arrow.json' ? undefined : textBounds;
  }
  if (DataType.isFixedSizeBinary(type)) return extension === 'arrow.uuid' ? uuidBounds : undefined;
  return momentFinder(type);
}

/** Dates, times, timestamps and durations are integers of 32 or 64 bits. */
function momentFinder(type: DataType): ((present: Present) => Found) | undefined {
  const narrow =
    (DataType.isDate(type) && type.unit === DateUnit.DAY) || (DataType.isTime(type) && type.bitWidth === 32);
  if (narrow) return integerBounds;
  const wide =
    DataType.isDate(type) || DataType.isTime(type) || DataType.isTimestamp(type) || DataType.isDuration(type);
  return wide ? (present) => pairBounds(words(present, 2), true) : undefined;
}

/** The values as 32-bit words, `stride` of them each: the column's own, or picked out of it. */
function words({ data, at, count }: Present, stride: number): Int32Array {
  const all = wordsOf(data.values);
  if (at === undefined) return all.subarray(0, count * stride);
  const picked = new Int32Array(count * stride);
  for (let i = 0, out = 0; i < count; i++) {
    for (let k = at[i]! * stride, end = k + stride; k < end; k++) picked[out++] = all[k]!;
  }
  return picked;
}

type Integers = Int32Array | Int16Array | Int8Array | Uint32Array | Uint16Array | Uint8Array;

/** Of integers of up to 32 bits. */
function integerBounds({ data, at, count }: Present): Bounds {
  const all = data.values as Integers;
  if (all instanceof Int32Array) return wordExtremes(words({ data, at, count }, 1), 0, count);
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < count; i++) {
    const value = all[at === undefined ? i : at[i]!]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

function floats({ data, at, count }: Present): Float64Array | Float32Array {
  const all = data.values as Float64Array | Float32Array;
  if (at === undefined) return all.subarray(0, count);
  const picked = new Float64Array(count);
  for (let i = 0; i < count; i++) picked[i] = all[at[i]!]!;
  return picked;
}

function floatBounds(values: Float64Array | Float32Array): Bounds | undefined {
  const found = floatExtremes(values, 0, values.length);
  return found && { min: found.min, max: found.max };
}

/** As 0 and 1. */
function bitBounds({ data, at, count }: Present): Bounds {
  const bits = { bits: data.values as Uint8Array, offset: data.offset };
  let seen = 0;
  for (let i = 0; i < count && seen !== 3; i++) seen |= 1 << bitAt(bits, at === undefined ? i : at[i]!);
  return { min: seen & 1 ? 0 : 1, max: seen & 2 ? 1 : 0 };
}
