import { asyncBufferFromFile, parquetMetadata, parquetReadObjects, readColumnIndex, readOffsetIndex } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { describe, expect, it } from 'vitest';
import { queryDuckdb } from '../../../readers/index.js';
import { boundOf, bytesOf, compare, type Extremes, extremesOf, isBytes } from './bounds-oracle.js';
import { batchOf } from '../columns.js';
import { type Kind, textOf, type Value } from '../kind.js';
import { kinds } from '../kinds.js';
import { fileWriter, parquetFile } from '../write-file.js';

const write = fileWriter();
const pageRows = 8;
const rows = 60;
const ordered = kinds.filter(
  ({ kind }) => !['list', 'fixed-list', 'struct', 'map', 'null', 'float16'].includes(kind.kind),
);
const flat = ordered.filter(
  ({ kind }) =>
    !['date-ms'].includes(kind.kind) &&
    !(kind.kind === 'time' && kind.unit === 's') &&
    !(kind.kind === 'timestamp' && kind.unit === 's'),
);
const options = { pageRows, rowGroupRows: 40, compression: 'none' } as const;

/** Long byte strings above which there is no short one: a test of their own. */
const unraisable = (value: Value) => value !== null && /^(\u{10ffff}{17,}|(255,?){65,})$/u.test(String(value));

/** NULL here and there, and a page of nothing else. */
const spread = (all: readonly Value[], values = all.filter((value) => !unraisable(value))) =>
  Array.from({ length: rows }, (_, row) =>
    row % 5 === 2 || (row >= 8 && row < 16) ? null : values[row % values.length]!,
  );

/** What is in `rows` is within the bounds; exactly at them unless the bytes had to be cut. */
function expectBounds(kind: Kind, oracle: Extremes, min: Uint8Array, max: Uint8Array): void {
  if (isBytes(kind)) {
    expect(Buffer.compare(min, bytesOf(oracle.min))).toBeLessThanOrEqual(0);
    expect(Buffer.compare(max, bytesOf(oracle.max))).toBeGreaterThanOrEqual(0);
    if (bytesOf(oracle.min).length <= 64) expect(Buffer.from(min)).toEqual(Buffer.from(bytesOf(oracle.min)));
    if (bytesOf(oracle.max).length <= 64) expect(Buffer.from(max)).toEqual(Buffer.from(bytesOf(oracle.max)));
    expect(Math.max(min.length, max.length)).toBeLessThanOrEqual(64);
    if (typeof oracle.min === 'string')
      for (const bound of [min, max]) new TextDecoder('utf-8', { fatal: true }).decode(bound);
    return;
  }
  expect(compare(kind, boundOf(kind, min), oracle.min)).toBe(0);
  expect(compare(kind, boundOf(kind, max), oracle.max)).toBe(0);
}

describe.each(flat)('$name', ({ kind, values }) => {
  it.each([true, false])('indexes and statistics hold the true extremes (dictionary: %s)', async (dictionary) => {
    const own = spread(values);
    const { file } = await parquetFile([batchOf([{ name: 'c', kind, nullable: true, values: own }])], {
      ...options,
      dictionary,
    });
    const array = file.buffer.slice(file.byteOffset, file.byteOffset + file.length) as ArrayBuffer;
    const metadata = parquetMetadata(array);
    let firstRow = 0;
    for (const group of metadata.row_groups) {
      const chunk = group.columns[0]!;
      const at = (offset: bigint) => ({ view: new DataView(array, Number(offset)), offset: 0 });
      const offsets = readOffsetIndex(at(chunk.offset_index_offset!)).page_locations;
      expect(offsets.map((page) => Number(page.first_row_index))).toEqual(offsets.map((_, i) => i * pageRows));
      const index =
        chunk.column_index_offset &&
        readColumnIndex(at(chunk.column_index_offset), { name: 'c', type: 'BYTE_ARRAY' }, raw);
      offsets.forEach((_, page) => {
        const from = firstRow + page * pageRows;
        const inPage = own.slice(from, Math.min(from + pageRows, firstRow + Number(group.num_rows)));
        const oracle = extremesOf(kind, inPage);
        if (!index) return;
        expect(index.null_pages[page]).toBe(inPage.every((value) => value === null));
        expect(Number(index.null_counts![page])).toBe(inPage.filter((value) => value === null).length);
        if (oracle)
          expectBounds(kind, oracle, index.min_values[page] as Uint8Array, index.max_values[page] as Uint8Array);
      });
      firstRow += Number(group.num_rows);
      const inGroup = own.slice(firstRow - Number(group.num_rows), firstRow);
      expect(Boolean(index)).toBe(!inGroup.some(Number.isNaN));
    }
    expect(firstRow).toBe(rows);
  });

  it('the shard says them as text', async () => {
    const own = spread(values);
    const { statistics } = await parquetFile([batchOf([{ name: 'c', kind, nullable: true, values: own }])], options);
    const [column] = statistics;
    const oracle = extremesOf(kind, own)!;
    expect(column!.nulls).toBe(own.filter((value) => value === null).length);
    const base = kind.kind === 'dictionary' ? kind.of : kind;
    if (['json', 'binary', 'large-binary', 'fixed'].includes(base.kind))
      expect(column).toEqual({ nulls: column!.nulls });
    else if (base.kind.includes('text')) {
      expect(Buffer.byteLength(column!.max!)).toBeLessThanOrEqual(64);
      expect(Buffer.compare(Buffer.from(column!.max!), bytesOf(oracle.max))).toBeGreaterThanOrEqual(0);
    } else {
      const text = (value: Value) => textOf(kind, value);
      expect(column!.min).toBe(text(oracle.min === 0 ? 0 : oracle.min));
      expect(column!.max).toBe(oracle.max === 0 ? '0' : text(oracle.max));
    }
  });
});

/** Bounds as the bytes that they are. */
const raw = { stringFromBytes: (bytes: Uint8Array) => bytes };

describe.each(flat.filter(({ kind }) => kind.kind !== 'duration'))('$name', ({ kind, values }) => {
  it('DuckDB finds by statistics the rows that it finds without them', async () => {
    const { path } = await write([batchOf([{ name: 'c', kind, nullable: true, values: spread(values) }])], options);
    const distinct = await queryDuckdb(
      `SELECT DISTINCT c::VARCHAR AS v, typeof(c) AS t FROM read_parquet('${path}') WHERE c IS NOT NULL`,
    );
    const [texts, types] = [distinct[0]!.values, distinct[1]!.values];
    expect(texts.length).toBeGreaterThan(0);
    for (const [i, text] of texts.entries()) {
      const value = `CAST('${text!.replaceAll("'", "''")}' AS ${types[i]})`;
      if (text!.includes('\0')) continue; // a literal cannot hold it
      for (const operator of ['=', '<', '>=']) {
        const [pushed] = await queryDuckdb(
          `SELECT count(*) AS n FROM read_parquet('${path}') WHERE c ${operator} ${value}`,
        );
        const [all] = await queryDuckdb(
          `SELECT count(*) FILTER (WHERE c ${operator} ${value}) AS n FROM read_parquet('${path}')`,
        );
        expect(pushed!.values, `${operator} ${text}`).toEqual(all!.values);
      }
    }
  });
});

it('hyparquet skips pages by the index and still finds every row', async () => {
  const values = Array.from({ length: 400 }, (_, row) => (row % 9 === 4 ? null : BigInt((row * 37) % 400)));
  const column = { name: 'c', kind: { kind: 'int', bits: 64 } as const, nullable: true, values };
  const { path } = await write([batchOf([column])], { ...options, rowGroupRows: 150 });
  const file = await asyncBufferFromFile(path);
  for (const bound of [0n, 1n, 57n, 200n, 399n]) {
    const found = await parquetReadObjects({ file, compressors, filter: { c: { $gte: bound } }, usePageIndex: true });
    const expected = values.filter((value) => value !== null && value >= bound);
    expect(found.map((row) => row['c'])).toEqual(expected);
  }
});

it('bounds pass over NaN, and a zero of any sign is zero', async () => {
  const kind = { kind: 'float', bits: 64 } as const;
  const nan = await parquetFile([batchOf([{ name: 'c', kind, nullable: true, values: [NaN, null, NaN] }])], options);
  expect(nan.statistics).toEqual([{ nulls: 1 }]);
  const zeros = await parquetFile([batchOf([{ name: 'c', kind, nullable: true, values: [0, NaN] }])], options);
  expect(zeros.statistics).toEqual([{ nulls: 0, min: '0', max: '0' }]);
  const both = await parquetFile([batchOf([{ name: 'c', kind, nullable: true, values: [NaN, 1, NaN, 2] }])], {
    ...options,
    rowGroupRows: 1,
  });
  expect(both.statistics).toEqual([{ nulls: 0, min: '1', max: '2' }]);
});

it('a file says no bounds of a chunk with NaN, which some readers hold to be the largest number', async () => {
  const kind = { kind: 'float', bits: 64 } as const;
  const values = [1, 2, NaN, 3];
  const { path } = await write([batchOf([{ name: 'c', kind, nullable: true, values }])], { ...options, pageRows: 1 });
  const [min, max] = await queryDuckdb(`SELECT stats_min_value, stats_max_value FROM parquet_metadata('${path}')`);
  expect([min!.values, max!.values]).toEqual([[null], [null]]);
  const [above] = await queryDuckdb(`SELECT c FROM read_parquet('${path}') WHERE c > 100`);
  expect(above!.values).toEqual(['NaN']);
});

it('no value of a redacted column stands outside its pages', async () => {
  const secret = 'secret-value-0123456789';
  const columns = ['open', 'hidden'].map((name) => ({
    name,
    kind: { kind: 'text' } as const,
    nullable: true,
    values: Array.from({ length: 40 }, (_, row) => (name === 'open' ? `open ${row}` : `${secret} ${row}`)),
  }));
  const { file, statistics } = await parquetFile([batchOf(columns)], { ...options, redacted: ['hidden'] });
  expect(statistics).toEqual([{ nulls: 0, min: 'open 0', max: 'open 9' }, { nulls: 0 }]);
  const array = file.buffer.slice(file.byteOffset, file.byteOffset + file.length) as ArrayBuffer;
  const [open, hidden] = parquetMetadata(array).row_groups[0]!.columns;
  expect(open!.column_index_offset).toBeDefined();
  expect(hidden!.column_index_offset).toBeUndefined();
  expect(hidden!.meta_data!.statistics).toEqual({ null_count: 0n });
  const pages =
    Number(hidden!.meta_data!.dictionary_page_offset ?? hidden!.meta_data!.data_page_offset) +
    Number(hidden!.meta_data!.total_compressed_size);
  expect(file.subarray(pages).includes(secret)).toBe(false);
  expect(file.subarray(pages).includes('open 0')).toBe(true);
});

it('long texts have short bounds that are marked as not exact, in DuckDB and in the footer', async () => {
  const values = ['z'.repeat(200), `a${'é'.repeat(100)}`, `m${'\u{10ffff}'.repeat(40)}`];
  const { path, statistics } = await write(
    [batchOf([{ name: 'c', kind: { kind: 'text' }, nullable: true, values }])],
    options,
  );
  expect(statistics[0]).toEqual({ nulls: 0, min: `a${'é'.repeat(31)}`, max: `${'z'.repeat(63)}{` });
  const columns = await queryDuckdb(
    `SELECT stats_min_value, stats_max_value, min_is_exact, max_is_exact FROM parquet_metadata('${path}')`,
  );
  expect(columns.map((column) => column.values[0])).toEqual([statistics[0]!.min, statistics[0]!.max, 'false', 'false']);
});

it.each([
  ['text', '\u{10ffff}'.repeat(20)],
  ['binary', new Uint8Array(65).fill(255)],
] as const)('%s that no short bound is above has none', async (kind, value) => {
  const { statistics, file } = await parquetFile(
    [batchOf([{ name: 'c', kind: { kind }, nullable: true, values: [value] }])],
    options,
  );
  expect(statistics).toEqual([{ nulls: 0 }]);
  const array = file.buffer.slice(file.byteOffset, file.byteOffset + file.length) as ArrayBuffer;
  expect(parquetMetadata(array).row_groups[0]!.columns[0]!.meta_data!.statistics).toEqual({ null_count: 0n });
});
