import { type Data, DataType, makeData } from 'apache-arrow';
import { bitAt, validity } from './bitmap.js';
import { bytesOf, wordsOf } from './words.js';

/**
 * The values of data at the given positions, in that order: a copy. −1 is NULL. The data has 32-bit offsets and no
 * dictionaries ({@link import('./plain-data.js').plainData}); it may be a slice.
 */
export function take(data: Data, at: Int32Array): Data {
  const type = data.type as DataType;
  const { length } = at;
  if (DataType.isNull(type)) return makeData({ type, length });
  return makeData({ type, length, ...takeValidity(data, at), ...takeValues(type, data, at) } as never);
}

function takeValidity(data: Data, at: Int32Array): { nullCount: number; nullBitmap: Uint8Array | undefined } {
  const valid = validity(data);
  const bits = new Uint8Array((at.length + 7) >> 3);
  let nullCount = 0;
  for (let i = 0; i < at.length; i++) {
    if (at[i]! >= 0 && (valid === undefined || bitAt(valid, at[i]!) === 1)) bits[i >> 3]! |= 1 << (i & 7);
    else nullCount++;
  }
  return { nullCount, nullBitmap: nullCount === 0 ? undefined : bits };
}

function takeValues(type: DataType, data: Data, at: Int32Array): object {
  if (DataType.isBool(type)) return { data: takeBits(data, at) };
  if (DataType.isStruct(type)) return { children: data.children.map((child) => take(child, at)) };
  if (DataType.isFixedSizeList(type)) return { child: take(data.children[0]!, repeated(at, type.listSize)) };
  if (data.valueOffsets === undefined) return { data: takeElements(data, at) };
  const from = data.valueOffsets as Int32Array;
  const valueOffsets = takeOffsets(from, at);
  return data.children.length > 0
    ? { valueOffsets, child: take(data.children[0]!, spread(from, at, valueOffsets[at.length]!)) }
    : { valueOffsets, data: takeBytes(data, at, valueOffsets) };
}

function takeBits(data: Data, at: Int32Array): Uint8Array {
  const values = { bits: data.values as Uint8Array, offset: data.offset };
  const out = new Uint8Array((at.length + 7) >> 3);
  for (let i = 0; i < at.length; i++) if (at[i]! >= 0) out[i >> 3]! |= bitAt(values, at[i]!) << (i & 7);
  return out;
}

function takeOffsets(from: Int32Array, at: Int32Array): Int32Array {
  const offsets = new Int32Array(at.length + 1);
  for (let i = 0; i < at.length; i++) {
    offsets[i + 1] = offsets[i]! + (at[i]! < 0 ? 0 : from[at[i]! + 1]! - from[at[i]!]!);
  }
  return offsets;
}

function takeBytes(data: Data, at: Int32Array, offsets: Int32Array): Uint8Array {
  const from = data.valueOffsets as Int32Array;
  const out = new Uint8Array(offsets[at.length]!);
  const source = (data.values as Uint8Array | undefined) ?? out;
  for (let i = 0; i < at.length; i++) {
    if (at[i]! < 0) continue;
    const end = offsets[i + 1]!;
    // Most values are short: a loop is quicker than a view of each.
    for (let to = offsets[i]!, read = from[at[i]!]!; to < end; to++, read++) out[to] = source[read]!;
  }
  return out;
}

/** Fixed-width values are moved as words: a BigInt of each would be slow, and a NaN could become another one. */
function takeElements(data: Data, at: Int32Array): unknown {
  const source = data.values as Int32Array;
  const out = new (source.constructor as Int32ArrayConstructor)(at.length * data.stride);
  const size = source.BYTES_PER_ELEMENT * data.stride;
  const wide = size % 4 === 0 && source.BYTES_PER_ELEMENT >= 4;
  const [read, write] = wide ? [wordsOf(source), wordsOf(out)] : [bytesOf(source), bytesOf(out)];
  const count = wide ? size / 4 : size;
  for (let i = 0, to = 0; i < at.length; i++, to += count) {
    const from = at[i]! * count;
    if (from >= 0) for (let k = 0; k < count; k++) write[to + k] = read[from + k]!;
  }
  return out;
}

/** Positions of the items of fixed-size lists. */
function repeated(at: Int32Array, listSize: number): Int32Array {
  const items = new Int32Array(at.length * listSize).fill(-1);
  for (let i = 0; i < at.length; i++) {
    if (at[i]! >= 0) for (let k = 0; k < listSize; k++) items[i * listSize + k] = at[i]! * listSize + k;
  }
  return items;
}

/** Positions of the items of lists. */
function spread(from: Int32Array, at: Int32Array, count: number): Int32Array {
  const items = new Int32Array(count);
  let to = 0;
  for (let i = 0; i < at.length; i++) {
    if (at[i]! >= 0) for (let item = from[at[i]!]!; item < from[at[i]! + 1]!; item++) items[to++] = item;
  }
  return items;
}
