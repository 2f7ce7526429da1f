import { type Data, DataType, makeData, type Time, type Timestamp, TimeUnit } from 'apache-arrow';
import { TidemarkError } from '../errors.js';
import { fitsWords, instantWriter } from '../fields/instant-words.js';
import { fractionDigits } from './calendar.js';
import { MomentText } from './moment-text.js';

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
  const offsets = new Int16Array(data.length);
  const children = [
    counts(data, moment, column, ({ offset }, row) => (offsets[row] = offset)),
    withValues(data, minutes, { data: offsets }),
  ];
  return withValues(data, type, { children });
}

type TakeMoment = (moment: MomentText, row: number) => void;

/** @param take sees the moments, too */
function counts(data: Data, type: Timestamp | Time, column: string, take: TakeMoment = () => undefined): Data {
  const unit = 10 ** fractionDigits[type.unit];
  const write = instantWriter(unit);
  const words = new Int32Array(2 * data.length);
  const { valueOffsets, values } = data as unknown as TextData;
  const moment = new MomentText(values);
  for (let row = 0; row < data.length; row += 1) {
    if (!data.getValid(row)) continue;
    if (!moment.read(valueOffsets[row]!, valueOffsets[row + 1]!)) throw saysNone(column, 'moment');
    const { seconds, nanos } = moment;
    const fraction = nanos / (1e9 / unit);
    if (fraction % 1 !== 0 || !fitsWords(seconds, fraction, unit)) throw misfit(column, type.unit);
    write(words, 2 * row, seconds, fraction);
    take(moment, row);
  }
  return withValues(data, type, { data: new BigInt64Array(words.buffer) });
}

const misfit = (column: string, unit: TimeUnit): TidemarkError =>
  new TidemarkError(
    'data.misfit',
    `column "${column}" has a moment that is not of whole ${namesOf[unit]}, or too far away`,
    { hint: 'Read it by rows, or cast it in a query.' },
  );

interface TextData {
  readonly valueOffsets: Int32Array;
  readonly values: Uint8Array;
}

function bytes(data: Data, type: DataType, column: string): Data {
  const { valueOffsets: texts, values } = data as unknown as TextData;
  const digits = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const found = Buffer.alloc(digits.length >> 1);
  const valueOffsets = new Int32Array(data.length + 1);
  let end = 0;
  for (let row = 0; row < data.length; row += 1) {
    const [from, to] = [texts[row]!, texts[row + 1]!];
    if (data.getValid(row)) {
      const written = found.write(digits.toString('latin1', from, to), end, 'hex');
      if (written * 2 !== to - from) throw saysNone(column, 'bytes');
      end += written;
    }
    valueOffsets[row + 1] = end;
  }
  return withValues(data, type, { valueOffsets, data: found.subarray(0, end) });
}

function withValues({ length, nullCount, nullBitmap }: Data, type: DataType, values: object): Data {
  return makeData({ type, length, nullCount, nullBitmap, ...values } as never);
}

const saysNone = (column: string, what: string): TidemarkError =>
  new TidemarkError('source.protocol', `column "${column}" has a text that says no ${what}`, {
    hint: 'The database has written it in another form than it was asked for. Read it by rows.',
  });
