import { expect } from 'vitest';
import type { CanonicalText } from '../../readers/canonical.js';
import { parquetjsLite, type Reader, readers, reportSkipped } from '../../readers/index.js';
import type { Kind } from '../../shard/parquet/kind.js';
import { limitOf } from '../../shard/parquet/limits.js';
import type { ExpectedColumn } from './specimen-table.js';

/** parquetjs-lite takes no dictionary pages, which shards have; what it can read is held elsewhere. */
const able = readers.filter((reader) => reader !== parquetjsLite);

/**
 * Reads shards, in order, with every reader, and compares every value with what is expected, as exactly as the reader can
 * hold its type (docs/parquet.md says how exactly that is).
 */
export async function expectReadersAgree(
  files: readonly string[],
  expected: readonly ExpectedColumn[],
  use: readonly Reader[] = able,
): Promise<void> {
  for (const reader of use) {
    const reason = await reader.unavailable();
    if (reason !== undefined) {
      reportSkipped(reader, expected.length, reason);
      continue;
    }
    const parts = await Promise.all(files.map((file) => reader.read(file)));
    expect(parts[0]!.map(({ name }) => plainName(name))).toEqual(expected.map(({ name }) => plainName(name)));
    for (const [i, column] of expected.entries()) {
      const values = parts.flatMap((part) => part[i]!.values);
      expect(values.length, `${reader.name}: ${column.name}`).toBe(column.values.length);
      const shown = differenceOf(reader.name, column, values);
      expect(shown, `${reader.name}: ${column.name}, ${column.arrow}`).toBeUndefined();
    }
  }
}

/** The first value that a reader shows in another way than the server. */
export function differenceOf(reader: string, { arrow, values }: ExpectedColumn, shown: readonly CanonicalText[]) {
  const wrong = values.findIndex((value, row) => !agrees(reader, arrow, value, shown[row]!));
  return wrong < 0 ? undefined : { row: wrong, server: values[wrong], reader: shown[wrong] };
}

/** DuckDB, which knows no case in names, numbers those that differ in it alone. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/_\d+$/, '');
}

/** The last moment of JavaScript's calendar, in years: readers that make a Date of a moment have nothing past it. */
const lastYear = 275_760;

function agrees(reader: string, arrow: string, expected: CanonicalText, actual: CanonicalText): boolean {
  if (expected === null) return actual === null;
  if (/^(list|struct|map)</.test(arrow)) return expected === actual || nestedAgrees(reader, arrow, expected, actual);
  const limit = limitOf(reader, arrow === 'date32' ? 'date32, years past 9999' : arrow, kindOf(arrow));
  if (limit === undefined) return expected === actual;
  if (arrow.startsWith('timestamp') && Number(/^\+(\d+)/.exec(expected)?.[1]) >= lastYear) {
    if (Number.isNaN(Date.parse(expected.slice(0, 13)))) return actual === 'Invalid Date';
  }
  return limit.same?.(expected, actual) ?? false;
}

/** What readers say otherwise of single values, they say inside of others too: both texts are brought to what the reader can tell. */
const told: Readonly<Record<string, (text: string, arrow: string) => string>> = {
  // Its way to JavaScript drops a mark of byte order before a text.
  duckdb: (text) => text.replaceAll('"\ufeff', '"'),
  polars: (text, arrow) => (arrow.includes('uuid') ? text.replaceAll('-', '') : text),
  hyparquet: (text, arrow) => {
    if (arrow.includes('decimal')) return text.replace(/-?\d+\.\d+/g, (digits) => String(Number(digits)));
    return arrow.includes('timestamp')
      ? text.replace(/\.\d+/g, (digits) => digits.slice(0, 4).replace(/\.?0*$/, ''))
      : text;
  },
};

function nestedAgrees(reader: string, arrow: string, expected: string, actual: CanonicalText): boolean {
  const tell = told[reader];
  if (tell === undefined || actual === null) return false;
  // It parses JSON, and there is no telling what it was.
  return (reader === 'hyparquet' && arrow.includes('json')) || tell(expected, arrow) === tell(actual, arrow);
}

/** An Arrow type's name as `limits.ts` takes it. */
export function kindOf(arrow: string): Kind {
  const decimal = /^decimal\d+\((\d+),(\d+)\)$/.exec(arrow);
  if (decimal) return { kind: 'decimal', precision: Number(decimal[1]), scale: Number(decimal[2]) };
  const number = /^(int|float)(\d+)$/.exec(arrow);
  if (number) return { kind: number[1], bits: Number(number[2]) } as Kind;
  const kinds: Record<string, Kind> = {
    utf8: { kind: 'text' },
    date32: { kind: 'date' },
    'time64[us]': { kind: 'time', unit: 'us' },
    'timestamp[us]': { kind: 'timestamp', unit: 'us' },
    'timestamp[us, UTC]': { kind: 'timestamp', unit: 'us', zone: 'UTC' },
  };
  return kinds[arrow] ?? ({ kind: arrow } as Kind);
}
