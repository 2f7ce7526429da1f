import { isNothing } from './cursor-window.js';
import { invalidRequest } from './errors.js';
import { parseDuration } from './units.js';

/** How far one value of a cursor is from another, by the kind of the column's type; values are texts. */
export interface CursorKind {
  /** @throws request.invalid where there is no such distance between values of the type */
  below(value: string, distance: string): string;
  /** How much later than the server's clock a value may be: milliseconds; absent: values are no times. */
  readonly ahead?: number;
  /** Values that none lies below, and none above; the latter undefined: there is none. */
  readonly extremes: readonly [low: string, high: string | undefined];
}

/** Values so far below others, by the first column's kind. @throws request.invalid */
export const valuesBelow = (kind: CursorKind, values: readonly string[], distance: string): readonly string[] =>
  isNothing(distance) ? values : [kind.below(values[0]!, distance)];

/** Whether a value is later than clocks may differ. @param now microseconds since 1970, by the server's clock */
export const isAhead = ({ ahead }: CursorKind, value: string, now: bigint): boolean =>
  ahead !== undefined && microsecondsOf(value) > now + BigInt(ahead) * 1000n;

const day = 86_400_000;

/** How much later than the server's clock values may be: clocks of clients are ahead by moments, times without a zone by as much as zones are apart. */
export const aheadOf = { instants: 60_000, wallClocks: day } as const;

/** Times, `2024-01-31 10:00:00.5`. */
export const momentKind = (ahead: number): CursorKind => ({
  ahead,
  below: (value, distance) => momentText(microsecondsOf(value) - BigInt(parseDuration(distance, 'lag')) * 1000n),
  extremes: ['0001-01-01 00:00:00', '9999-12-31 23:59:59.999999'],
});

/** Days, `2024-01-31`. */
export const dateKind: CursorKind = {
  ahead: day,
  below: (value, distance) => {
    const days = Math.ceil(parseDuration(distance, 'lag') / day);
    return momentText(microsecondsOf(value) - BigInt(days) * BigInt(day) * 1000n).slice(0, 10);
  },
  extremes: ['0001-01-01', '9999-12-31'],
};

/** A number may be below all of its type: then it is the smallest one. */
export const wholeKind = (least: bigint, most: bigint): CursorKind => ({
  below: (value, distance) => {
    const lower = BigInt(value) - BigInt(Math.ceil(Number(numberOf(distance))));
    return String(lower < least ? least : lower);
  },
  extremes: [String(least), String(most)],
});

/** @param digits before the point that the largest number has */
export const decimalKind = (digits: number): CursorKind => ({
  below: (value, distance) => minusDecimal(value, numberOf(distance)),
  extremes: [`-${'9'.repeat(digits)}`, '9'.repeat(digits)],
});

/** Values that have an order, and no distance from each other. */
export const orderedKind = (type: string, low: string): CursorKind => ({
  below: (value, distance) => {
    if (Number(distance) === 0) return value;
    throw invalidRequest(
      `lag: "${distance}" means nothing between values of ${type}`,
      'Give --lag 0, which says that no row comes later than one with a larger value; or another cursor.',
    );
  },
  extremes: [low, undefined],
});

/** Microseconds since 1970 of `2024-01-31 10:00:00.5`, or of a date's midnight; what is finer is left out. */
export function microsecondsOf(text: string): bigint {
  const [, calendar = '', clock = '00:00:00', fraction = ''] =
    /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d)(?:\.(\d+))?)?$/.exec(text) ?? [];
  return BigInt(Date.parse(`${calendar}T${clock}Z`)) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
}

const firstMoment = microsecondsOf('0001-01-01 00:00:00');

function momentText(microseconds: bigint): string {
  const value = microseconds < firstMoment ? firstMoment : microseconds;
  const fraction = ((value % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((value - fraction) / 1000n)).toISOString().slice(0, 19).replace('T', ' ');
  return `${seconds}.${String(fraction).padStart(6, '0')}`;
}

function minusDecimal(value: string, distance: string): string {
  const places = (text: string): number => text.split('.')[1]?.length ?? 0;
  const scale = Math.max(places(value), places(distance));
  const scaled = (text: string): bigint => BigInt(text.replace('.', '') + '0'.repeat(scale - places(text)));
  const result = scaled(value) - scaled(distance);
  const digits = String(result < 0n ? -result : result).padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return result < 0n ? `-${text}` : text;
}

function numberOf(distance: string): string {
  if (/^\d+(?:\.\d+)?$/.test(distance)) return distance;
  throw invalidRequest(
    `lag: "${distance}" is a duration, and the cursor is a number`,
    'Give a number, for example --lag 1000.',
  );
}

/**
 * The value that stands for an end of a window which has no such end.
 * @param marker as a query writes that end
 * @throws request.invalid for a type without such a value
 */
export function extremeOf(
  { extremes }: CursorKind,
  end: 'low' | 'high',
  { column, marker }: { readonly column: string; readonly marker: string },
): string {
  const value = extremes[end === 'low' ? 0 : 1];
  if (value !== undefined) return value;
  throw invalidRequest(
    `query: ${marker} is an end of the window by "${column}", whose type has no ${end === 'low' ? 'smallest' : 'largest'} value`,
    `Leave ${marker} out: rows of the query are looked at in any case.`,
  );
}
