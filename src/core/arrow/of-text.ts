import { type Data, DataType, makeData, type Time, type Timestamp, TimeUnit } from 'apache-arrow';
import { TidemarkError } from '../errors.js';
import { instantWriter } from '../fields/instant-words.js';
import { MomentText } from './moment-text.js';

/** Of a second, by unit. */
const parts: Readonly<Record<TimeUnit, number>> = {
  [TimeUnit.SECOND]: 1,
  [TimeUnit.MILLISECOND]: 1e3,
  [TimeUnit.MICROSECOND]: 1e6,
  [TimeUnit.NANOSECOND]: 1e9,
};

const namesOf: Readonly<Record<TimeUnit, string>> = {
  [TimeUnit.SECOND]: 'seconds',
  [TimeUnit.MILLISECOND]: 'milliseconds',
  [TimeUnit.MICROSECOND]: 'microseconds',
  [TimeUnit.NANOSECOND]: 'nanoseconds',
};

/**
 * Texts as what they say: moments and times of a day as ISO 8601 writes them, bytes by hexadecimal digits, and structs of a moment and the minutes
 * of its zone's distance from UTC. What engines write as texts so that nothing of it is lost.
 * @param column for messages
 * @returns undefined where the type is none of these
 * @throws data.misfit for a value that the type does not hold; source.protocol for a text that says none
 */
export function ofTexts(data: Data, type: DataType, column: string): Data | undefined {
  if (DataType.isBinary(type)) return bytes(data, type, column);
  if (DataType.isTimestamp(type) || DataType.isTime(type)) return counts(data, type, column);
  const [moment, minutes, more] = DataType.isStruct(type) ? type.children.map((child) => child.type as DataType) : [];
  if (!DataType.isTimestamp(moment) || !DataType.isInt(minutes) || more !== undefined) return undefined;
  const { length, nullCount, nullBitmap } = data;
  const children = [counts(data, moment, column), offsets(data, minutes, column)];
  return makeData({ type, length, nullCount, nullBitmap, children } as never);
}

function counts(data: Data, type: Timestamp | Time, column: string): Data {
  const unit = parts[type.unit];
  const write = instantWriter(unit);
  const words = new Int32Array(2 * data.length);
  eachMoment(data, column, ({ seconds, nanos }, row) => {
    const fraction = nanos / (1e9 / unit);
    if (fraction % 1 !== 0 || !fits(seconds, fraction, unit)) throw misfit(column, type.unit);
    write(words, 2 * row, seconds, fraction);
  });
  return withValues(data, type, new BigInt64Array(words.buffer));
}

/** All that is not near the ends of 64 bits. */
const surely = 9.2e18;

function fits(seconds: number, fraction: number, unit: number): boolean {
  if (Math.abs(seconds) * unit < surely) return true;
  const count = BigInt(seconds) * BigInt(unit) + BigInt(fraction);
  return BigInt.asIntN(64, count) === count;
}

const misfit = (column: string, unit: TimeUnit): TidemarkError =>
  new TidemarkError(
    'data.misfit',
    `column "${column}" has a moment that is not of whole ${namesOf[unit]}, or too far away`,
    { hint: 'Read it by rows, or cast it in a query.' },
  );

function offsets(data: Data, type: DataType, column: string): Data {
  const values = new Int16Array(data.length);
  eachMoment(data, column, ({ offset }, row) => (values[row] = offset));
  return withValues(data, type, values);
}

function eachMoment(data: Data, column: string, take: (moment: MomentText, row: number) => void): void {
  const { valueOffsets, values } = data as unknown as TextData;
  const moment = new MomentText(values);
  for (let row = 0; row < data.length; row += 1) {
    if (!data.getValid(row)) continue;
    if (!moment.read(valueOffsets[row]!, valueOffsets[row + 1]!)) throw saysNone(column, 'moment');
    take(moment, row);
  }
}

interface TextData {
  readonly valueOffsets: Int32Array;
  readonly values: Uint8Array;
}

function bytes(data: Data, type: DataType, column: string): Data {
  const pieces: Buffer[] = [];
  const valueOffsets = new Int32Array(data.length + 1);
  let end = 0;
  let next = 0;
  const { valueOffsets: texts, values } = data as unknown as TextData;
  const all = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  for (let row = 0; row < data.length; row += 1) {
    if (!data.getValid(row)) continue;
    const [from, to] = [texts[row]!, texts[row + 1]!];
    const piece = Buffer.from(all.toString('latin1', from, to), 'hex');
    if (piece.length * 2 !== to - from) throw saysNone(column, 'bytes');
    valueOffsets.fill(end, next, row + 1);
    next = row + 1;
    pieces.push(piece);
    end += piece.length;
  }
  valueOffsets.fill(end, next);
  const { length, nullCount, nullBitmap } = data;
  return makeData({ type, length, nullCount, nullBitmap, valueOffsets, data: Buffer.concat(pieces) } as never);
}

function withValues(data: Data, type: DataType, values: ArrayBufferView): Data {
  const { length, nullCount, nullBitmap } = data;
  return makeData({ type, length, nullCount, nullBitmap, data: values } as never);
}

const saysNone = (column: string, what: string): TidemarkError =>
  new TidemarkError('source.protocol', `column "${column}" has a text that says no ${what}`, {
    hint: 'The database has written it in another form than it was asked for. Read it by rows.',
  });
