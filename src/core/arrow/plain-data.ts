import { Binary, type Data, DataType, List, makeData, RecordBatch, Utf8, type Vector } from 'apache-arrow';
import { TidemarkError } from '../errors.js';
import { concatenate } from './concatenate.js';
import { take } from './take.js';
import { wordsOf } from './words.js';

/**
 * The same values with 32-bit offsets and without dictionaries, at any depth. Data that is so already comes back as it is.
 * (A changed child leaves its parent's type object as it was: what follows looks at the child's own type.)
 * @throws source.unsupported for a dictionary of nested values, and for more than 2 GiB in one column of a row group
 */
export function plainData(data: Data): Data {
  const type = data.type as DataType;
  if (DataType.isDictionary(type)) return decodeDictionary(data);
  if (DataType.isLargeUtf8(type)) return variable(new Utf8(), data, narrowOffsets(data), data.values as Uint8Array);
  if (DataType.isLargeBinary(type)) return variable(new Binary(), data, narrowOffsets(data), data.values as Uint8Array);
  if (DataType.isUtf8View(type)) return fromViews(new Utf8(), data);
  if (DataType.isBinaryView(type)) return fromViews(new Binary(), data);
  if (DataType.isLargeList(type)) {
    const { length, offset, nullBitmap, nullCount } = data;
    const child = plainData(data.children[0]!);
    return makeData({
      type: new List(type.children[0]!),
      length,
      offset,
      nullCount,
      nullBitmap,
      valueOffsets: narrowOffsets(data),
      child,
    });
  }
  return withPlainChildren(data);
}

/** The same rows, all columns plain. */
export function plainBatch(batch: RecordBatch): RecordBatch {
  const { type, length, children: given } = batch.data;
  const children = given.map(plainData);
  if (children.every((child, i) => child === given[i])) return batch;
  return new RecordBatch(batch.schema, makeData({ type, length, nullCount: 0, children }));
}

function withPlainChildren(data: Data): Data {
  if (data.children.length === 0) return data;
  const children = data.children.map(plainData);
  if (children.every((child, i) => child === data.children[i])) return data;
  return data.clone(data.type as DataType, data.offset, data.length, data.nullCount, data.buffers, children);
}

function variable(type: Utf8 | Binary, source: Data, valueOffsets: Int32Array, bytes: Uint8Array): Data {
  const { length, offset, nullBitmap, nullCount } = source;
  return makeData({ type: type as Utf8, length, offset, nullCount, nullBitmap, valueOffsets, data: bytes });
}

function narrowOffsets(data: Data): Int32Array {
  const wide = wordsOf(data.valueOffsets as unknown as BigInt64Array);
  const narrow = new Int32Array(data.length + 1);
  for (let i = 0; i < narrow.length; i++) {
    if (wide[2 * i + 1] !== 0 || wide[2 * i]! < 0) throw tooLarge();
    narrow[i] = wide[2 * i]!;
  }
  return narrow;
}

function tooLarge(): TidemarkError {
  return new TidemarkError('source.unsupported', 'a column of one row group holds more than 2 GiB', {
    hint: 'Write smaller row groups.',
  });
}

/** A view is 16 bytes: length, then up to 12 bytes themselves, or a prefix, a buffer's index and an offset in it. */
function fromViews(type: Utf8 | Binary, data: Data): Data {
  const views = data.values as Uint8Array;
  const words = new DataView(views.buffer, views.byteOffset, views.byteLength);
  const offsets = new Int32Array(data.length + 1);
  for (let i = 0; i < data.length; i++) {
    offsets[i + 1] = offsets[i]! + (data.getValid(i) ? words.getInt32(i * 16, true) : 0);
    if (offsets[i + 1]! < offsets[i]!) throw tooLarge();
  }
  const bytes = new Uint8Array(offsets[data.length]!);
  for (let i = 0; i < data.length; i++) {
    const size = offsets[i + 1]! - offsets[i]!;
    const at = i * 16;
    const source = size <= 12 ? views : data.variadicBuffers[words.getInt32(at + 8, true)]!;
    const from = size <= 12 ? at + 4 : words.getInt32(at + 12, true);
    bytes.set(source.subarray(from, from + size), offsets[i]);
  }
  return variable(type, data, offsets, bytes);
}

/** The values that rows refer to, as plain data. @throws source.unsupported for nested ones */
export function dictionaryValues(data: Data): Data {
  const vector = data.dictionary as Vector;
  const values = concatenate(vector.data.map((chunk) => plainData(chunk as Data)));
  if (values.children.length > 0) {
    throw new TidemarkError('source.unsupported', `a dictionary of ${String(values.type)} cannot be written`, {
      hint: 'Decode the dictionary before writing.',
    });
  }
  return values;
}

function decodeDictionary(data: Data): Data {
  const values = dictionaryValues(data);
  const at = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) at[i] = data.getValid(i) ? Number((data.values as Int32Array)[i]) : -1;
  return take(values, at);
}
