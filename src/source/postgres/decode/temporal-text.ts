const microsecondsPerDay = 86_400_000_000n;
/** 400 years of the Gregorian calendar, which repeats itself after them. */
const cycleDays = 146_097n;

/** A timestamp after 2000 (µs since then) as PostgreSQL's ISO style writes it: for messages. */
export function timestampText(microseconds: bigint): string {
  const cycles = microseconds / (cycleDays * microsecondsPerDay);
  const inCycle = microseconds - cycles * cycleDays * microsecondsPerDay;
  // JavaScript's own calendar serves for the years 2000 to 2399.
  const date = new Date(Date.UTC(2000, 0, 1) + Number(inCycle / 1000n));
  const year = BigInt(date.getUTCFullYear()) + cycles * 400n;
  const [monthAndDay, clock] = [date.toISOString().slice(4, 10), date.toISOString().slice(11, 19)];
  const fraction = (microseconds % 1_000_000n).toString().padStart(6, '0').replace(/0+$/, '');
  return `${year}${monthAndDay} ${clock}${fraction === '' ? '' : `.${fraction}`}`;
}
