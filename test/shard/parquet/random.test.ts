import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { WriteParquetOptions } from '../../../src/shard/parquet/index.js';
import { duckdb, parquetWasm } from '../../readers/index.js';
import { batchOf, type TestColumn } from './columns.js';
import { type Kind, textOf, type Value } from './kind.js';
import { fileWriter } from './write-file.js';

const write = fileWriter();

/** A kind of column and how its values are made. */
interface Generated {
  readonly kind: Kind;
  readonly value: fc.Arbitrary<Value>;
}

const bigint = (bits: number) => fc.bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n });
const digits = (precision: number) =>
  fc.bigInt({ min: 1n - 10n ** BigInt(precision), max: 10n ** BigInt(precision) - 1n });
/** No byte order mark: DuckDB's binding for Node drops it. */
const text = fc.string({ unit: 'grapheme', maxLength: 40 }).map((s) => s.replaceAll('\ufeff', ''));

const scalars: readonly Generated[] = [
  { kind: { kind: 'bool' }, value: fc.boolean() },
  { kind: { kind: 'int', bits: 16 }, value: bigint(16) },
  { kind: { kind: 'int', bits: 32 }, value: fc.oneof(bigint(32), bigint(4)) },
  { kind: { kind: 'int', bits: 64 }, value: fc.oneof(bigint(64), bigint(33), bigint(5)) },
  { kind: { kind: 'uint', bits: 64 }, value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  { kind: { kind: 'float', bits: 64 }, value: fc.double() },
  { kind: { kind: 'float', bits: 32 }, value: fc.float() },
  { kind: { kind: 'decimal', precision: 9, scale: 4 }, value: digits(9) },
  { kind: { kind: 'decimal', precision: 15, scale: 2 }, value: fc.oneof(digits(15), digits(3)) },
  { kind: { kind: 'decimal', precision: 38, scale: 9 }, value: fc.oneof(digits(38), digits(2)) },
  { kind: { kind: 'text' }, value: fc.oneof(text, fc.constantFrom('', 'a', 'b')) },
  { kind: { kind: 'binary' }, value: fc.uint8Array({ maxLength: 80 }) },
  { kind: { kind: 'uuid' }, value: fc.uint8Array({ minLength: 16, maxLength: 16 }) },
  { kind: { kind: 'date' }, value: fc.bigInt({ min: -700_000n, max: 2_900_000n }) },
  { kind: { kind: 'timestamp', unit: 'us', zone: 'UTC' }, value: fc.bigInt({ min: -(2n ** 55n), max: 2n ** 57n }) },
  { kind: { kind: 'dictionary', of: { kind: 'text' } }, value: fc.constantFrom('x', 'yy', 'zzz') },
];

const orNull = (value: fc.Arbitrary<Value>) => fc.option(value, { nil: null, freq: 4 });

function generated(depth: number): fc.Arbitrary<Generated> {
  const scalar = fc.constantFrom(...scalars);
  if (depth === 0) return scalar;
  const inner = generated(depth - 1);
  const list = inner.map(({ kind, value }): Generated => ({
    kind: { kind: 'list', of: kind },
    value: fc.array(orNull(value), { maxLength: 5 }),
  }));
  const struct = fc.array(inner, { minLength: 1, maxLength: 3 }).map((fields): Generated => ({
    kind: { kind: 'struct', fields: Object.fromEntries(fields.map(({ kind }, i) => [`f${i}`, kind])) },
    value: fc.tuple(...fields.map(({ value }) => orNull(value))),
  }));
  const fixed = inner.map(({ kind, value }): Generated => ({
    kind: { kind: 'fixed-list', of: kind, size: 2 },
    value: fc.tuple(orNull(value), orNull(value)),
  }));
  const map = inner.map(({ kind, value }): Generated => ({
    kind: { kind: 'map', key: { kind: 'text' }, of: kind },
    value: fc.uniqueArray(fc.tuple(text, orNull(value)), { maxLength: 4, selector: ([key]) => key }),
  }));
  return fc.oneof(
    { weight: 6, arbitrary: scalar },
    ...[list, struct, fixed, map].map((arbitrary) => ({ weight: 2, arbitrary })),
  );
}

function column(length: number): fc.Arbitrary<Omit<TestColumn, 'name'>> {
  return fc
    .tuple(generated(3), fc.boolean())
    .chain(([{ kind, value }, nullable]) =>
      fc
        .array(nullable ? orNull(value) : value, { minLength: length, maxLength: length })
        .map((values) => ({ kind, nullable, values })),
    );
}

const columns = fc
  .integer({ min: 1, max: 150 })
  .chain((length) => fc.array(column(length), { minLength: 1, maxLength: 4 }))
  .map((list): TestColumn[] => list.map((own, i) => ({ ...own, name: `c${i}` })));

const options: fc.Arbitrary<WriteParquetOptions> = fc.record({
  compression: fc.constantFrom('none', 'snappy', 'zstd', 'gzip', 'lz4_raw'),
  dictionary: fc.boolean(),
  encoding: fc.constantFrom('auto', 'plain', 'delta'),
  pageRows: fc.integer({ min: 1, max: 60 }),
  pageBytes: fc.integer({ min: 1, max: 2000 }),
  rowGroupRows: fc.integer({ min: 1, max: 100 }),
  rowGroupBytes: fc.integer({ min: 1, max: 20_000 }),
});

it('random schemas, nested too, with random pages, row groups and batches come back as they were', async () => {
  const cuts = fc.array(fc.integer({ min: 0, max: 150 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(columns, options, cuts, async (made, how, at) => {
      const batch = batchOf(made);
      const ends = [...at.map((cut) => Math.min(cut, batch.numRows)), batch.numRows].sort((a, b) => a - b);
      const batches = ends.map((end, i) => batch.slice(ends[i - 1] ?? 0, end));
      const { path } = await write(batches, how);
      for (const reader of [parquetWasm, duckdb]) {
        const read = await reader.read(path);
        const expected = made.map(({ name, kind, values }) => ({
          name,
          values: values.map((value) => textOf(kind, value)),
        }));
        expect(
          read.map(({ name, values }) => ({ name, values })),
          reader.name,
        ).toEqual(expected);
      }
    }),
    {
      numRuns: Number(process.env['PARQUET_RANDOM_RUNS'] ?? 150),
      interruptAfterTimeLimit: 45_000,
      markInterruptAsFailure: false,
    },
  );
});
