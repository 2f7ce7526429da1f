import { isUtf8 } from 'node:buffer';
import { type Data, DataType, makeData, Precision, type Time, type Timestamp } from 'apache-arrow';
import { fractionDigits } from '../../../core/arrow/calendar.js';
import { TidemarkError } from '../../../core/errors.js';
import type { ColumnReader } from './column-reader.js';
import { Malformed, shownField } from './malformed.js';
import { parseFloatField, parseUnscaled } from './parse-numbers.js';
import { enlarged, Rows } from './null-bits.js';
import { nestedReader } from './nested.js';
import { dateParser, parseInterval, timeParser, timestampParser } from './parse-times.js';

/** Puts a field's value at a row's place. */
type Put = (row: number, bytes: Uint8Array, from: number, to: number) => void;

/** @throws verification.failed for a type that CSV files are not written of */
export function columnReader(type: DataType): ColumnReader {
  if (DataType.isUtf8(type)) return new BytesReader(type, (bytes, from, to) => bytes.subarray(from, to), assertTexts);
  if (DataType.isBinary(type)) return new BytesReader(type, fromBase64);
  if (DataType.isList(type) || DataType.isStruct(type) || DataType.isMap(type)) return nestedReader(type, columnReader);
  return new FixedReader(type);
}

/** Bytes of any length. */
class BytesReader implements ColumnReader {
  private readonly rows = new Rows();
  private ends: number[] = [0];
  private bytes = new Uint8Array(1 << 12);
  private end = 0;

  constructor(
    private readonly type: DataType,
    private readonly decode: (bytes: Uint8Array, from: number, to: number) => Uint8Array,
    private readonly check?: (values: Uint8Array, offsets: Int32Array) => void,
  ) {}

  add(bytes: Uint8Array, from: number, to: number): void {
    const value = this.decode(bytes, from, to);
    if (this.end + value.length > this.bytes.length) {
      this.bytes = enlarged(this.bytes, 2 * (this.end + value.length));
    }
    this.bytes.set(value, this.end);
    this.end += value.length;
    this.rows.add(true);
    this.ends.push(this.end);
  }

  addNull(): void {
    this.rows.add(false);
    this.ends.push(this.end);
  }

  finish(): Data {
    const { type } = this;
    const [valueOffsets, data] = [Int32Array.from(this.ends), this.bytes.slice(0, this.end)];
    this.check?.(data, valueOffsets);
    this.ends = [0];
    this.end = 0;
    return makeData({ type, ...this.rows.finish(), valueOffsets, data } as never);
  }
}

/** Of all texts at once, which is faster than one by one: they are UTF-8 where their bytes are, and none begins within a character. */
function assertTexts(bytes: Uint8Array, offsets: Int32Array): void {
  const isWithin = (at: number): boolean => (bytes[at]! & 0xc0) === 0x80;
  if (isUtf8(bytes) && !offsets.some((at) => at < bytes.length && isWithin(at))) return;
  const row = offsets.findIndex((from, at) => !isUtf8(bytes.subarray(from, offsets[at + 1])));
  throw new Malformed(`${shownField(bytes, offsets[row]!, offsets[row + 1]!)} is not UTF-8`);
}

function fromBase64(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const text = Buffer.from(bytes.subarray(from, to)).toString('latin1');
  const value = Buffer.from(text, 'base64');
  if (value.toString('base64') !== text) throw new Malformed(`${shownField(bytes, from, to)} is no base64`);
  return value;
}

/** Values of one width, and of bits. */
class FixedReader implements ColumnReader {
  private readonly rows = new Rows();
  private readonly width: number;
  private memory: Uint8Array<ArrayBuffer>;
  private put: Put;

  constructor(private readonly type: DataType) {
    this.width = widthOf(type);
    this.memory = new Uint8Array(this.width * 1024);
    this.put = putterOf(type, this.memory);
  }

  add(bytes: Uint8Array, from: number, to: number): void {
    const row = this.place(true);
    this.put(row, bytes, from, to);
  }

  addNull(): void {
    this.place(false);
  }

  private place(valid: boolean): number {
    const row = this.rows.add(valid);
    if ((row + 1) * this.width > this.memory.length) {
      this.memory = enlarged(this.memory, 2 * this.memory.length);
      this.put = putterOf(this.type, this.memory);
    }
    return row;
  }

  finish(): Data {
    const { type, width, memory } = this;
    const rows = this.rows.finish();
    const used = memory.slice(0, rows.length * width);
    memory.fill(0, 0, used.length);
    if (DataType.isBool(type)) return makeData({ type, ...rows, data: asBits(used) });
    const { ArrayType } = type as { ArrayType: new (buffer: ArrayBuffer) => Uint8Array };
    return makeData({ type, ...rows, data: new ArrayType(used.buffer) } as never);
  }
}

function asBits(bytes: Uint8Array): Uint8Array {
  const bits = new Uint8Array((bytes.length + 7) >> 3);
  for (let i = 0; i < bytes.length; i++) bits[i >> 3]! |= bytes[i]! << (i & 7);
  return bits;
}

function widthOf(type: DataType): number {
  if (DataType.isBool(type)) return 1;
  if (DataType.isDecimal(type)) return type.bitWidth / 8;
  if (DataType.isFixedSizeBinary(type)) return type.byteWidth;
  if (DataType.isInterval(type)) return 16;
  if (DataType.isInt(type)) return type.bitWidth / 8;
  if (DataType.isFloat(type)) return (type.precision as Precision) === Precision.SINGLE ? 4 : 8;
  if (DataType.isDate(type)) return 4;
  if (DataType.isTime(type) || DataType.isTimestamp(type)) return 8;
  throw new TidemarkError('verification.failed', `CSV files have no columns of ${String(type)}`);
}

function putterOf(type: DataType, memory: Uint8Array<ArrayBuffer>): Put {
  const { buffer } = memory;
  if (DataType.isBool(type)) return (row, bytes, from, to) => void (memory[row] = parseBool(bytes, from, to));
  if (DataType.isDecimal(type)) return putWide(memory, type.bitWidth / 32, type.scale);
  if (DataType.isFixedSizeBinary(type)) return putUuid(memory);
  if (DataType.isInterval(type)) return putInterval(buffer);
  if (DataType.isFloat(type)) {
    const values = type.precision === Precision.SINGLE ? new Float32Array(buffer) : new Float64Array(buffer);
    return (row, bytes, from, to) => void (values[row] = parseFloatField(bytes, from, to));
  }
  if (DataType.isDate(type)) {
    const [values, parse] = [new Int32Array(buffer), dateParser()];
    return (row, bytes, from, to) => void (values[row] = parse(bytes, from, to));
  }
  if (DataType.isTime(type)) {
    const [put, parse] = [put64(buffer), timeParser(fractionDigits[(type as Time).unit])];
    return (row, bytes, from, to) => put(row, parse(bytes, from, to));
  }
  if (DataType.isTimestamp(type)) {
    const { unit, timezone } = type as Timestamp;
    const [put, parse] = [put64(buffer), timestampParser(fractionDigits[unit], Boolean(timezone))];
    return (row, bytes, from, to) => put(row, parse(bytes, from, to));
  }
  return putInteger(type, buffer);
}

function putInteger(type: DataType, buffer: ArrayBuffer): Put {
  const bits = widthOf(type) * 8;
  if (bits === 64) {
    const put = put64(buffer);
    return (row, bytes, from, to) => put(row, parseUnscaled(bytes, from, to));
  }
  const values = bits === 16 ? new Int16Array(buffer) : new Int32Array(buffer);
  return (row, bytes, from, to) => {
    const value = parseUnscaled(bytes, from, to);
    values[row] = Number(value);
    if (BigInt(values[row]!) !== BigInt(value)) throw new Malformed(`${shownField(bytes, from, to)} is no int${bits}`);
  };
}

/** A double as two words: a BigInt of each value would be slow. */
function put64(buffer: ArrayBuffer): (row: number, value: number | bigint) => void {
  const [words, values] = [new Int32Array(buffer), new BigInt64Array(buffer)];
  return (row, value) => {
    if (typeof value === 'bigint') {
      values[row] = value;
      if (values[row] !== value) throw new Malformed(`${value} is no int64`);
      return;
    }
    const high = Math.floor(value / 0x1_0000_0000);
    words[2 * row] = value - high * 0x1_0000_0000;
    words[2 * row + 1] = high;
  };
}

function putWide(memory: Uint8Array<ArrayBuffer>, count: number, scale: number): Put {
  const words = new Uint32Array(memory.buffer);
  return (row, bytes, from, to) => {
    let rest = BigInt(parseUnscaled(bytes, from, to, scale));
    for (let i = 0; i < count; i++) {
      words[row * count + i] = Number(BigInt.asUintN(32, rest));
      rest >>= 32n;
    }
    if (rest !== 0n && rest !== -1n) throw new Malformed(`${shownField(bytes, from, to)} has too many digits`);
  };
}

function parseBool(bytes: Uint8Array, from: number, to: number): 0 | 1 {
  const text = Buffer.from(bytes.subarray(from, to)).toString('latin1');
  if (text === 'true') return 1;
  if (text === 'false') return 0;
  throw new Malformed(`${shownField(bytes, from, to)} is neither true nor false`);
}

function putUuid(memory: Uint8Array): Put {
  return (row, bytes, from, to) => {
    const text = Buffer.from(bytes.subarray(from, to)).toString('latin1');
    if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) {
      throw new Malformed(`${shownField(bytes, from, to)} is no UUID`);
    }
    memory.set(Buffer.from(text.replaceAll('-', ''), 'hex'), 16 * row);
  };
}

function putInterval(buffer: ArrayBuffer): Put {
  const [words, wide] = [new Int32Array(buffer), new BigInt64Array(buffer)];
  return (row, bytes, from, to) => {
    const [months, days, nanoseconds] = parseInterval(bytes, from, to);
    words[4 * row] = months;
    words[4 * row + 1] = days;
    wide[2 * row + 1] = nanoseconds;
  };
}
