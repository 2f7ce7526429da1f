import { type Data, DataType, Int32, makeData, type Timestamp, TimeUnit } from 'apache-arrow';

const perDay: Readonly<Record<TimeUnit, bigint>> = {
  [TimeUnit.SECOND]: 86_400n,
  [TimeUnit.MILLISECOND]: 86_400_000n,
  [TimeUnit.MICROSECOND]: 86_400_000_000n,
  [TimeUnit.NANOSECOND]: 86_400_000_000_000n,
};

/** The years of dates and timestamps; of those with a zone, in UTC. The year before 1 is 0. */
export function yearsOf(data: Data): Data {
  const { length, nullCount, nullBitmap, offset, values } = data;
  const type = data.type as DataType;
  const years = new Int32Array(length);
  if (DataType.isDate(type)) {
    for (let row = 0; row < length; row++) years[row] = yearOfDay((values as Int32Array)[row]!);
  } else {
    const day = perDay[(type as Timestamp).unit];
    for (let row = 0; row < length; row++) years[row] = yearOfDay(floorDivide((values as BigInt64Array)[row]!, day));
  }
  // The values begin with the slice, the bits do not.
  const bits = nullCount === 0 ? undefined : nullBitmap;
  return makeData({ type: new Int32(), offset, length, nullCount, nullBitmap: bits, data: years });
}

function floorDivide(value: bigint, by: bigint): number {
  const quotient = value / by;
  return Number(value < 0n && quotient * by !== value ? quotient - 1n : quotient);
}

/** Of a day since 1970-01-01, in the Gregorian calendar: 400 years have 146,097 days, and begin with March here. */
function yearOfDay(day: number): number {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  // January and February are the last months of the year that began in March.
  return year + era * 400 + (ofYear >= 306 ? 1 : 0);
}
