import { type Data, DataType, Int32, makeData, type Timestamp } from 'apache-arrow';
import { civil, fractionDigits } from '../core/arrow/calendar.js';

/** The years of dates and timestamps; of those with a zone, in UTC. The year before 1 is 0. */
export function yearsOf(data: Data): Data {
  const { length, nullCount, nullBitmap, offset, values } = data;
  const type = data.type as DataType;
  const years = new Int32Array(length);
  if (DataType.isDate(type)) {
    for (let row = 0; row < length; row++) years[row] = civil((values as Int32Array)[row]!)[0];
  } else {
    const day = 86_400n * 10n ** BigInt(fractionDigits[(type as Timestamp).unit]);
    for (let row = 0; row < length; row++) years[row] = civil(floorDivide((values as BigInt64Array)[row]!, day))[0];
  }
  // The values begin with the slice, the bits do not.
  const bits = nullCount === 0 ? undefined : nullBitmap;
  return makeData({ type: new Int32(), offset, length, nullCount, nullBitmap: bits, data: years });
}

function floorDivide(value: bigint, by: bigint): number {
  const quotient = value / by;
  return Number(value < 0n && quotient * by !== value ? quotient - 1n : quotient);
}
