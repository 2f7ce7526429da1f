import type { Data, RecordBatch } from 'apache-arrow';
import type { LogicalType } from '../../../../src/core/types.js';

/** The values of column `index` as the server writes them as text (floats as their bits); read from the buffers alone. */
export function canonicalColumn(batch: RecordBatch, index: number, type: LogicalType): (string | null)[] {
  return canonicalData(batch.data.children[index]!, type);
}

function canonicalData(data: Data, type: LogicalType): (string | null)[] {
  const read = reader(data, type);
  const bitmap = data.nullCount === 0 ? undefined : data.nullBitmap;
  const values: (string | null)[] = [];
  for (let i = 0; i < data.length; i++) {
    values.push(bitmap && ((bitmap[i >> 3]! >> (i & 7)) & 1) === 0 ? null : read(i));
  }
  if (values.filter((value) => value === null).length !== data.nullCount)
    throw new Error('nullCount is not what it says');
  return values;
}

/** What nested values are made of, in one text: parts are quoted, so that no text looks like another one's parts. */
export const nestedText = (parts: readonly (string | null)[]): string => JSON.stringify(parts);

/** Their children must have just the rows that they need. */
function nestedReader(data: Data, type: LogicalType): ((i: number) => string) | undefined {
  if (type.kind === 'struct') {
    const fields = type.fields.map((field, k) => canonicalData(data.children[k]!, field.type));
    if (fields.some(({ length }) => length !== data.length)) throw new Error('a field has other rows than its struct');
    return (i) => nestedText(fields.map((field) => field[i]!));
  }
  if (type.kind !== 'list' && type.kind !== 'map') return undefined;
  const { key, value } = type.kind === 'map' ? type : { key: undefined, value: type.of };
  const entries = ['key', 'value'].map((name, k) => ({ name, type: [key, value][k]! }));
  const of: LogicalType = key === undefined ? value : { kind: 'struct', fields: entries };
  const elements = canonicalData(data.children[0]!, of);
  if (data.valueOffsets[data.length] !== elements.length) throw new Error('elements that no list has');
  return (i) => nestedText(elements.slice(data.valueOffsets[i], data.valueOffsets[i + 1]));
}

function reader(data: Data, type: LogicalType): (i: number) => string {
  const nested = nestedReader(data, type);
  if (nested) return nested;
  const bytes = data.values as Uint8Array;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type.kind) {
    case 'bool':
      return (i) => String(((bytes[i >> 3]! >> (i & 7)) & 1) === 1);
    case 'int':
      if (type.bits === 64) return (i) => view.getBigInt64(i * 8, true).toString();
      return (i) => String(type.bits === 16 ? view.getInt16(i * 2, true) : view.getInt32(i * 4, true));
    case 'float':
      return (i) =>
        floatBits(type.bits === 32 ? view.getFloat32(i * 4, true) : view.getFloat64(i * 8, true), type.bits);
    case 'decimal':
      return (i) => decimalText(view, i, type);
    case 'text':
    case 'json':
      return (i) => Buffer.from(bytes.subarray(data.valueOffsets[i], data.valueOffsets[i + 1])).toString();
    case 'binary':
      return (i) => `\\x${Buffer.from(bytes.subarray(data.valueOffsets[i], data.valueOffsets[i + 1])).toString('hex')}`;
    case 'uuid':
      return (i) =>
        Buffer.from(bytes.subarray(i * 16, i * 16 + 16))
          .toString('hex')
          .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    case 'date':
      return (i) => dateText(BigInt(view.getInt32(i * 4, true))).join('');
    case 'time':
      return (i) => clock(view.getBigInt64(i * 8, true));
    case 'timestamp':
      return (i) => timestampText(view.getBigInt64(i * 8, true), type.utc);
    default:
      throw new Error(`a column of ${type.kind} is not read here yet`);
  }
}

/** A float by its bits, so that −0 and NaN are told apart. */
export function floatBits(value: number, bits: 32 | 64): string {
  const view = new DataView(new ArrayBuffer(8));
  if (bits === 32) view.setFloat32(0, value);
  else view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
}

function decimalText(view: DataView, i: number, { precision, scale }: { precision: number; scale: number }): string {
  const words = precision > 38 ? 4 : 2;
  let value = 0n;
  for (let w = words - 1; w >= 0; w--) value = (value << 64n) | view.getBigUint64((i * words + w) * 8, true);
  value = BigInt.asIntN(words * 64, value);
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${value < 0n ? '-' : ''}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`;
}

const dayMicroseconds = 86_400_000_000n;

function timestampText(microseconds: bigint, utc: boolean): string {
  const ofDay = ((microseconds % dayMicroseconds) + dayMicroseconds) % dayMicroseconds;
  const [date, era] = dateText((microseconds - ofDay) / dayMicroseconds);
  return `${date} ${clock(ofDay)}${utc ? '+00' : ''}${era}`;
}

function clock(microseconds: bigint): string {
  const text = new Date(Number(microseconds / 1000n)).toISOString().slice(11, 19);
  const fraction = (microseconds % 1_000_000n).toString().padStart(6, '0').replace(/0+$/, '');
  return fraction === '' ? text : `${text}.${fraction}`;
}

/** `YYYY-MM-DD`, and ` BC` where it is; days beyond JavaScript's calendar are moved by whole cycles of 400 years. */
function dateText(days: bigint): [string, string] {
  const cycles = days / 146_097n;
  const date = new Date(Number(days - cycles * 146_097n) * 86_400_000);
  const year = BigInt(date.getUTCFullYear()) + cycles * 400n;
  const monthDay = date.toISOString().slice(-20, -14);
  const shown = (year > 0n ? year : 1n - year).toString().padStart(4, '0');
  return [shown + monthDay, year > 0n ? '' : ' BC'];
}
