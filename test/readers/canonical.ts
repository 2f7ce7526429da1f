/**
 * One text form for the values of every type, in which what different readers read can be compared. Scalars: integers and
 * decimals exact, floats shortest round-trip, ISO 8601 dates and times with no needless zeros behind the point, binaries
 * in hex, UUIDs with hyphens, texts as they are. Lists `[a,b]`, structs `{"name":a}`, maps `{key:value}`; inside these
 * texts are quoted as in JSON, and NULL is `null`.
 */
export type CanonicalText = string | null;

export function floatText(value: number, bits: 32 | 64): string {
  if (Object.is(value, -0)) return '-0';
  if (bits === 64 || !Number.isFinite(value)) return String(value);
  for (let digits = 1; digits < 10; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return String(shorter);
  }
  return String(value);
}

export function decimalText(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const text = scale > 0 ? `${digits.slice(0, -scale)}.${digits.slice(-scale)}` : digits;
  return unscaled < 0n ? `-${text}` : text;
}

const daysPer400Years = 146_097;

/** By the runtime's own calendar, moved by whole cycles of 400 years into the range that it knows. */
export function dateText(days: bigint): string {
  const cycles = Math.floor(Number(days) / daysPer400Years);
  const inFirst = new Date((Number(days) - cycles * daysPer400Years) * 86_400_000);
  const year = inFirst.getUTCFullYear() + cycles * 400;
  const digits = String(Math.abs(year));
  const plain = year >= 0 && year <= 9999;
  const yearText = plain ? digits.padStart(4, '0') : (year < 0 ? '-' : '+') + digits.padStart(6, '0');
  return yearText + inFirst.toISOString().slice(4, 10);
}

/** `value` counts units of which there are `perSecond` in a second: 1, 1_000, 1_000_000 or 1_000_000_000. */
export function timeText(value: bigint, perSecond: bigint): string {
  const seconds = Number(value / perSecond);
  const digits = String(perSecond).length - 1;
  const fraction =
    digits === 0
      ? ''
      : String(value % perSecond)
          .padStart(digits, '0')
          .replace(/0+$/, '');
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60];
  const text = clock.map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
  return fraction === '' ? text : `${text}.${fraction}`;
}

export function timestampText(value: bigint, perSecond: bigint, utc: boolean): string {
  const perDay = 86_400n * perSecond;
  const ofDay = ((value % perDay) + perDay) % perDay;
  return `${dateText((value - ofDay) / perDay)}T${timeText(ofDay, perSecond)}${utc ? 'Z' : ''}`;
}

export function hexText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function uuidText(bytes: Uint8Array): string {
  return hexText(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A value inside a list, struct or map. */
export function inner(text: CanonicalText, isText: boolean): string {
  return text === null ? 'null' : isText ? JSON.stringify(text) : text;
}

export function listText(items: readonly string[]): string {
  return `[${items.join(',')}]`;
}

export function structText(fields: readonly (readonly [string, string])[]): string {
  return `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
}

export function mapText(entries: readonly (readonly [string, string])[]): string {
  return `{${entries.map(([key, value]) => `${key}:${value}`).join(',')}}`;
}
