import { ownValue } from './own-value.js';
import { TidemarkError } from './errors.js';

const byteUnits: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** `128MiB` → bytes. @throws request.invalid naming `key` */
export function parseBytes(text: string, key: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const unit = ownValue(byteUnits, match?.[2]?.toLowerCase() ?? '-');
  if (!match || unit === undefined) {
    throw new TidemarkError('request.invalid', `${key}: "${text}" is not a size`, {
      hint: 'Write a number and a unit, for example 128MiB, 1GiB or 500MB.',
    });
  }
  return Math.round(Number(match[1]) * unit);
}

const timeUnits: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, min: 6e4, h: 36e5, d: 864e5 };

/** `60s`, `500ms`, `2m`, `1h`, `2d` → milliseconds; a bare number is seconds. @throws request.invalid naming `key` */
export function parseDuration(text: string, key: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const unit = ownValue(timeUnits, match?.[2] === '' ? 's' : (match?.[2]?.toLowerCase() ?? '-'));
  if (!match || unit === undefined) {
    throw new TidemarkError('request.invalid', `${key}: "${text}" is not a duration`, {
      hint: 'Write a number and a unit, for example 500ms, 60s, 5m, 1h or 2d.',
    });
  }
  return Math.round(Number(match[1]) * unit);
}

/** Bytes for people: `1.23 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${units[unit]}`;
}

/** A count for people: `6,000,000`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 file`, `1,200 files` */
export function counted(number: number, what: string): string {
  return `${formatCount(number)} ${what}${number === 1 ? '' : 's'}`;
}

const durationUnits = [
  ['d', 864e5],
  ['h', 36e5],
  ['min', 6e4],
  ['s', 1e3],
] as const;

/** A duration for people: `36 h`, `2.5 d`. */
export function formatDuration(milliseconds: number): string {
  const [unit, one] = durationUnits.find(([, least]) => milliseconds >= 2 * least) ?? (['s', 1e3] as const);
  return `${Number((milliseconds / one).toFixed(1))} ${unit}`;
}

/** A duration as it is, in the largest unit of which it is a whole number. */
export function exactDuration(milliseconds: number): string {
  const [unit, one] = durationUnits.find(([, size]) => milliseconds % size === 0) ?? (['ms', 1] as const);
  return `${milliseconds / one} ${unit}`;
}
