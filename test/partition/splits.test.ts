import {
  Bool,
  DateDay,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
  vectorFromArray,
  type DataType,
  Field,
} from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seedsOf } from '../../src/core/digest/seeds.js';
import type { Column, LogicalType } from '../../src/core/types.js';
import { checkSplit } from '../../src/partition/check-split.js';
import { routerOf } from '../../src/partition/router.js';
import type { HashSplit, Split } from '../../src/partition/split.js';
import { byteForm, xxh64 } from '../core/digest/reference.js';

const about = { sourceType: 'a type', wire: '', exactness: 'exact', redacted: false } as const;
const column = (name: string, type: LogicalType): Column => ({ name, type, ...about });
const int32 = column('id', { kind: 'int', bits: 32 });
const text = column('name', { kind: 'text' });

function batchOf(columns: readonly (readonly [string, DataType, readonly unknown[]])[]): RecordBatch {
  const schema = new Schema(columns.map(([name, type]) => new Field(name, type, true)));
  const children = columns.map(([, type, values]) => vectorFromArray(values, type).data[0]!);
  const length = columns[0]![2].length;
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, children }));
}

const parts = [
  { name: 'train', below: 700_000_000 },
  { name: 'validation', below: 850_000_000 },
  { name: 'test', below: 1_000_000_000 },
];
const byHash = (change: Partial<HashSplit> = {}): HashSplit => ({
  by: 'hash',
  key: ['id'],
  salt: '',
  parts,
  nullKeys: 'fail',
  ...change,
});

function route(split: Split, columns: readonly Column[], batch: RecordBatch): string[] {
  checkSplit(split, { name: 't', columns });
  const { keys, of } = routerOf({ split, entities: false }, columns).route(batch, batch);
  return [...of].map((part) => keys[part]!);
}

/** docs/splits.md, in BigInts. */
function expectedPart(key: readonly (number | string)[], salt: string): string {
  const mask = 2n ** 64n - 1n;
  const words = (bytes: Uint8Array): bigint[] => [...new BigUint64Array(Uint8Array.from(bytes).buffer)];
  const sum = key.map((value, occurrence) => {
    const kind = typeof value === 'number' ? 'number' : 'text';
    const form = typeof value === 'number' ? [BigInt.asUintN(64, BigInt(value))] : byteForm(Buffer.from(value));
    return words(seedsOf({ place: 'key', kind, occurrence, name: '' })).map((seed) => xxh64(form, seed));
  });
  const total = [0, 1].map((half) => sum.reduce((all, pair) => (all + pair[half]!) & mask, 0n));
  const [seed] = words(seedsOf({ place: 'split', kind: 'struct', name: salt }));
  const position = (xxh64(total, seed!) * 1_000_000_000n) >> 64n;
  return parts.find(({ below }) => position < BigInt(below))!.name;
}

describe('a split by hash', () => {
  it('is what the page says, for any keys', () => {
    const keys = fc.array(fc.tuple(fc.integer(), fc.string()), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(keys, fc.string(), (values, salt) => {
        const batch = batchOf([
          ['id', new Int32(), values.map(([id]) => id)],
          ['name', new Utf8(), values.map(([, name]) => name)],
        ]);
        const columns = [int32, text];
        expect(route(byHash({ salt }), columns, batch)).toEqual(values.map(([id]) => expectedPart([id], salt)));
        const both = byHash({ key: ['name', 'id'], salt });
        expect(route(both, columns, batch)).toEqual(values.map(([id, name]) => expectedPart([name, id], salt)));
      }),
    );
  });

  it('does not depend on the type’s width, nor on the batch', () => {
    const ids = Array.from({ length: 5000 }, (_, i) => i);
    const narrow = route(byHash(), [int32], batchOf([['id', new Int32(), ids]]));
    const wide = batchOf([['id', new Int64(), ids.map(BigInt)]]);
    expect(route(byHash(), [column('id', { kind: 'int', bits: 64 })], wide)).toEqual(narrow);
    expect(route(byHash(), [column('id', { kind: 'int', bits: 64 })], wide.slice(3000, 3100))).toEqual(
      narrow.slice(3000, 3100),
    );
    const counts = parts.map(({ name }) => narrow.filter((part) => part === name).length);
    expect(counts.map((count) => Math.round(count / 50))).toEqual([
      expect.closeTo(70, -0.5),
      expect.closeTo(15, -0.5),
      expect.closeTo(15, -0.5),
    ]);
  });

  it('of rows without a key sends the same rows to the same part', () => {
    const rows = batchOf([
      ['id', new Int32(), [1, 2, 1, 3, 2]],
      ['name', new Utf8(), ['a', 'b', 'a', 'c', 'b']],
    ]);
    const found = route(byHash({ key: [] }), [int32, text], rows);
    expect([found[2], found[4]]).toEqual([found[0], found[1]]);
    const many = batchOf([['id', new Int32(), Array.from({ length: 3000 }, (_, i) => i)]]);
    const train = route(byHash({ key: [] }), [int32], many).filter((part) => part === 'train').length;
    expect(train / 30).toBeCloseTo(70, -0.7);
  });

  it('refuses rows without a key, or sends them where they are to go', () => {
    const batch = batchOf([['id', new Int32(), [1, null, 3]]]);
    expect(() => route(byHash(), [int32], batch)).toThrow(
      expect.objectContaining({
        code: 'data.misfit',
        column: 0,
        row: 1,
        message: expect.stringContaining('NULL belongs to no split') as string,
      }),
    );
    const found = route(byHash({ nullKeys: { to: 'unknown' } }), [int32], batch);
    expect(found[1]).toBe('unknown');
    expect(found[0]).toBe(expectedPart([1], ''));
  });
});

describe('a split by time', () => {
  const byTime = (cuts: readonly string[]): Split => ({
    by: 'time',
    key: [],
    column: 'at',
    cuts,
    names: ['train', 'test'],
    nullKeys: 'fail',
  });

  it('of dates', () => {
    const days = ['2023-12-31', '2024-01-01', '2024-01-02'].map((day) => new Date(day));
    const batch = batchOf([['at', new DateDay(), days]]);
    expect(route(byTime(['2024-01-01']), [column('at', { kind: 'date' })], batch)).toEqual(['train', 'test', 'test']);
  });

  it('of moments, to the microsecond', () => {
    const at = BigInt(Date.UTC(2024, 0, 1, 12)) * 1000n;
    const data = makeData({
      type: new TimestampMicrosecond('UTC'),
      length: 3,
      data: BigInt64Array.of(at - 1n, at, at + 1n),
    });
    const schema = new Schema([new Field('at', data.type, true)]);
    const batch = new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: 3, children: [data] }));
    const columns = [column('at', { kind: 'timestamp', utc: true })];
    for (const cut of ['2024-01-01T12:00:00Z', '2024-01-01 13:30+01:30', '2024-01-01T12:00:00.000000']) {
      expect(route(byTime([cut]), columns, batch)).toEqual(['train', 'test', 'test']);
    }
    expect(route(byTime(['2024-01-01T12:00:00.000001Z']), columns, batch)).toEqual(['train', 'train', 'test']);
  });

  it('needs cuts that the column can have', () => {
    expect(() =>
      checkSplit(byTime(['2024-01-01T12:00']), { name: 't', columns: [column('at', { kind: 'date' })] }),
    ).toThrow('has a time of day');
    const clock = column('at', { kind: 'timestamp', utc: false });
    expect(() => checkSplit(byTime(['2024-01-01T12:00Z']), { name: 't', columns: [clock] })).toThrow('has a zone');
  });
});

describe('a split by a column', () => {
  const byColumn = {
    by: 'column',
    key: [],
    column: 'part',
    names: { a: 'train', b: 'test' },
    nullKeys: 'fail',
  } as const;

  it('sends values to the parts that are named for them', () => {
    const batch = batchOf([['part', new Utf8(), ['b', 'a', 'b']]]);
    expect(route(byColumn, [column('part', { kind: 'text' })], batch)).toEqual(['test', 'train', 'test']);
    const flags: Split = { ...byColumn, names: { true: 'test', false: 'train' } };
    expect(route(flags, [column('part', { kind: 'bool' })], batchOf([['part', new Bool(), [true, false]]]))).toEqual([
      'test',
      'train',
    ]);
  });

  it('refuses another value', () => {
    const batch = batchOf([['part', new Utf8(), ['b', 'c']]]);
    expect(() => route(byColumn, [column('part', { kind: 'text' })], batch)).toThrow('no split is named for "c"');
    const hidden = { ...column('part', { kind: 'text' }), redacted: true };
    expect(() => route(byColumn, [hidden], batch)).toThrow('(hidden: the column is redacted)');
  });
});

describe('columns that cannot decide', () => {
  it.each<[LogicalType, string]>([
    [{ kind: 'float', bits: 64 }, 'cannot be a key: the same number can come out as two'],
    [{ kind: 'json' }, 'cannot be a key: only single values can'],
    [{ kind: 'list', of: { kind: 'text' } }, 'cannot be a key: only single values can'],
  ])('%j is no key', (type, message) => {
    expect(() => checkSplit(byHash(), { name: 't', columns: [column('id', type)] })).toThrow(message);
  });

  it('one that is not there is named, with those that are', () => {
    expect(() => checkSplit(byHash({ key: ['nam'] }), { name: 't', columns: [int32, text] })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('t has no column "nam". Did you mean "name"?') as string,
        hint: 'Its columns: id, name.',
      }),
    );
  });
});
