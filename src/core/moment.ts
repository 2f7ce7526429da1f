/** A moment, and what a clock on the wall of a time zone shows then, in milliseconds as if it were UTC. */
export interface WallMoment {
  readonly instant: Date;
  readonly wallClock: number;
}

const perDay = { day: 1n, s: 86_400n, ms: 86_400_000n, us: 86_400_000_000n, ns: 86_400_000_000_000n } as const;

/** `2024-01-31`, or with a time of day and perhaps a zone: `2024-01-31T12:00:00.5Z`, `2024-01-31 12:00+02:00`. */
const moment =
  /^(?<day>\d{4}-\d{2}-\d{2})(?:[T ](?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.(?<fraction>\d{1,9}))?)?(?<zone>Z|[+-]\d{2}:\d{2})?)?$/;

/** Whether a text is a day or a moment; and whether it has a time of day, and a zone. */
export function momentParts(text: string): { readonly time: boolean; readonly zone: boolean } | undefined {
  const groups = moment.exec(text)?.groups;
  if (groups === undefined || Number.isNaN(Date.parse(`${groups['day']}T00:00:00Z`))) return undefined;
  if (new Date(`${groups['day']}T00:00:00Z`).toISOString().slice(0, 10) !== groups['day']) return undefined;
  if (Number(groups['hour'] ?? 0) > 23 || Number(groups['minute'] ?? 0) > 59 || Number(groups['second'] ?? 0) > 59) {
    return undefined;
  }
  return { time: groups['hour'] !== undefined, zone: groups['zone'] !== undefined };
}

/** A day or moment as a number of units since 1970; without a zone it is UTC's, or that of a clock without one. */
export function momentOf(text: string, unit: keyof typeof perDay): bigint {
  const { day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z' } = moment.exec(text)!.groups!;
  const days = BigInt(Date.parse(`${day}T00:00:00Z`) / 86_400_000);
  if (unit === 'day') return days;
  const seconds = BigInt(hour) * 3600n + BigInt(minute) * 60n + BigInt(second) - offsetOf(zone);
  const perSecond = perDay[unit] / 86_400n;
  return days * perDay[unit] + seconds * perSecond + (BigInt(fraction.padEnd(9, '0')) * perSecond) / 1_000_000_000n;
}

function offsetOf(zone: string): bigint {
  if (zone === 'Z') return 0n;
  const seconds = BigInt(zone.slice(1, 3)) * 3600n + BigInt(zone.slice(4, 6)) * 60n;
  return zone.startsWith('-') ? -seconds : seconds;
}
