const microsecondsPerDay = 86_400_000_000n;
/** Days from 0000-03-01, where the calendar's 400 years begin best, to 2000-01-01. */
const daysTo2000 = 730_425n;

/** A timestamp (µs since 2000-01-01) as PostgreSQL's ISO style writes it: for messages. */
export function timestampText(microseconds: bigint): string {
  const time = ((microseconds % microsecondsPerDay) + microsecondsPerDay) % microsecondsPerDay;
  const { year, month, day } = civil((microseconds - time) / microsecondsPerDay + daysTo2000);
  const seconds = time / 1_000_000n;
  const fraction = time % 1_000_000n === 0n ? '' : `.${digits(time % 1_000_000n, 6).replace(/0+$/, '')}`;
  const clock = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map((part) => digits(part, 2)).join(':');
  const era = year > 0n ? '' : ' BC';
  return `${digits(year > 0n ? year : 1n - year, 4)}-${digits(month, 2)}-${digits(day, 2)} ${clock}${fraction}${era}`;
}

/** Proleptic Gregorian date of a day counted from 0000-03-01. */
function civil(days: bigint): { year: bigint; month: bigint; day: bigint } {
  const era = (days >= 0n ? days : days - 146_096n) / 146_097n;
  const dayOfEra = days - era * 146_097n;
  const yearOfEra = (dayOfEra - dayOfEra / 1460n + dayOfEra / 36_524n - dayOfEra / 146_096n) / 365n;
  const dayOfYear = dayOfEra - (365n * yearOfEra + yearOfEra / 4n - yearOfEra / 100n);
  const shiftedMonth = (5n * dayOfYear + 2n) / 153n;
  const month = shiftedMonth < 10n ? shiftedMonth + 3n : shiftedMonth - 9n;
  return {
    year: yearOfEra + era * 400n + (month <= 2n ? 1n : 0n),
    month,
    day: dayOfYear - (153n * shiftedMonth + 2n) / 5n + 1n,
  };
}

function digits(value: bigint, width: number): string {
  return value.toString().padStart(width, '0');
}
