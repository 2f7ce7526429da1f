import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Column, type LogicalType, typeName } from '../../../src/core/types.js';
import { assembler, encoder } from '../../../src/shard/csv/shard-format.js';
import { python } from '../../readers/digest.js';
import { queryDuckdb } from '../../readers/index.js';
import { readersEnvironment } from '../../readers/python.js';
import { emptyFolder } from '../../support/cli.js';
import { batchOf } from '../parquet/columns.js';
import type { Kind, Value } from '../parquet/kind.js';

/** A type, values of it at the ends of what there is, and how those stand in a file. */
interface Case {
  readonly type: LogicalType;
  readonly kind: Kind;
  readonly values: readonly Value[];
  readonly fields: readonly string[];
}

const int = { kind: 'int', bits: 64 } as const;
const text = { kind: 'text' } as const;
const struct = { a: int, b: text };
const [first, last] = [-(2n ** 63n), 2n ** 63n - 1n];
const uuid = Uint8Array.from({ length: 16 }, (_, i) => i * 17);

const cases: readonly Case[] = [
  { type: { kind: 'bool' }, kind: { kind: 'bool' }, values: [true, false], fields: ['true', 'false'] },
  {
    type: { kind: 'int', bits: 32 },
    kind: { kind: 'int', bits: 32 },
    values: [-(2n ** 31n), 2n ** 31n - 1n],
    fields: ['-2147483648', '2147483647'],
  },
  { type: int, kind: int, values: [first, last], fields: [String(first), String(last)] },
  {
    type: { kind: 'float', bits: 64 },
    kind: { kind: 'float', bits: 64 },
    values: [0.1, -1.7976931348623157e308, 5e-324, 1e21],
    fields: ['0.1', '-1.7976931348623157e+308', '5e-324', '1e+21'],
  },
  {
    type: { kind: 'float', bits: 64 },
    kind: { kind: 'float', bits: 64 },
    values: [NaN, Infinity, -Infinity, -0],
    fields: ['NaN', 'Infinity', '-Infinity', '-0'],
  },
  {
    type: { kind: 'decimal', precision: 12, scale: 2 },
    kind: { kind: 'decimal', precision: 12, scale: 2 },
    values: [1250n, -999999999999n, 5n],
    fields: ['12.50', '-9999999999.99', '0.05'],
  },
  {
    type: { kind: 'decimal', precision: 38, scale: 10 },
    kind: { kind: 'decimal', precision: 38, scale: 10 },
    values: [10n ** 38n - 1n, 1n],
    fields: ['9999999999999999999999999999.9999999999', '0.0000000001'],
  },
  {
    type: text,
    kind: text,
    values: ['a,b', 'say "hi"', 'two\nlines', 'cr\r', ' blanks ', '=1+1', 'é \u{1f600}', '\\N'],
    fields: ['a,b', 'say "hi"', 'two\nlines', 'cr\r', ' blanks ', '=1+1', 'é \u{1f600}', '\\N'],
  },
  { type: text, kind: text, values: ['', 'x'], fields: ['', 'x'] },
  { type: text, kind: text, values: ['NULL', 'NA', 'nan'], fields: ['NULL', 'NA', 'nan'] },
  { type: text, kind: text, values: ['007', '1e3'], fields: ['007', '1e3'] },
  { type: text, kind: text, values: ['a\0b'], fields: ['a\0b'] },
  {
    type: { kind: 'json' },
    kind: { kind: 'json' },
    values: ['{"a": [1, null]}', 'null'],
    fields: ['{"a": [1, null]}', 'null'],
  },
  { type: { kind: 'binary' }, kind: { kind: 'binary' }, values: [Uint8Array.of(0, 255)], fields: ['AP8='] },
  {
    type: { kind: 'uuid' },
    kind: { kind: 'uuid' },
    values: [uuid],
    fields: ['00112233-4455-6677-8899-aabbccddeeff'],
  },
  { type: { kind: 'date' }, kind: { kind: 'date' }, values: [0n, 19737n], fields: ['1970-01-01', '2024-01-15'] },
  {
    type: { kind: 'time' },
    kind: { kind: 'time', unit: 'us' },
    values: [1n, 86_399_500_000n],
    fields: ['00:00:00.000001', '23:59:59.5'],
  },
  {
    type: { kind: 'timestamp', utc: false },
    kind: { kind: 'timestamp', unit: 'us' },
    values: [1_705_312_800_000_001n],
    fields: ['2024-01-15T10:00:00.000001'],
  },
  {
    type: { kind: 'timestamp', utc: true },
    kind: { kind: 'timestamp', unit: 'us', zone: 'UTC' },
    values: [1_705_312_800_500_000n],
    fields: ['2024-01-15T10:00:00.5Z'],
  },
  {
    type: { kind: 'list', of: int },
    kind: { kind: 'list', of: int },
    values: [[last, null], []],
    fields: [`[${last},null]`, '[]'],
  },
  {
    type: { kind: 'struct', fields: Object.entries(struct).map(([name, type]) => ({ name, type })) },
    kind: { kind: 'struct', fields: struct },
    values: [[1n, 'x "y"']],
    fields: ['{"a":1,"b":"x \\"y\\""}'],
  },
  {
    type: { kind: 'map', key: text, value: int },
    kind: { kind: 'map', key: text, of: int },
    values: [[['k', 1n]]],
    fields: ['{"k":1}'],
  },
];

/** As a reader told it. */
interface Read {
  readonly type: string;
  readonly values: readonly (string | null)[];
}

/** Every case is a column of a file of its own, beside one that keeps a row from being empty. With a NULL at the end. */
async function writeCase({ type, kind, values }: Case, path: string): Promise<void> {
  const columns = [
    { name: 'c', type },
    { name: 'row', type: int },
  ].map((column): Column => ({ ...column, sourceType: '', wire: '', exactness: 'exact', redacted: false }));
  const rows = [...values, null];
  const batch = batchOf([
    { name: 'c', kind, nullable: true, values: rows },
    { name: 'row', kind: int, nullable: true, values: rows.map((_, row) => BigInt(row)) },
  ]);
  const options = { format: 'csv', compression: 'none', createdBy: '' } as const;
  const lines = await encoder(columns, options);
  const file = assembler(columns, options);
  const header = Buffer.from(file.begin());
  writeFileSync(path, Buffer.concat([header, file.add(lines.encode(batch))]));
}

const textTypes = ['str', 'string', 'String', 'object', 'large_string', 'VARCHAR'];
/** Fractions of seconds, however many zeros they end with. */
const plainTime = (value: string): string => value.replace(/(:\d\d\.\d*?)0+(Z?)$/, '$1$2').replace(/\.(Z?)$/, '$1');

/** What a reader made of a column, in few words. */
function verdict({ type, fields }: Case, read: Read): string {
  const expected: readonly (string | null)[] = [...fields, null];
  const pairs = expected.map((field, row) => [field, read.values[row] ?? null] as const);
  // Of booleans and NULLs pandas makes objects.
  const asText = textTypes.includes(read.type) && !(type.kind === 'bool' && read.type === 'object');
  const own = type.kind === 'text';
  const sameTexts = pairs.every(
    ([field, value]) =>
      field === value || (field !== null && value !== null && !asText && plainTime(field) === plainTime(value)),
  );
  if (sameTexts) return own || !asText ? 'exact' : 'as text';
  const oneNull = pairs.every(([field, value]) => (field ?? '') === (value ?? ''));
  if (oneNull) return own || !asText ? 'NULL as empty text' : 'as text, NULL as empty text';
  const numbers = pairs.every(
    ([field, value]) =>
      (field === null) === (value === null) && (field === null || Object.is(Number(field), Number(value))),
  );
  if (numbers) return type.kind === 'float' ? 'exact' : 'as double';
  const lost = pairs.filter(([field, value]) => field !== null && value === null).map(([field]) => field!);
  const kept = pairs.every(
    ([field, value]) => value === null || value === field || Object.is(Number(field), Number(value)),
  );
  if (kept && lost.length > 0)
    return `${lost.map((field) => (field === '' ? 'empty text' : field)).join(', ')} as NULL`;
  return `other values (${read.type})`;
}

const names = ['Python csv', 'pandas', 'Polars', 'pyarrow', 'DuckDB'] as const;
type ReaderName = (typeof names)[number];

/** What a reader that failed on a whole file says. */
type Reads = Readonly<Record<ReaderName, Read | string>>;

async function readAll(paths: readonly string[]): Promise<readonly Reads[]> {
  const script = new URL('../../readers/csv_readers.py', import.meta.url).pathname;
  const told = JSON.parse(await python([script, ...paths])) as Record<string, ByPython>[];
  const found: Reads[] = [];
  for (const [index, byReader] of told.entries()) {
    const python = Object.entries(byReader).map(([name, columns]) => {
      if (typeof columns === 'string') return [name, columns] as const;
      const [, type, values] = columns[0]!;
      return [name, { type, values }] as const;
    });
    found.push({ ...Object.fromEntries(python), DuckDB: await readByDuckdb(paths[index]!) } as Reads);
  }
  return found;
}

/** Name, type and values of every column, or why it could not be read. */
type ByPython = (readonly [name: string, type: string, values: readonly (string | null)[]])[] | string;

async function readByDuckdb(path: string): Promise<Read | string> {
  const sql = `SELECT typeof(c), c::VARCHAR FROM read_csv('${path}', header = true) ORDER BY "row"`;
  const columns = await queryDuckdb(sql).catch((error: Error) => error.message);
  if (typeof columns === 'string') return columns;
  return { type: columns[0]!.values[0]!, values: columns[1]!.values.map(duckdbText) };
}

/** Its own forms of timestamps and of floats that are no numbers. */
function duckdbText(value: string | null): string | null {
  if (value === null) return null;
  const floats: Readonly<Record<string, string>> = { nan: 'NaN', inf: 'Infinity', '-inf': '-Infinity' };
  const timestamp = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(\+00)?$/;
  const text = floats[value] ?? value;
  return text.replace(timestamp, (_, day: string, time: string, zone?: string) => `${day}T${time}${zone ? 'Z' : ''}`);
}

function shown(field: string): string {
  if (field === '') return '(empty)';
  return `\`${field.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\0', '\\0')}\``;
}

const { bin, reason } = await readersEnvironment();

describe.skipIf(bin === undefined)(`CSV files in the hands of others ${reason}`, { timeout: 120_000 }, () => {
  let table: string;
  beforeAll(async () => {
    const folder = emptyFolder('csv-readers');
    const paths = cases.map((_, index) => join(folder, `${index}.csv`));
    for (const [index, one] of cases.entries()) await writeCase(one, paths[index]!);
    const reads = await readAll(paths);
    const lines = cases.map((one, index) => [
      typeName(one.type),
      one.fields.map(shown).join(' '),
      ...names.map((name) => {
        const read = reads[index]![name];
        return typeof read === 'string' ? `refused: ${read.slice(0, 60)}` : verdict(one, read);
      }),
    ]);
    const head = ['type', 'values', ...names];
    table = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  }, 120_000);

  it('docs/csv.md has what readers make of every type, where nobody tells them', () => {
    const file = new URL('../../../docs/csv.md', import.meta.url);
    const page = readFileSync(file, 'utf8');
    const section = /(<!-- readers -->\n\n)[\s\S]*?(\n\n<!-- \/readers -->)/;
    if (process.env['UPDATE_DOCS'] === '1')
      writeFileSync(
        file,
        page.replace(section, (_, before: string, after: string) => `${before}${table}${after}`),
      );
    else expect(page.replace(/ {2,}/g, ' ').replace(/-{3,}/g, '---')).toContain(table.replace(/ {2,}/g, ' '));
  });
});
