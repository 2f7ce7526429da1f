import { type WireBuffer, unreadable } from './wire-buffer.js';

/** ISO style: `0044-03-15 12:00:00.5+05:30:15 BC`; the offset is absent without time zone. */
const timestampForm =
  /^(\d{4,})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?( BC)?$/;
const dateForm = /^(\d{4,})-(\d\d)-(\d\d)( BC)?$/;
const timeForm = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/;

const int64Max = 0x7fff_ffff_ffff_ffffn;

/** date: int32 days since 2000-01-01; the extremes are the infinities. */
export function encodeDate(text: string, out: WireBuffer): void {
  if (text === 'infinity') return out.int32(0x7fff_ffff);
  if (text === '-infinity') return out.int32(-0x8000_0000);
  const match = dateForm.exec(text);
  if (!match) throw unreadable('a date in ISO style', text);
  out.int32(daysSince2000(match[1]!, match[2]!, match[3]!, match[4] !== undefined));
}

/** time: int64 µs since midnight; 24:00:00 is one. */
export function encodeTime(text: string, out: WireBuffer): void {
  const match = timeForm.exec(text);
  if (!match) throw unreadable('a time', text);
  out.int64(BigInt(microseconds(match[1]!, match[2]!, match[3]!, match[4])));
}

/** timestamp, timestamptz: int64 µs since 2000-01-01 (UTC); the extremes are the infinities. */
export function encodeTimestamp(text: string, out: WireBuffer): void {
  if (text === 'infinity') return out.int64(int64Max);
  if (text === '-infinity') return out.int64(-int64Max - 1n);
  const match = timestampForm.exec(text);
  if (!match) throw unreadable('a timestamp in ISO style', text);
  const [, year, month, day, hour, minute, second, fraction, sign, offsetHour, offsetMinute, offsetSecond, era] = match;
  const days = daysSince2000(year!, month!, day!, era !== undefined);
  const ofDay = microseconds(hour!, minute!, second!, fraction);
  const offset =
    sign === undefined ? 0 : microseconds(offsetHour!, offsetMinute ?? '0', offsetSecond ?? '0', undefined);
  out.int64(BigInt(days) * 86_400_000_000n + BigInt(sign === '-' ? ofDay + offset : ofDay - offset));
}

function microseconds(hour: string, minute: string, second: string, fraction: string | undefined): number {
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  return seconds * 1_000_000 + Number((fraction ?? '').padEnd(6, '0'));
}

/** Proleptic Gregorian calendar; the year before 1 is 1 BC, which counts as 0. */
function daysSince2000(yearText: string, monthText: string, dayText: string, bc: boolean): number {
  const month = Number(monthText);
  // Years begin in March here, so that the leap day is their last one.
  const year = (bc ? 1 - Number(yearText) : Number(yearText)) - (month <= 2 ? 1 : 0);
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + Number(dayText) - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  // 730,425 days from 0000-03-01 to 2000-01-01.
  return era * 146_097 + dayOfEra - 730_425;
}
