import { type Data, DataType, DateUnit, type Field, Precision } from 'apache-arrow';
import type { Bounds } from '../facts.js';
import { bitAt, type Bitmap, positionsOfSet, validity } from './bitmap.js';
import { decimalBounds, pairBounds } from './word-bounds.js';
import type { Selected } from './selected.js';
import { textBounds, uuidBounds } from './text-bounds.js';
import { wordsOf } from './words.js';

type BoundsOf = (data: Data, selected: Selected) => Bounds | 'unknown' | undefined;

/**
 * Finds the smallest and largest values of columns of one type: integers and decimals by value, floats without NaN, dates and
 * times by time, texts by their bytes, false before true. Undefined for types whose order means nothing to people: binary,
 * JSON, nested ones. What it finds is undefined where no value can be compared, `unknown` where no short text is above all.
 * The data is plain ({@link import('./plain-data.js').plainData}).
 */
export function boundsFinder(field: Field): ((data: Data) => Bounds | 'unknown' | undefined) | undefined {
  const find = finderOf(field);
  if (find === undefined) return undefined;
  let positions = new Int32Array(0);
  return (data) => {
    if (data.nullCount === 0) return data.length === 0 ? undefined : find(data, { at: undefined, count: data.length });
    if (data.nullCount === data.length) return undefined;
    if (positions.length < data.length) positions = new Int32Array(data.length);
    return find(data, { at: positions, count: positionsOfSet(validity(data)!, data.length, positions) });
  };
}

function finderOf({ type, metadata }: Field<DataType>): BoundsOf | undefined {
  const extension = metadata.get('ARROW:extension:name');
  if (DataType.isBool(type)) return bitBounds;
  if (DataType.isInt(type)) {
    if (type.bitWidth < 64) return (data, selected) => smallBounds(data.values as Int32Array, selected);
    return (data, selected) => pairBounds(wordsOf(data.values), selected, type.isSigned);
  }
  if (DataType.isFloat(type)) {
    if (type.precision === Precision.HALF) return undefined;
    return (data, selected) => floatBounds(data.values as Float64Array, selected);
  }
  if (DataType.isDecimal(type)) return (data, selected) => decimalBounds(wordsOf(data.values), selected, type.bitWidth);
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)) {
    return extension === 'arrow.json' ? undefined : textBounds;
  }
  if (DataType.isFixedSizeBinary(type)) return extension === 'arrow.uuid' ? uuidBounds : undefined;
  return momentFinder(type);
}

/** Dates, times, timestamps and durations are integers of 32 or 64 bits. */
function momentFinder(type: DataType): BoundsOf | undefined {
  const narrow =
    (DataType.isDate(type) && type.unit === DateUnit.DAY) || (DataType.isTime(type) && type.bitWidth === 32);
  if (narrow) return (data, selected) => smallBounds(data.values as Int32Array, selected);
  const wide =
    DataType.isDate(type) || DataType.isTime(type) || DataType.isTimestamp(type) || DataType.isDuration(type);
  return wide ? (data, selected) => pairBounds(wordsOf(data.values), selected, true) : undefined;
}

type SmallIntegers = Int32Array | Int16Array | Int8Array | Uint32Array | Uint16Array | Uint8Array;

function smallBounds(values: SmallIntegers, { at, count }: Selected): Bounds {
  let min = values[at === undefined ? 0 : at[0]!]!;
  let max = min;
  for (let i = 1; i < count; i++) {
    const value = values[at === undefined ? i : at[i]!]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

/** Without NaN. A smallest zero counts as −0 and a largest as +0, since the order does not tell them apart. */
function floatBounds(values: Float64Array | Float32Array, { at, count }: Selected): Bounds | undefined {
  let min = Infinity;
  let max = -Infinity;
  let numbers = 0;
  for (let i = 0; i < count; i++) {
    const value = values[at === undefined ? i : at[i]!]!;
    if (value <= min) min = value;
    if (value >= max) max = value;
    if (value === value) numbers++;
  }
  if (numbers === 0) return undefined;
  return { min: min === 0 ? -0 : min, max: max === 0 ? 0 : max };
}

/** As 0 and 1. */
function bitBounds(data: Data, { at, count }: Selected): Bounds {
  const bits: Bitmap = { bits: data.values as Uint8Array, offset: data.offset };
  let seen = 0;
  for (let i = 0; i < count && seen !== 3; i++) seen |= 1 << bitAt(bits, at === undefined ? i : at[i]!);
  return { min: seen & 1 ? 0 : 1, max: seen & 2 ? 1 : 0 };
}
