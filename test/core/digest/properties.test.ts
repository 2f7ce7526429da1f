import fc from 'fast-check';
import {
  Binary,
  Bool,
  type DataType,
  Decimal,
  Dictionary,
  Field,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  LargeUtf8,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  TimeMicrosecond,
  TimeMillisecond,
  TimeNanosecond,
  TimeSecond,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { describe, expect, it, test } from 'vitest';
import { BatchHasher } from '../../../src/core/digest/batch-hasher.js';
import { rowsDigest, schemaFingerprint } from '../../../src/core/digest/digest.js';
import { digestOf } from '../../../src/core/digest/of-batches.js';
import { addFacts, type Facts, noFacts } from '../../../src/core/facts.js';

type Row = readonly unknown[];
interface Columns {
  readonly names: readonly string[];
  readonly types: readonly DataType[];
}

const several: Columns = {
  names: ['id', 'name', 'score', 'seen', 'tags', 'flag'],
  types: [
    new Int64(),
    new Utf8(),
    new Float64(),
    new TimestampMicrosecond('UTC'),
    new List(new Field('item', new Int32(), true)),
    new Bool(),
  ],
};

const row: fc.Arbitrary<Row> = fc.tuple(
  fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  fc.option(fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => text.isWellFormed())),
  fc.option(fc.double()),
  fc.option(fc.integer({ min: -(10 ** 12), max: 10 ** 12 })),
  fc.option(fc.array(fc.option(fc.integer()), { maxLength: 6 })),
  fc.option(fc.boolean()),
);
const rowSet = fc.array(row, { minLength: 1, maxLength: 40 });

const schemaOf = ({ names, types }: Columns): Schema =>
  new Schema(names.map((name, i) => new Field(name, types[i]!, true)));

function batchOf(columns: Columns, rows: readonly Row[]): RecordBatch {
  const schema = schemaOf(columns);
  const children = columns.types.map(
    (type, i) =>
      vectorFromArray(
        rows.map((values) => values[i]),
        type,
      ).data[0]!,
  );
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: rows.length, children }));
}

function factsOf(columns: Columns, batches: readonly RecordBatch[]): Facts {
  const hasher = new BatchHasher(schemaOf(columns));
  return batches
    .map((batch) => ({ ...noFacts(columns.names.length), rows: batch.numRows, sums: hasher.sumsOf(batch) }))
    .reduce(addFacts, noFacts(columns.names.length));
}

function digestOfRows(columns: Columns, ...parts: readonly (readonly Row[])[]): string {
  const facts = factsOf(
    columns,
    parts.map((rows) => batchOf(columns, rows)),
  );
  return rowsDigest(schemaFingerprint(schemaOf(columns)), facts)!;
}

/** A value as text; −0 is 0. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' || Number.isNaN(one) ? `${String(one)}!` : one));

describe('the digest of random rows', () => {
  it('is that of the rows in any order and in any batches', () => {
    fc.assert(
      fc.property(
        rowSet.chain((rows) =>
          fc.tuple(
            fc.constant(rows),
            fc.shuffledSubarray([...rows.keys()], { minLength: rows.length }),
            fc.nat(rows.length),
          ),
        ),
        ([rows, order, cut]) => {
          const shuffled = order.map((i) => rows[i]!);
          expect(digestOfRows(several, shuffled.slice(0, cut), shuffled.slice(cut))).toBe(digestOfRows(several, rows));
        },
      ),
    );
  });

  it('is that of a slice wherever the slice lies', () => {
    fc.assert(
      fc.property(rowSet, rowSet, rowSet, (before, rows, after) => {
        const slice = batchOf(several, [...before, ...rows, ...after]).slice(
          before.length,
          before.length + rows.length,
        );
        expect(factsOf(several, [slice])).toEqual(factsOf(several, [batchOf(several, rows)]));
      }),
    );
  });

  it('is another one when one value is another one, and the sum of its column alone is', () => {
    fc.assert(
      fc.property(rowSet, row, fc.nat(), fc.nat(several.names.length - 1), (rows, other, at, column) => {
        const index = at % rows.length;
        const value = other[column];
        fc.pre(textOf(rows[index]![column]) !== textOf(value));
        const changed = rows.map((values, i) => (i === index ? values.with(column, value) : values));
        const [a, b] = [rows, changed].map((set) => factsOf(several, [batchOf(several, set)]).sums!);
        expect(b!.rows).not.toEqual(a!.rows);
        expect(b!.columns.map((sum, i) => textOf(sum) === textOf(a!.columns[i]))).toEqual(
          several.names.map((_, i) => i !== column),
        );
      }),
    );
  });

  it('is another one when two rows swap a value, and no column’s sum is', () => {
    fc.assert(
      fc.property(rowSet, fc.nat(), fc.nat(), fc.nat(several.names.length - 1), (rows, i, j, column) => {
        const [one, two] = [i % rows.length, j % rows.length];
        const others = several.names.map((_, k) => k).filter((k) => k !== column);
        fc.pre(
          textOf(rows[one]![column]) !== textOf(rows[two]![column]) &&
            others.some((k) => textOf(rows[one]![k]) !== textOf(rows[two]![k])),
        );
        const swapped = rows
          .with(one, rows[one]!.with(column, rows[two]![column]))
          .with(two, rows[two]!.with(column, rows[one]![column]));
        const [a, b] = [rows, swapped].map((set) => factsOf(several, [batchOf(several, set)]).sums!);
        expect(b!.columns).toEqual(a!.columns);
        expect(b!.rows).not.toEqual(a!.rows);
      }),
    );
  });

  it('counts how often a row is there', () => {
    fc.assert(
      fc.property(rowSet, fc.nat(), (rows, at) => {
        const doubled = [...rows, rows[at % rows.length]!];
        expect(factsOf(several, [batchOf(several, doubled)]).sums!.rows).not.toEqual(
          factsOf(several, [batchOf(several, rows)]).sums!.rows,
        );
      }),
    );
  });
});

/** Of one column `v`. */
const of = (type: DataType, ...values: unknown[]): string =>
  digestOfRows(
    { names: ['v'], types: [type] },
    values.map((value) => [value]),
  );

const decimal = (scale: number, precision: number, bits: 128 | 256 = 128): Decimal =>
  new Decimal(scale, precision, bits);
const unscaled = (value: bigint, words = 2): Uint32Array =>
  new Uint32Array(BigUint64Array.from({ length: words }, (_, i) => BigInt.asUintN(64, value >> BigInt(64 * i))).buffer);

/** Of decimals, given without their points. */
function ofDecimals(type: Decimal, ...values: bigint[]): string {
  const words = type.bitWidth / 64;
  const data = new Uint32Array(values.flatMap((value) => [...unscaled(value, words)]));
  const schema = new Schema([new Field('v', type, true)]);
  const child = makeData({ type, length: values.length, data });
  const batch = new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: values.length, children: [child] }),
  );
  const facts = factsOf({ names: ['v'], types: [type] }, [batch]);
  return rowsDigest(schemaFingerprint(schema), facts)!;
}

describe('what a value means counts, not how it is stored', () => {
  test('whole numbers of any width, and decimals of any scale', () => {
    const expected = of(new Int64(), 1n, -2n, 12_000n);
    expect(of(new Int16(), 1, -2, 12_000)).toBe(expected);
    expect(of(new Int32(), 1, -2, 12_000)).toBe(expected);
    expect(ofDecimals(decimal(0, 9), 1n, -2n, 12_000n)).toBe(expected);
    expect(ofDecimals(decimal(2, 15), 100n, -200n, 1_200_000n)).toBe(expected);
    expect(ofDecimals(decimal(30, 76, 256), 10n ** 30n, -2n * 10n ** 30n, 12_000n * 10n ** 30n)).toBe(expected);
  });

  test('decimals of any scale and width, in random', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(8), fc.nat(38), (value, scale, more) => {
        const wider = decimal(scale + more, 76, 256);
        expect(ofDecimals(wider, value * 10n ** BigInt(more))).toBe(ofDecimals(decimal(scale, 38), value));
      }),
    );
  });

  test('numbers of two values are two, near every border', () => {
    const borders = [0n, 1n, 9n, 10n, 2n ** 63n, 2n ** 64n, 10n ** 19n, 2n ** 127n - 1n].flatMap((n) => [
      n - 1n,
      n,
      n + 1n,
      -n,
    ]);
    const numbers = [...new Set(borders)].filter((n) => n >= -(2n ** 127n) && n < 2n ** 127n);
    const digests = numbers.flatMap((n) => [0, 1, 5].map((scale) => ofDecimals(decimal(scale, 38), n)));
    const values = new Set(numbers.flatMap((n) => [0, 1, 5].map((scale) => normal(n, scale))));
    expect(new Set(digests).size).toBe(values.size);
  });

  test('floats', () => {
    expect(of(new Float32(), 1.5, NaN, -0)).toBe(of(new Float64(), 1.5, NaN, 0));
    expect(of(new Float32(), 0.1)).not.toBe(of(new Float64(), 0.1));
  });

  test('times', () => {
    const expected = of(new TimestampMicrosecond(), 1_700_123);
    expect(of(new TimestampMillisecond(), 1_700_123)).toBe(expected);
    expect(of(new TimestampNanosecond(), 1_700_123)).toBe(expected);
    expect(of(new TimestampMicrosecond('UTC'), 1_700_123)).not.toBe(expected);
    expect(of(new TimestampMicrosecond('Europe/Helsinki'), 5)).toBe(of(new TimestampMicrosecond('UTC'), 5));
  });

  test('times of day, beside others', () => {
    const expected = of(new TimeMicrosecond(), 61_000_000n, 7_000n, 0n, 86_399_999_000n);
    expect(of(new TimeMillisecond(), 61_000, 7, 0, 86_399_999)).toBe(expected);
    expect(of(new TimeNanosecond(), 61_000_000_000n, 7_000_000n, 0n, 86_399_999_000_000n)).toBe(expected);
    expect(of(new TimeSecond(), 61, 0)).toBe(of(new TimeMicrosecond(), 61_000_000n, 0n));
  });

  test('texts, whatever Arrow keeps them in', () => {
    const texts = ['a', 'b', 'a', null, ''];
    const expected = of(new Utf8(), ...texts);
    expect(of(new LargeUtf8(), ...texts)).toBe(expected);
    expect(of(new Dictionary(new Utf8(), new Int32()), ...texts)).toBe(expected);
  });
});

test('what means another thing has another digest', () => {
  const digests = [
    of(new Utf8(), '1'),
    of(new Int32(), 1),
    of(new Float64(), 1),
    of(new Bool(), true),
    of(new Binary(), Uint8Array.of(49)),
    of(new Utf8(), ''),
    of(new Utf8(), null),
    of(new Utf8(), '1\0'),
    of(new Int32(), 0),
    of(new Int32(), null),
    of(new List(new Field('item', new Int32(), true)), []),
    of(new List(new Field('item', new Int32(), true)), [null]),
    of(new List(new Field('item', new Int32(), true)), [0]),
    of(new List(new Field('item', new Int32(), true)), [1, 2]),
    of(new List(new Field('item', new Int32(), true)), [2, 1]),
    of(new List(new Field('item', new Int64(), true)), [1n], [2n]),
    digestOfRows({ names: ['w'], types: [new Int32()] }, [[1]]),
    digestOfRows({ names: ['v', 'w'], types: [new Int32(), new Int32()] }, [[1, 2]]),
    digestOfRows({ names: ['v', 'w'], types: [new Int32(), new Int32()] }, [[2, 1]]),
    digestOfRows({ names: ['w', 'v'], types: [new Int32(), new Int32()] }, [[1, 2]]),
    digestOfRows({ names: ['v', 'v'], types: [new Int32(), new Int32()] }, [[1, 2]]),
    digestOfRows({ names: ['v', 'v'], types: [new Int32(), new Int32()] }, [[2, 1]]),
  ];
  expect(new Set(digests).size).toBe(digests.length);
});

test('no two of many near values have the same hash in either half', () => {
  const halves = [new Set<bigint>(), new Set<bigint>()];
  const hasher = new BatchHasher(new Schema([new Field('v', new Int64(), true)]));
  for (let i = 0; i < 20_000; i++) {
    const [a, b] = hasher.sumsOf(batchOf({ names: ['v'], types: [new Int64()] }, [[BigInt(i) << BigInt(i % 48)]]))
      .columns[0]!;
    halves[0]!.add(a);
    halves[1]!.add(b);
  }
  const values = new Set(Array.from({ length: 20_000 }, (_, i) => BigInt.asIntN(64, BigInt(i) << BigInt(i % 48))));
  expect(halves.map(({ size }) => size)).toEqual([values.size, values.size]);
});

/** A number as text, without the zeros at its end. */
function normal(value: bigint, scale: number): string {
  let [n, e] = [value, scale];
  while (e > 0 && n % 10n === 0n) [n, e] = [n / 10n, e - 1];
  return `${n}e-${e}`;
}

describe('digestOf, for users of the library', () => {
  const rows: Row[] = [1, 2, 3].map((i) => [BigInt(i), `name ${i}`, i / 2, i, [i], true]);

  it('gives what a run gives of the same rows', async () => {
    const batches = [batchOf(several, rows.slice(0, 1)), batchOf(several, rows.slice(1))];
    const found = await digestOf(batches);
    expect(found).toEqual(await digestOf([batchOf(several, rows.toReversed())]));
    expect(found.digest).toBe(digestOfRows(several, rows));
    expect(found).toMatchObject({ rows: 3, fingerprint: schemaFingerprint(schemaOf(several)) });
    expect(found.columns.map(({ name }) => name)).toEqual(several.names);
  });

  it('of no rows needs their schema, and of batches the same one', async () => {
    expect((await digestOf([], schemaOf(several))).digest).toBe(digestOfRows(several));
    await expect(digestOf([])).rejects.toThrow('neither a record batch nor a schema');
    const other = batchOf({ names: ['v'], types: [new Int32()] }, [[1]]);
    await expect(digestOf([batchOf(several, rows), other])).rejects.toThrow('batches differ in their schema');
  });
});
