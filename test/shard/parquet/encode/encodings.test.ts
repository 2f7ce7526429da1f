import { parquetMetadata } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import type { Codec } from '../../../../src/core/shard.js';
import type { WriteParquetOptions } from '../../../../src/shard/parquet/index.js';
import { duckdb, parquetWasm } from '../../../readers/index.js';
import { batchOf } from '../columns.js';
import { type Kind, textOf, type Value } from '../kind.js';
import { rows, shapes } from '../shapes.js';
import { fileWriter } from '../write-file.js';

const write = fileWriter();
const ways: readonly {
  name: string;
  isNull: (row: number) => boolean;
  options: WriteParquetOptions & { compression: Codec };
}[] = [
  { name: 'snappy, no NULLs', isNull: () => false, options: { compression: 'snappy' } },
  { name: 'lz4_raw, NULLs in runs', isNull: (row) => row % 3_000 < 700, options: { compression: 'lz4_raw' } },
  {
    name: 'zstd, delta, NULLs strewn',
    isNull: (row) => (row * 31) % 97 < 30,
    options: { compression: 'zstd', encoding: 'delta', dictionary: false },
  },
];

describe.each(ways)('$name', ({ isNull, options }) => {
  it.each(shapes)('$name', async ({ name, kind, value, encoding }) => {
    const count = name.includes('too long') ? 2_000 : rows;
    const values = Array.from({ length: count }, (_, row) => (isNull(row) ? null : value(row)));
    const { path, file } = await writeOne(kind, values, options);
    const expected = values.map((one) => textOf(kind, one));
    for (const reader of [parquetWasm, duckdb]) {
      const [column] = await reader.read(path);
      const wrong = expected.findIndex((text, row) => text !== column!.values[row]!);
      expect(column!.values.length).toBe(count);
      expect(wrong < 0 ? undefined : [wrong, expected[wrong], column!.values[wrong]!], reader.name).toBeUndefined();
    }
    const { encodings } = parquetMetadata(file).row_groups[0]!.columns[0]!.meta_data!;
    if (options.dictionary === undefined) expect(encodings).toContain(encoding);
    else expect(encodings).not.toContain('RLE_DICTIONARY');
  });
});

async function writeOne(kind: Kind, values: readonly Value[], options: WriteParquetOptions) {
  const { path, file } = await write([batchOf([{ name: 'c', kind, nullable: true, values }])], options);
  return { path, file: file.buffer.slice(file.byteOffset, file.byteOffset + file.length) as ArrayBuffer };
}

it('a chunk is compressed where that pays, and only there', async () => {
  const repetitive = Array.from({ length: 5_000 }, (_, row) => `the same words again and again ${row}`);
  let state = 1;
  const random = Array.from(
    { length: 5_000 },
    () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32,
  );
  const batch = batchOf([
    { name: 'words', kind: { kind: 'text' }, nullable: true, values: repetitive },
    {
      name: 'noise',
      kind: { kind: 'float', bits: 64 },
      nullable: true,
      values: random.map((x) => x * random[4_999]! + x ** 3),
    },
  ]);
  for (const [compression, name] of [
    ['snappy', 'SNAPPY'],
    ['gzip', 'GZIP'],
    ['zstd', 'ZSTD'],
    ['lz4_raw', 'LZ4_RAW'],
  ] as const) {
    const { file } = await write([batch], { compression });
    const array = file.buffer.slice(file.byteOffset, file.byteOffset + file.length) as ArrayBuffer;
    const codecs = parquetMetadata(array).row_groups[0]!.columns.map((column) => column.meta_data!.codec);
    expect(codecs[0]).toBe(name);
    if (compression === 'snappy' || compression === 'lz4_raw') expect(codecs[1]).toBe('UNCOMPRESSED');
  }
});

it('a page holds at most as many rows and bytes as asked, and one row at least', async () => {
  const values = Array.from({ length: 100 }, (_, row) => 'x'.repeat(row === 50 ? 10_000 : 100));
  const { path } = await write([batchOf([{ name: 'c', kind: { kind: 'text' }, nullable: true, values }])], {
    dictionary: false,
    compression: 'none',
    pageRows: 30,
    pageBytes: 1_500,
  });
  expect((await duckdb.read(path))[0]!.values).toEqual(values);
});
