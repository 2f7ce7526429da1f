import type { CanonicalText } from '../../readers/canonical.js';
import type { Kind } from './kind.js';

/** Where a reader cannot hold a type: what it gives instead, and when that counts as the same value. */
export interface Limit {
  readonly note: string;
  /** Undefined: it cannot be compared, or the file cannot be read at all. */
  readonly same: ((expected: string, actual: CanonicalText) => boolean) | undefined;
}

/** What is known of readers' limits; undefined means that every value comes back exactly. */
export function limitOf(reader: string, name: string, kind: Kind): Limit | undefined {
  return limits[reader]?.find((entry) => entry.applies(kind, name))?.limit;
}

interface Entry {
  readonly applies: (kind: Kind, name: string) => boolean;
  readonly limit: Limit;
}

const is =
  (...kinds: Kind['kind'][]) =>
  (kind: Kind) =>
    kinds.includes(kind.kind);
const isText = (kind: Kind) =>
  is('text', 'large-text', 'text-view')(kind) || (kind.kind === 'dictionary' && kind.of.kind === 'text');
const isMoment =
  (...units: string[]) =>
  (kind: Kind) =>
    kind.kind === 'timestamp' && units.includes(kind.unit);
const isFar = (_: Kind, name: string) => name === 'date32, years past 9999';
const isNested = is('list', 'fixed-list', 'struct', 'map');
const cannot = (note: string): Limit => ({ note, same: undefined });

/** Within the error that one multiplication of doubles makes. */
function almost(expected: string, actual: CanonicalText): boolean {
  const [x, y] = [Number(expected), Number(actual)];
  return Math.abs(x - y) <= Math.abs(x) * 4.5e-16;
}

function milliseconds(text: string): number {
  return Date.parse(text.endsWith('Z') ? text : `${text}Z`);
}

const doubles: Limit = { note: 'as a double', same: almost };
const toMilliseconds: Limit = {
  note: 'to the millisecond',
  same: (expected, actual) => Math.abs(milliseconds(expected) - milliseconds(actual!)) <= 1,
};
const parsed: Limit = {
  note: 'parsed',
  same: (expected, actual) => (actual ?? 'null') === JSON.stringify(JSON.parse(expected)),
};
const asBinary: Limit = { note: 'as binary', same: (expected, actual) => expected.replaceAll('-', '') === actual };
const noMark: Limit = {
  note: 'a leading byte order mark is dropped',
  same: (expected, actual) => expected.replace(/^\ufeff/, '') === actual,
};
const farDates: Limit = {
  note: 'to the year 275760',
  same: (expected, actual) => expected === actual || actual === 'Invalid Date',
};

const limits: Readonly<Record<string, readonly Entry[]>> = {
  duckdb: [
    {
      applies: is('float16'),
      limit: { note: 'as FLOAT', same: (e, a) => Math.fround(Number(a)) === Number(e) || e === a },
    },
    { applies: (kind) => kind.kind === 'decimal' && kind.precision > 38, limit: doubles },
    { applies: isText, limit: { ...noMark, note: `${noMark.note} by the Node binding` } },
    {
      applies: (kind) => kind.kind === 'timestamp' && kind.unit === 'ns' && kind.zone !== undefined,
      limit: { note: 'to the microsecond', same: toMilliseconds.same },
    },
  ],
  polars: [
    { applies: (kind) => kind.kind === 'decimal' && kind.precision > 38, limit: cannot('no') },
    { applies: is('uuid'), limit: asBinary },
    { applies: is('date-ms'), limit: { note: 'as datetime', same: (e, a) => `${e}T00:00:00` === a } },
  ],
  hyparquet: [
    { applies: is('decimal'), limit: doubles },
    { applies: isText, limit: noMark },
    { applies: is('json'), limit: parsed },
    { applies: isFar, limit: farDates },
    { applies: isMoment('us', 'ns'), limit: toMilliseconds },
  ],
  'parquetjs-lite': [
    { applies: is('decimal'), limit: cannot('no') },
    { applies: isNested, limit: cannot('as groups of its own') },
    { applies: is('float16'), limit: cannot('as binary') },
    { applies: is('json'), limit: parsed },
    { applies: is('uuid'), limit: asBinary },
    { applies: isFar, limit: farDates },
    {
      applies: (kind) => kind.kind === 'uint' && kind.bits >= 32,
      limit: { note: 'as signed', same: (e, a) => (BigInt(e) - BigInt(a!)) % 2n ** 32n === 0n },
    },
    { applies: isMoment('s', 'ms'), limit: cannot('no') },
    { applies: isMoment('us'), limit: { ...toMilliseconds, same: (e, a) => toMilliseconds.same!(e, a) } },
    {
      applies: (kind) => isMoment('ns')(kind) || (kind.kind === 'time' && kind.unit === 'ns'),
      limit: cannot('as INT64'),
    },
  ],
};
