import type { RecordBatch } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/core/digest/of-batches.js';
import type { Column, LogicalType } from '../../../src/core/types.js';
import { read } from '../../../src/shard/csv/read/rows.js';
import { csvTypeName } from '../../../src/shard/csv/type-name.js';
import { assembler, encoder } from '../../../src/shard/csv/shard-format.js';
import { arrowText } from '../../readers/arrow-text.js';
import * as canonical from '../../readers/canonical.js';
import { batchOf } from '../parquet/columns.js';
import { type Kind, type Value } from '../parquet/kind.js';
import { fileOf } from '../random-batches.js';

/** A type, as the format and as the tests have it, how its values are made, and what JSON they are. */
interface Nested {
  readonly type: LogicalType;
  readonly kind: Kind;
  readonly value: fc.Arbitrary<Value>;
  json(value: Value): string;
}

const quoted = (text: string): string => JSON.stringify(text);
const bigint = (bits: number) => fc.bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n });

const floatJson =
  (bits: 32 | 64) =>
  (value: Value): string => {
    if (Object.is(value, -0)) return '-0.0';
    const text = canonical.floatText(value as number, bits)!;
    return Number.isFinite(value) ? text : quoted(text);
  };

const scalars: readonly Nested[] = [
  { type: { kind: 'bool' }, kind: { kind: 'bool' }, value: fc.boolean(), json: String },
  { type: { kind: 'int', bits: 64 }, kind: { kind: 'int', bits: 64 }, value: bigint(64), json: String },
  {
    type: { kind: 'float', bits: 64 },
    kind: { kind: 'float', bits: 64 },
    value: fc.oneof(fc.double(), fc.constant(-0)),
    json: (value) => (Number.isFinite(value) && !Object.is(value, -0) ? String(value) : floatJson(64)(value)),
  },
  {
    type: { kind: 'decimal', precision: 38, scale: 9 },
    kind: { kind: 'decimal', precision: 38, scale: 9 },
    value: fc.oneof(fc.bigInt({ min: 1n - 10n ** 38n, max: 10n ** 38n - 1n }), bigint(8)),
    json: (value) => canonical.decimalText(value as bigint, 9)!,
  },
  {
    type: { kind: 'text' },
    kind: { kind: 'text' },
    value: fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('', '"', '\\', '\\"', '\0', '\u001f\n\r\t\b\f', 'null', 'a,b', '/', '\u007f\u2028'),
    ),
    json: (value) => quoted(value as string),
  },
  { type: { kind: 'json' }, kind: { kind: 'json' }, value: fc.json(), json: (value) => quoted(value as string) },
  {
    type: { kind: 'binary' },
    kind: { kind: 'binary' },
    value: fc.uint8Array({ maxLength: 20 }),
    json: (value) => quoted(Buffer.from(value as Uint8Array).toString('base64')),
  },
  {
    type: { kind: 'uuid' },
    kind: { kind: 'uuid' },
    value: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    json: (value) => quoted(canonical.uuidText(value as Uint8Array)!),
  },
  {
    type: { kind: 'date' },
    kind: { kind: 'date' },
    value: fc.bigInt({ min: -700_000n, max: 2_900_000n }),
    json: (value) => quoted(canonical.dateText(value as bigint)!),
  },
  {
    type: { kind: 'timestamp', utc: true },
    kind: { kind: 'timestamp', unit: 'us', zone: 'UTC' },
    value: fc.bigInt({ min: 0n, max: 2n ** 57n }),
    json: (value) => quoted(canonical.timestampText(value as bigint, 1_000_000n, true)!),
  },
];

const orNull = (value: fc.Arbitrary<Value>) => fc.option(value, { nil: null, freq: 4 });
const jsonOf = ({ json }: Nested, value: Value): string => (value === null ? 'null' : json(value));

/** Names of fields that JSON has to escape, and one that comes twice in another place. */
const names = ['a', 'b "c"', 'd\\', 'é\n'];

function nested(depth: number): fc.Arbitrary<Nested> {
  const scalar = fc.constantFrom(...scalars);
  if (depth === 0) return scalar;
  const inner = nested(depth - 1);
  const list = inner.map((of): Nested => ({
    type: { kind: 'list', of: of.type },
    kind: { kind: 'list', of: of.kind },
    value: fc.array(orNull(of.value), { maxLength: 4 }),
    json: (value) => `[${(value as Value[]).map((item) => jsonOf(of, item)).join(',')}]`,
  }));
  const struct = fc.array(inner, { minLength: 1, maxLength: 4 }).map((fields): Nested => ({
    type: { kind: 'struct', fields: fields.map(({ type }, i) => ({ name: names[i]!, type })) },
    kind: { kind: 'struct', fields: Object.fromEntries(fields.map(({ kind }, i) => [names[i]!, kind])) },
    value: fc.tuple(...fields.map(({ value }) => orNull(value))),
    json: (value) =>
      `{${fields.map((field, i) => `${quoted(names[i]!)}:${jsonOf(field, (value as Value[])[i]!)}`).join(',')}}`,
  }));
  const map = fc.tuple(fc.constantFrom(scalars[4]!, scalars[1]!), inner).map(([key, of]): Nested => ({
    type: { kind: 'map', key: key.type, value: of.type },
    kind: { kind: 'map', key: key.kind, of: of.kind },
    value: fc.uniqueArray(fc.tuple(key.value, orNull(of.value)), { maxLength: 4, selector: ([one]) => one }),
    json: (value) => {
      const entries = (value as [Value, Value][]).map(([one, other]) => [key.json(one), jsonOf(of, other)] as const);
      return key.type.kind === 'text'
        ? `{${entries.map(([one, other]) => `${one}:${other}`).join(',')}}`
        : `[${entries.map(([one, other]) => `{"key":${one},"value":${other}}`).join(',')}]`;
    },
  }));
  return fc.oneof(
    { weight: 1, arbitrary: scalar },
    ...[list, struct, map].map((arbitrary) => ({ weight: 2, arbitrary })),
  );
}

const about = { sourceType: 'a type', wire: '', exactness: 'exact', redacted: false } as const;

async function written(column: Column, batches: readonly RecordBatch[]): Promise<Buffer> {
  const options = { format: 'csv', compression: 'none', createdBy: '', csv: { separator: ',', null: 'NULL' } } as const;
  const lines = await encoder([column], options);
  const file = assembler([column], options);
  const pieces = [Buffer.from(file.begin())];
  for (const batch of batches) pieces.push(Buffer.from(file.add(lines.encode(batch))));
  return Buffer.concat(pieces);
}

const as = (column: Column) =>
  ({ columns: [column], compression: 'none', csv: { separator: ',', null: 'NULL' } }) as const;

async function readBack(bytes: Uint8Array, column: Column): Promise<RecordBatch[]> {
  const found: RecordBatch[] = [];
  for await (const batch of read(fileOf(bytes), { bytes: bytes.length, as: as(column) })) found.push(batch);
  return found;
}

const texts = (batches: readonly RecordBatch[]): string[] =>
  batches.flatMap(({ data, numRows }) =>
    Array.from({ length: numRows }, (_, row) => JSON.stringify(arrowText(data.children[0]!, row))),
  );

describe('nested values in CSV files', () => {
  it('are JSON with all digits, and come back as they were', async () => {
    const cases = nested(3).chain((of) =>
      fc.tuple(
        fc.constant(of),
        fc.array(fc.array(orNull(of.value), { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 3 }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([of, groups]) => {
        const column: Column = { name: 'c', type: of.type, ...about };
        const batches = groups.map((values) => batchOf([{ name: 'c', kind: of.kind, nullable: true, values }]));
        const bytes = await written(column, batches);
        const isNested = ['list', 'struct', 'map'].includes(of.type.kind);
        if (isNested) {
          const lines = groups.flat().map((value) => (value === null ? 'NULL' : field(jsonOf(of, value))));
          expect(bytes.toString()).toBe(['c', ...lines, ''].join('\n'));
        }
        const found = await readBack(bytes, column);
        expect(texts(found)).toEqual(texts(batches));
        if (isNested) expect((await digestOf(found)).digest).toBe((await digestOf(batches)).digest);
      }),
      { numRuns: 300 },
    );
  });

  it('have the names of JSON in the type ledger', () => {
    const text = { kind: 'text' } as const;
    const int = { kind: 'int', bits: 32 } as const;
    const maps = [text, int].map((key) => csvTypeName({ kind: 'map', key, value: int }));
    expect(maps).toEqual(['object', 'array']);
    expect(csvTypeName({ kind: 'list', of: text })).toBe('array');
    expect(csvTypeName({ kind: 'struct', fields: [] })).toBe('object');
  });

  const int = { kind: 'int', bits: 32 } as const;
  it.each<[LogicalType, string]>([
    [{ kind: 'list', of: int }, '[1,2'],
    [{ kind: 'list', of: int }, '[1,]'],
    [{ kind: 'list', of: int }, '[1]]'],
    [{ kind: 'list', of: int }, '[1, 2]'],
    [{ kind: 'list', of: int }, '[1.5]'],
    [{ kind: 'list', of: int }, '1'],
    [{ kind: 'list', of: { kind: 'text' } }, '["a]'],
    [{ kind: 'list', of: { kind: 'text' } }, '["\\x"]'],
    [{ kind: 'list', of: { kind: 'text' } }, '["\\u0041"]'],
    [{ kind: 'struct', fields: [{ name: 'a', type: int }] }, '{"b":1}'],
    [{ kind: 'struct', fields: [{ name: 'a', type: int }] }, '{}'],
    [{ kind: 'struct', fields: [{ name: 'a', type: int }] }, '{"a":1,"b":2}'],
    [{ kind: 'map', key: int, value: int }, '{"1":2}'],
  ])('of %j that are %s are refused', async (type, json) => {
    const column: Column = { name: 'c', type, ...about };
    await expect(readBack(Buffer.from(`c\n${field(json)}\n`), column)).rejects.toMatchObject({
      code: 'verification.failed',
      message: expect.stringMatching(/in row 1, column c/) as string,
    });
  });
});

function field(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
