const daysBefore = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const;
const daysOf = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/**
 * Days since 1970-01-01, by the proleptic Gregorian calendar, in which the year 0 is 1 BC. NaN for what is on no calendar: the zero date,
 * dates without a day or a month, and those like 31 February, which servers keep under some of their modes.
 */
export function daysSince1970(year: number, month: number, day: number): number {
  if (month < 1 || month > 12 || day < 1) return NaN;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (day > daysOf[month - 1]! + (leap && month === 2 ? 1 : 0)) return NaN;
  const before = year - 1;
  const leaps = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  return before * 365 + leaps + daysBefore[month - 1]! + (leap && month > 2 ? 1 : 0) + day - 719_163;
}
