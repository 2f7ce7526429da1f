import { Schema, Field, Int32, Interval, IntervalUnit } from 'apache-arrow';
import { expect, it } from 'vitest';
import { arrowSchema, type LogicalType } from '../../../src/core/types.js';
import { createRowGroupEncoder, parquetTypeName, writeParquet } from '../../../src/shard/parquet/index.js';
import { readers } from '../../readers/index.js';
import { batchOf } from './columns.js';
import { fileWriter, parquetFile } from './write-file.js';

const write = fileWriter();
const numbers = (count: number, from = 0) =>
  batchOf([
    {
      name: 'n',
      kind: { kind: 'int', bits: 32 },
      nullable: true,
      values: Array.from({ length: count }, (_, i) => BigInt(from + i)),
    },
  ]);

it('a file without rows has its schema', async () => {
  const schema = new Schema([new Field('n', new Int32(), true)]);
  const { path, ...written } = await write([], { schema });
  expect(written).toMatchObject({ rows: 0, rowGroups: 0, statistics: [{ nulls: 0 }] });
  for (const reader of readers) {
    if (reader.name === 'parquetjs-lite' || (await reader.unavailable()) !== undefined) continue;
    const columns = await reader.read(path);
    expect(
      columns.map(({ name, values }) => ({ name, values })),
      reader.name,
    ).toEqual([{ name: 'n', values: [] }]);
  }
});

it('neither batch nor schema is an error that says so', async () => {
  await expect(parquetFile([])).rejects.toMatchObject({ code: 'request.invalid' });
});

it('batches of another schema are refused', async () => {
  const other = batchOf([{ name: 'n', kind: { kind: 'text' }, nullable: true, values: ['a'] }]);
  await expect(parquetFile([numbers(1), other])).rejects.toThrow('batches differ in their schema');
});

it('row groups end by rows or by bytes, whatever the batches', async () => {
  const batches = [numbers(10), numbers(0), numbers(25, 10), numbers(1, 35)];
  const byRows = await write(batches, { rowGroupRows: 12 });
  const byBytes = await write(batches, { rowGroupBytes: 40 });
  expect([byRows.rowGroups, byBytes.rowGroups]).toEqual([3, 4]);
  for (const { path } of [byRows, byBytes]) {
    const [column] = await readers[0]!.read(path);
    expect(column!.values).toEqual(Array.from({ length: 36 }, (_, i) => String(i)));
  }
});

it('waits for the sink before it encodes on', async () => {
  let open = 0;
  const write = async () => {
    expect(open++).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 2));
    open--;
  };
  const { rowGroups, bytes } = await writeParquet([numbers(50)], { write }, { rowGroupRows: 10 });
  expect(rowGroups).toBe(5);
  expect(bytes).toBeGreaterThan(0);
});

it('stops with the error of the sink', async () => {
  const full = () => Promise.reject(new Error('no space left'));
  await expect(writeParquet([numbers(5)], { write: full })).rejects.toThrow('no space left');
});

it('metadata and creator stand in the file', async () => {
  const { file } = await parquetFile([numbers(1)], { metadata: { b: '2', a: '1' }, createdBy: 'me version 1' });
  const text = file.toString('latin1');
  expect(text.indexOf('me version 1')).toBeGreaterThan(0);
  expect(text.indexOf('\u0001b')).toBeLessThan(text.indexOf('\u0001a'));
});

it('a type that Parquet does not have, and a codec that was not loaded, are named', () => {
  const schema = new Schema([new Field('i', new Interval(IntervalUnit.DAY_TIME), true)]);
  expect(() => createRowGroupEncoder(schema, { compression: 'none' })).toThrow(
    /column "i": Parquet has no type for Arrow's Interval/,
  );
  expect(() => createRowGroupEncoder(numbers(1).schema, { compression: 'gzip' })).toThrow(
    'compression: gzip was not loaded',
  );
});

it.each<[LogicalType, string]>([
  [{ kind: 'decimal', precision: 15, scale: 2 }, 'INT64 DECIMAL(15,2)'],
  [{ kind: 'decimal', precision: 38, scale: 0 }, 'FIXED_LEN_BYTE_ARRAY(16) DECIMAL(38,0)'],
  [{ kind: 'timestamp', utc: true }, 'INT64 TIMESTAMP(MICROS,true)'],
  [{ kind: 'time' }, 'INT64 TIME(MICROS,false)'],
  [{ kind: 'int', bits: 16 }, 'INT32 INTEGER(16,true)'],
  [{ kind: 'uuid' }, 'FIXED_LEN_BYTE_ARRAY(16) UUID'],
  [{ kind: 'json' }, 'BYTE_ARRAY JSON'],
  [{ kind: 'bool' }, 'BOOLEAN'],
])('the type ledger says of %j: %s', (type, name) => {
  expect(parquetTypeName(type)).toBe(name);
});

it('columns whose names are equal, empty or strange stay apart', async () => {
  const names = ['a', 'a', '', 'with "quotes".and.dots', 'new\nline', 'A'];
  const schema = arrowSchema(
    names.map((name) => ({
      name,
      sourceType: '',
      type: { kind: 'text' },
      wire: '',
      exactness: 'exact',
      redacted: false,
    })),
  );
  const batch = batchOf(
    names.map((name, i) => ({ name, kind: { kind: 'text' } as const, nullable: true, values: [`v${i}`] })),
  );
  const { path } = await write([batch], { schema });
  const wasm = await readers[1]!.read(path);
  expect(wasm.map(({ name, values }) => [name, values[0]])).toEqual(names.map((name, i) => [name, `v${i}`]));
});
