import { type Data, DataType, makeData, TimeUnit } from 'apache-arrow';
import { TidemarkError } from '../errors.js';
import { daysOfText } from './calendar.js';

/** `2024-01-31 12:34:56.123456789 +0530`, of which the day or the zone may be missing; with `T` in the place of the blank, too. */
const pattern =
  /^(?:(\d{4,6}-\d\d-\d\d)(?:[ T]|$))?(?:(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?)?(?: ?(Z|[+-]\d\d:?\d\d))?$/;

/** Of a second, by unit. */
const parts: Readonly<Record<TimeUnit, bigint>> = {
  [TimeUnit.SECOND]: 1n,
  [TimeUnit.MILLISECOND]: 1_000n,
  [TimeUnit.MICROSECOND]: 1_000_000n,
  [TimeUnit.NANOSECOND]: 1_000_000_000n,
};
const nanosecondsPerSecond = 1_000_000_000n;

/**
 * Texts as what they say: moments and times of a day as ISO 8601 writes them, bytes by hexadecimal digits, and structs of a moment and the minutes
 * of its zone's distance from UTC. What engines write as texts so that nothing of it is lost.
 * @param column for messages
 * @returns undefined where the type is none of these
 * @throws data.misfit for a value that the type does not hold; source.protocol for a text that says none
 */
export function ofTexts(data: Data, type: DataType, column: string): Data | undefined {
  if (DataType.isBinary(type)) return bytes(data, type, column);
  if (DataType.isTimestamp(type) || DataType.isTime(type))
    return counts(data, type, (text) => countOf(momentIn(text, column), type.unit, column));
  const [moment, minutes, more] = DataType.isStruct(type) ? type.children.map((child) => child.type as DataType) : [];
  if (!DataType.isTimestamp(moment) || !DataType.isInt(minutes) || more !== undefined) return undefined;
  const { length, nullCount, nullBitmap } = data;
  const children = [
    counts(data, moment, (text) => countOf(momentIn(text, column), moment.unit, column)),
    shorts(data, minutes, (text) => momentIn(text, column).offset),
  ];
  return makeData({ type, length, nullCount, nullBitmap, children } as never);
}

interface Moment {
  /** Of UTC where a zone is told. */
  readonly nanoseconds: bigint;
  /** Minutes. */
  readonly offset: number;
}

function momentIn(text: string, column: string): Moment {
  const found = pattern.exec(text);
  if (found === null || text === '') throw saysNone(column, 'moment');
  const [, date, hours = '0', minutes = '0', seconds = '0', fraction = '', zone = 'Z'] = found;
  const days = date === undefined ? 0 : daysOfText(date);
  const offset = zone === 'Z' ? 0 : Number(`${zone[0]!}1`) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2)));
  const whole = days * 86_400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) - offset * 60;
  return { nanoseconds: BigInt(whole) * nanosecondsPerSecond + BigInt(fraction.padEnd(9, '0')), offset };
}

function countOf({ nanoseconds }: Moment, unit: TimeUnit, column: string): bigint {
  const each = nanosecondsPerSecond / parts[unit];
  const count = nanoseconds / each;
  if (count * each === nanoseconds && BigInt.asIntN(64, count) === count) return count;
  throw new TidemarkError(
    'data.misfit',
    `column "${column}" has a moment that is not of whole ${namesOf[unit]}, or too far away`,
    {
      hint: 'Read it by rows, or cast it in a query.',
    },
  );
}

const namesOf: Readonly<Record<TimeUnit, string>> = {
  [TimeUnit.SECOND]: 'seconds',
  [TimeUnit.MILLISECOND]: 'milliseconds',
  [TimeUnit.MICROSECOND]: 'microseconds',
  [TimeUnit.NANOSECOND]: 'nanoseconds',
};

function counts(data: Data, type: DataType, of: (text: string) => bigint): Data {
  const values = new BigInt64Array(data.length);
  eachText(data, (text, row) => (values[row] = of(text)));
  return withValues(data, type, values);
}

function shorts(data: Data, type: DataType, of: (text: string) => number): Data {
  const values = new Int16Array(data.length);
  eachText(data, (text, row) => (values[row] = of(text)));
  return withValues(data, type, values);
}

function bytes(data: Data, type: DataType, column: string): Data {
  const pieces: Buffer[] = [];
  const valueOffsets = new Int32Array(data.length + 1);
  let end = 0;
  let next = 0;
  eachText(data, (text, row) => {
    const piece = Buffer.from(text, 'hex');
    if (piece.length * 2 !== text.length) throw saysNone(column, 'bytes');
    valueOffsets.fill(end, next, row + 1);
    next = row + 1;
    pieces.push(piece);
    end += piece.length;
  });
  valueOffsets.fill(end, next);
  const { length, nullCount, nullBitmap } = data;
  return makeData({ type, length, nullCount, nullBitmap, valueOffsets, data: Buffer.concat(pieces) } as never);
}

function eachText(data: Data, take: (text: string, row: number) => void): void {
  const { valueOffsets, values } = data as unknown as {
    readonly valueOffsets: Int32Array;
    readonly values: Uint8Array;
  };
  const text = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  for (let row = 0; row < data.length; row += 1)
    if (data.getValid(row)) take(text.toString('latin1', valueOffsets[row]!, valueOffsets[row + 1]!), row);
}

function withValues(data: Data, type: DataType, values: ArrayBufferView): Data {
  const { length, nullCount, nullBitmap } = data;
  return makeData({ type, length, nullCount, nullBitmap, data: values } as never);
}

const saysNone = (column: string, what: string): TidemarkError =>
  new TidemarkError('source.protocol', `column "${column}" has a text that says no ${what}`, {
    hint: 'The database has written it in another form than it was asked for. Read it by rows.',
  });
