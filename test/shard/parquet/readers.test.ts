import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { Codec } from '../../../src/core/shard.js';
import { parquetTypeName, type WriteParquetOptions } from '../../../src/shard/parquet/index.js';
import { type Reader, readers, reportSkipped } from '../../readers/index.js';
import { batchOf } from './columns.js';
import { fieldOf, type Kind, textOf, type Value } from './kind.js';
import { kinds } from './kinds.js';
import { limitOf } from './limits.js';
import { fileWriter } from './write-file.js';

const write = fileWriter();
const tally = { exact: 0, limited: 0, unreadable: 0 };
const skipped = new Map<Reader, { checks: number; reason: string }>();

afterAll(() => {
  console.log(
    `readers: ${tally.exact} columns exact, ${tally.limited} within a reader's limit, ${tally.unreadable} that a reader cannot read`,
  );
  for (const [reader, { checks, reason }] of skipped) reportSkipped(reader, checks, reason);
});

interface Variant {
  readonly name: string;
  readonly nullable: boolean;
  readonly isNull: (row: number) => boolean;
  readonly options: WriteParquetOptions & { readonly compression: Codec };
}

/** 100 rows in row groups of 70 and pages of 16, from batches that are slices: pages and row groups end inside batches. */
const small = { rowGroupRows: 70, pageRows: 16 };
const variants: readonly Variant[] = [
  {
    name: 'plain, some NULLs',
    nullable: true,
    isNull: (row) => row % 7 === 3,
    options: { ...small, compression: 'none', dictionary: false, encoding: 'plain' },
  },
  {
    name: 'dictionary, runs of NULLs',
    nullable: true,
    isNull: (row) => row % 50 > 9,
    options: { ...small, compression: 'snappy' },
  },
  {
    name: 'delta, required',
    nullable: false,
    isNull: () => false,
    options: { ...small, compression: 'zstd', dictionary: false, encoding: 'delta' },
  },
  { name: 'all NULL', nullable: true, isNull: () => true, options: { ...small, compression: 'gzip' } },
  {
    name: 'one page, nullable without NULLs',
    nullable: true,
    isNull: () => false,
    options: { compression: 'lz4_raw' },
  },
];
const rows = 100;
const cuts = [0, 1, 14, 14, 47, 69, 71, rows];

function valuesOf(values: readonly Value[], variant: Variant): Value[] {
  return Array.from({ length: rows }, (_, row) => (variant.isNull(row) ? null : values[row % values.length]!));
}

function parquetjsCannot(variant: Variant): boolean {
  const { compression, dictionary, encoding } = variant.options;
  return dictionary !== false || encoding !== 'plain' || compression === 'zstd' || compression === 'lz4_raw';
}

async function check(
  reader: Reader,
  path: string,
  name: string,
  kind: Kind,
  expected: (string | null)[],
  variant: Variant,
) {
  const limit = limitOf(reader.name, name, kind);
  if (limit !== undefined && limit.same === undefined) {
    const columns = await reader.read(path).catch(() => undefined);
    if (variant === variants[0])
      expect(columns?.[0]!.values, `${reader.name} can: ${limit.note}`).not.toEqual(expected);
    return void tally.unreadable++;
  }
  if (reader.name === 'parquetjs-lite' && parquetjsCannot(variant)) return void tally.unreadable++;
  const [column] = await reader.read(path);
  expect(column!.values.length, reader.name).toBe(rows);
  if (limit === undefined) {
    expect(column!.values, reader.name).toEqual(expected);
    tally.exact++;
    return;
  }
  const wrong = expected.findIndex(
    (text, row) => !(text === null ? column!.values[row]! === null : limit.same!(text, column!.values[row]!)),
  );
  expect(
    wrong < 0 ? undefined : [expected[wrong], column!.values[wrong]!],
    `${reader.name}, ${limit.note}`,
  ).toBeUndefined();
  tally.limited++;
}

describe.each(kinds)('$name', ({ name, kind, values }) => {
  it.each(variants)('$name', async (variant) => {
    if (kind.kind === 'null' && !variant.nullable) return expect(kind).toEqual({ kind: 'null' });
    const own = valuesOf(values, variant);
    const batch = batchOf([{ name: 'c', kind, nullable: variant.nullable, values: own }]);
    const batches = cuts.slice(1).map((to, i) => batch.slice(cuts[i], to));
    const { path } = await write(batches, variant.options);
    const expected = own.map((value) => textOf(kind, value));
    for (const reader of readers) {
      const reason = await reader.unavailable();
      if (reason === undefined) await check(reader, path, name, kind, expected, variant);
      else skipped.set(reader, { checks: (skipped.get(reader)?.checks ?? 0) + 1, reason });
    }
  });
});

it('every type is read exactly by parquet-wasm and by pyarrow or DuckDB', () => {
  for (const { name, kind } of kinds) {
    expect(limitOf('parquet-wasm', name, kind), name).toBeUndefined();
    const second = [limitOf('pyarrow', name, kind), limitOf('duckdb', name, kind)];
    expect(second, name).toContain(undefined);
  }
});

it('docs/parquet.md has the table of types and readers', () => {
  const head = ['Arrow', 'Parquet', ...readers.map((reader) => reader.name)];
  const lines = kinds.map(({ name, kind }) => [
    name,
    `\`${parquetTypeName(fieldOf('c', kind, true))}\``,
    ...readers.map((reader) => limitOf(reader.name, name, kind)?.note ?? 'exact'),
  ]);
  const table = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const file = new URL('../../../docs/parquet.md', import.meta.url);
  const page = readFileSync(file, 'utf8');
  const section = /(<!-- types -->\n\n)[\s\S]*?(\n\n<!-- \/types -->)/;
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, page.replace(section, `$1${table}$2`));
  else expect(page.replace(/ {2,}/g, ' ').replace(/-{3,}/g, '---')).toContain(table);
});
