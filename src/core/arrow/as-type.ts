import { type Data, DataType, type Int, makeData, Precision, TimeUnit, util } from 'apache-arrow';
import { TidemarkError } from '../errors.js';
import { ofTexts } from './of-text.js';
import { plainData } from './plain-data.js';
import { isSameType } from './same-type.js';

/**
 * The same values as data of a wider type, at any depth: of whole numbers, floats and moments of any width; of texts, bytes and lists
 * with offsets of any; of bytes of one length; of decimals that are integers, and of texts that say moments or bytes. Data that is of the
 * type comes back as it is. Of batches as they are read: not sliced.
 * @param column for messages
 * @throws data.misfit for a value that the type does not hold; source.unsupported where the type is no wider one
 */
export function asType(given: Data, type: DataType, column: string): Data {
  const data = plainData(given);
  const from = data.type as DataType;
  if (isSameType(from, type)) return retyped(data, type);
  if (isInterval(from, type)) return intervals(data, type);
  const told = DataType.isUtf8(from) ? ofTexts(data, type, column) : undefined;
  if (told !== undefined) return told;
  if (data.children.length > 0 || (type.children ?? []).length > 0) return withChildren(data, type, column);
  const { length, nullCount, nullBitmap } = data;
  const buffers = widened(data, type, column);
  if (buffers === undefined) throw noWider(column, from, type);
  return makeData({ type, length, nullCount, nullBitmap, ...buffers } as never);
}

/** Names and zones may differ where bytes are the same. */
function retyped(data: Data, type: DataType): Data {
  if (data.type === type) return data;
  return data.clone(type, data.offset, data.length, data.nullCount, data.buffers, data.children) as Data;
}

function withChildren(data: Data, type: DataType, column: string): Data {
  const from = data.type as DataType;
  if (from.typeId !== type.typeId || data.children.length !== type.children.length) throw noWider(column, from, type);
  const children = data.children.map((child, index) => asType(child, type.children[index]!.type as DataType, column));
  return data.clone(type, data.offset, data.length, data.nullCount, data.buffers, children) as Data;
}

type Buffers = { readonly data: ArrayLike<unknown> & ArrayBufferView; readonly valueOffsets?: Int32Array };

function widened(data: Data, type: DataType, column: string): Buffers | undefined {
  const from = data.type as DataType;
  if (DataType.isNull(from)) return nothing(data.length, type);
  if (DataType.isInt(from)) return wholeNumbers(data.values as Whole, type);
  if (DataType.isFloat(from) && DataType.isFloat(type) && from.precision === Precision.HALF)
    return { data: Float32Array.from(data.values as Uint16Array, (half) => util.uint16ToFloat64(half)) };
  if (DataType.isTimestamp(from) && DataType.isTimestamp(type)) return moments(data, from.unit, type.unit, column);
  if (DataType.isTime(from) && DataType.isTime(type)) return moments(data, from.unit, type.unit, column);
  if (DataType.isFixedSizeBinary(from) && DataType.isBinary(type)) return ofOneLength(data, from.byteWidth);
  if (DataType.isDecimal(from) && DataType.isDecimal(type) && from.scale === type.scale)
    return decimals(data.values as Int32Array, from.bitWidth / 32, type.bitWidth / 32);
  if (DataType.isDecimal(from) && DataType.isInt(type) && from.scale === 0)
    return integers(data, from.bitWidth / 32, { type, column });
  return undefined;
}

/** All NULL. */
function nothing(
  length: number,
  type: DataType,
): Buffers & { readonly nullCount: number; readonly nullBitmap: Uint8Array } {
  const width = DataType.isInt(type) ? type.bitWidth / 32 : 0;
  if (width !== 1) throw noWider('', type, type);
  return { data: new Int32Array(length), nullCount: length, nullBitmap: new Uint8Array((length + 7) >> 3) };
}

type Whole = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | BigUint64Array;

function wholeNumbers(values: Whole, type: DataType): Buffers | undefined {
  if (DataType.isDecimal(type) && values instanceof BigUint64Array) {
    const words = new BigUint64Array(values.length * 2);
    for (let row = 0; row < values.length; row += 1) words[2 * row] = values[row]!;
    return { data: new Int32Array(words.buffer) };
  }
  if (!DataType.isInt(type) || values instanceof BigUint64Array) return undefined;
  if (type.bitWidth === 64) return { data: BigInt64Array.from(values, BigInt) };
  return { data: type.bitWidth === 32 ? Int32Array.from(values) : Int16Array.from(values) };
}

/** Of a second, by unit. */
const parts: Readonly<Record<TimeUnit, bigint>> = {
  [TimeUnit.SECOND]: 1n,
  [TimeUnit.MILLISECOND]: 1_000n,
  [TimeUnit.MICROSECOND]: 1_000_000n,
  [TimeUnit.NANOSECOND]: 1_000_000_000n,
};

function moments(data: Data, from: TimeUnit, to: TimeUnit, column: string): Buffers | undefined {
  const factor = parts[to] / parts[from];
  if (factor === 0n) return undefined;
  const values = data.values as BigInt64Array | Int32Array;
  const finer = new BigInt64Array(values.length);
  for (let row = 0; row < values.length; row += 1) {
    const value = BigInt(values[row]!) * factor;
    // What stands where NULL is may be anything.
    if (BigInt.asIntN(64, value) !== value && data.getValid(row)) throw tooFar(column);
    finer[row] = value;
  }
  return { data: finer };
}

function ofOneLength(data: Data, width: number): Buffers {
  const valueOffsets = new Int32Array(data.length + 1);
  for (let row = 0; row <= data.length; row += 1) valueOffsets[row] = row * width;
  return { data: data.values as Uint8Array, valueOffsets };
}

const intervalBytes = 12;
const microsecondsOfMillisecond = 1_000n;

/** Parquet's own interval: months, days and milliseconds, of 32 unsigned bits each. */
const isInterval = (from: DataType, type: DataType): boolean =>
  DataType.isFixedSizeBinary(from) && from.byteWidth === intervalBytes && DataType.isStruct(type);

/** As a struct of months, days and microseconds. */
function intervals(data: Data, type: DataType): Data {
  const { length, nullCount, nullBitmap } = data;
  const bytes = data.values as Uint8Array;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [months, days] = [new Int32Array(length), new Int32Array(length)];
  const microseconds = new BigInt64Array(length);
  for (let row = 0; row < length; row += 1) {
    months[row] = view.getInt32(intervalBytes * row, true);
    days[row] = view.getInt32(intervalBytes * row + 4, true);
    microseconds[row] = BigInt(view.getUint32(intervalBytes * row + 8, true)) * microsecondsOfMillisecond;
  }
  const children = [months, days, microseconds].map((values, index) =>
    makeData({ type: type.children[index]!.type, length, nullCount: 0, data: values } as never),
  );
  return makeData({ type, length, nullCount, nullBitmap, children } as never);
}

function decimals(words: Int32Array, from: number, to: number): Buffers | undefined {
  if (to < from) return undefined;
  const rows = words.length / from;
  const wide = new Int32Array(rows * to);
  for (let row = 0; row < rows; row += 1) {
    const sign = words[row * from + from - 1]! >> 31;
    for (let word = 0; word < to; word += 1) wide[row * to + word] = word < from ? words[row * from + word]! : sign;
  }
  return { data: wide };
}

/** Decimals without digits after the point. */
function integers(
  data: Data,
  each: number,
  { type, column }: { readonly type: Int; readonly column: string },
): Buffers | undefined {
  const words = data.values as Int32Array;
  const wide = new BigInt64Array(data.length);
  for (let row = 0; row < data.length; row += 1) {
    const at = row * each;
    // Whether the array has signs or not, its words have the same bits.
    const [low, high] = [words[at]! >>> 0, words[at + 1]! | 0];
    wide[row] = (BigInt(high) << 32n) | BigInt(low);
    const isWide = words.subarray(at + 2, at + each).some((word) => (word | 0) !== high >> 31);
    if (isWide && data.getValid(row)) throw noInteger(column);
  }
  if (type.bitWidth === 64) return { data: wide };
  if (type.bitWidth !== 32) return undefined;
  const narrow = Int32Array.from(wide, (value) => Number(BigInt.asIntN(32, value)));
  if (wide.some((value, row) => BigInt(narrow[row]!) !== value && data.getValid(row))) throw noInteger(column);
  return { data: narrow };
}

const noInteger = (column: string): TidemarkError =>
  new TidemarkError('data.misfit', `column "${column}" has a number with more digits than its type`, {
    hint: 'Have its writer write it as a decimal.',
  });

function tooFar(column: string): TidemarkError {
  return new TidemarkError('data.misfit', `column "${column}" has a moment that is too far away for microseconds`, {
    hint: 'Have its writer write it as text.',
  });
}

function noWider(column: string, from: DataType, to: DataType): TidemarkError {
  return new TidemarkError(
    'source.unsupported',
    `column "${column}" is ${String(from)}, and ${String(to)} was expected`,
    {
      hint: 'Have its writer write it in another type.',
    },
  );
}
