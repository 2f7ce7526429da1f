import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snapshot, type SnapshotOptions, verify } from '../../../dist/index.js';
import { duckdb } from '../../readers/duckdb.js';
import { type BigQueryStandIn, startBigQuery } from '../../servers/bigquery/bigquery.js';
import { Seeded } from '../../snapshot/types/random/seeded.js';
import { rowsApart } from '../rows-apart.js';
import { emptyFolder } from '../../support/cli.js';
import { rounds } from '../../support/long-form.js';

/* Cut into five streams or partitions; half of them are there when a chain begins. */
const rowCount = rounds({ short: 500, long: 1500 });
const early = Math.floor(rowCount / 2);
let service: BigQueryStandIn;
let digest: string | undefined;
let rows: readonly Record<string, unknown>[];

const random = new Seeded(20_240_630);
const orNull = <T>(value: () => T): T | null => (random.chance(0.2) ? null : value());
const list = <T>(value: () => T): T[] => random.many(random.int(0, 3), value);
const oneOf =
  (...values: readonly string[]) =>
  (): string =>
    random.pick(values);

const int = oneOf('-9223372036854775808', '9223372036854775807', '0', '9007199254740993', '-77');
const text = oneOf('', 'NULL', '\\N', 'a,b"c\n', '😀', ' ', '\t', "'", 'x'.repeat(40));
const bytes = (): string => Buffer.from(text()).toString('base64');
const day = oneOf('0001-01-01', '9999-12-31', '1969-12-31', '2024-02-29', '1582-10-15', '1582-10-04');
const clock = oneOf('00:00:00', '23:59:59.999999', '12:00:00.1');
const instant = oneOf(
  ...['0001-01-01 00:00:00+00', '9999-12-31 23:59:59.999999+00', '1969-12-31 23:59:59.999999+00'],
  '2024-06-01 12:00:00.000001+00',
);
const numeric = oneOf('-99999999999999999999999999999.999999999', '0.000000001', '0', '123.45', '-0.5');
const big = oneOf(
  '-578960446186580977117854925043439539266.34992332820282019728792003956564819968',
  ...['0.00000000000000000000000000000000000001', '5', '-12.5'],
);
const interval = oneOf(
  '1-2 -3 4:5:6.789012',
  '0-0 0 0:0:0',
  '-9999-11 0 -0:0:0.000001',
  '0-0 3660000 2562047:47:16.854775',
);
const json = oneOf('null', '{"a":9007199254740993}', '[1,2.50,"x"]', '"s"', '1e400');
const days = oneOf('[2024-01-01, UNBOUNDED)', '[UNBOUNDED, 0001-01-02)');

const repeated = { mode: 'REPEATED' } as const;
const schema = [
  { name: 'select', type: 'INTEGER' },
  { name: 'Größe', type: 'STRING' },
  { name: 'ratio', type: 'FLOAT' },
  { name: 'raw', type: 'BYTES' },
  { name: 'price', type: 'NUMERIC' },
  { name: 'big', type: 'BIGNUMERIC' },
  { name: 'day', type: 'DATE' },
  { name: 'at', type: 'TIMESTAMP' },
  { name: 'civil', type: 'DATETIME' },
  { name: 'clock', type: 'TIME' },
  { name: 'doc', type: 'JSON' },
  { name: 'gap', type: 'INTERVAL' },
  {
    ...{ name: 'items', type: 'RECORD', ...repeated },
    fields: [
      { name: 'id', type: 'INTEGER' },
      {
        ...{ name: 'inner', type: 'RECORD' },
        fields: [
          { name: 'price', type: 'NUMERIC', precision: 12, scale: 2 },
          { name: 'words', type: 'STRING', ...repeated },
          { name: 'gap', type: 'INTERVAL' },
          { name: 'days', type: 'RANGE', rangeElementType: { type: 'DATE' } },
        ],
      },
      { name: 'times', type: 'TIMESTAMP', ...repeated },
    ],
  },
  { name: 'spans', type: 'RANGE', rangeElementType: { type: 'DATE' }, ...repeated },
  { name: 'bigs', type: 'BIGNUMERIC', ...repeated },
  { name: 'flags', type: 'BOOLEAN', ...repeated },
  { name: 'raws', type: 'BYTES', ...repeated },
];

const row = (_: unknown, index: number): Record<string, unknown> => ({
  select: String(index),
  Größe: orNull(text),
  ratio: orNull(oneOf('NaN', 'Infinity', '-Infinity', '-0.0', '1e308', '5e-324', '0.1')),
  raw: orNull(bytes),
  price: orNull(numeric),
  big: orNull(big),
  day: orNull(day),
  at: orNull(instant),
  civil: orNull(() => `${day()}T${clock()}`),
  clock: orNull(clock),
  doc: orNull(json),
  gap: orNull(interval),
  items: list(() => ({
    id: orNull(int),
    inner: orNull(() => ({
      price: orNull(oneOf('1234567890.12')),
      words: list(text),
      gap: orNull(interval),
      days: orNull(days),
    })),
    times: list(instant),
  })),
  spans: list(days),
  bigs: list(big),
  flags: list(oneOf('true', 'false')),
  raws: list(bytes),
});

const make = (what: Partial<SnapshotOptions>): ReturnType<typeof snapshot> =>
  snapshot(
    { source: service.url('shop'), dataset: 'dataset://random/v1', out: emptyFolder('out'), table: 'random', ...what },
    { env: { ...service.env, GCP_IAM: '1', TIDEMARK_MASK_KEY: 'k'.repeat(40) } },
  );

/** Those that files can have: without what lists and records of files do not. */
const filesSchema = [
  ...schema.filter(({ name }) => !['gap', 'items', 'spans', 'bigs'].includes(name)),
  { name: 'narrow', type: 'BIGNUMERIC', precision: 38, scale: 9 },
  { name: 'days', type: 'RANGE', rangeElementType: { type: 'DATE' } },
  { name: 'hours', type: 'RANGE', rangeElementType: { type: 'TIMESTAMP' } },
  { name: 'times', type: 'TIMESTAMP', ...repeated },
  { name: 'odd \'"? \u{1F600}', type: 'STRING' },
  { name: 'end', type: 'JSON' },
  {
    ...{ name: 'deep', type: 'RECORD', ...repeated },
    fields: [
      { name: 'from', type: 'INTEGER' },
      {
        ...{ name: 'inner', type: 'RECORD', ...repeated },
        fields: [
          { name: 'price', type: 'NUMERIC', precision: 12, scale: 2 },
          { name: 'words', type: 'STRING', ...repeated },
          { name: 'at', type: 'TIMESTAMP' },
          { name: 'civil', type: 'DATETIME' },
          { name: 'clock', type: 'TIME' },
          { name: 'raw', type: 'BYTES' },
          { name: 'flag', type: 'BOOLEAN' },
          { name: 'ratio', type: 'FLOAT' },
          { name: 'days', type: 'DATE', ...repeated },
        ],
      },
      {
        name: 'one',
        type: 'RECORD',
        fields: [{ name: 'only', type: 'RECORD', fields: [{ name: 'x', type: 'STRING' }] }],
      },
    ],
  },
];

const momentLike = oneOf('2024-01-01 00:00:00', '2024-01-01T00:00:00Z', '12:00:00', '1', 'true', 'AA==');
const ratio = oneOf('NaN', 'Infinity', '-Infinity', '-0.0', '1e308', '5e-324', '0.1');
const filesRow = (given: Record<string, unknown>): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(given).filter(([name]) => !['gap', 'items', 'spans', 'bigs'].includes(name))),
  narrow: orNull(numeric),
  days: orNull(days),
  hours: orNull(
    oneOf('[0001-01-01 00:00:00+00, UNBOUNDED)', '[1969-12-31 23:59:59.999999+00, 9999-12-31 23:59:59.999999+00)'),
  ),
  times: list(instant),
  'odd \'"? \u{1F600}': orNull(momentLike),
  end: orNull(json),
  deep: list(() => ({
    from: orNull(int),
    inner: list(() => ({
      price: orNull(oneOf('1234567890.12', '-0.01')),
      words: list(text),
      at: orNull(instant),
      civil: orNull(() => `${day()}T${clock()}`),
      clock: orNull(clock),
      raw: orNull(bytes),
      flag: orNull(oneOf('true', 'false')),
      ratio: orNull(ratio),
      days: list(day),
    })),
    one: orNull(() => ({ only: orNull(() => ({ x: orNull(momentLike) })) })),
  })),
});

beforeAll(async () => {
  service = await startBigQuery({ rowsPerStream: rowCount / 5 });
  Object.assign(process.env, service.env);
  rows = Array.from({ length: rowCount }, row);
  await service.createTable({ dataset: 'shop', table: 'random', schema, rows });
  digest = (await make({})).digest;
  await service.createTable({ dataset: 'shop', table: 'files', schema: filesSchema, rows: rows.map(filesRow) });
  await service.createBucket('lake');
});
afterAll(() => service.stop());

it.each<[string, Partial<SnapshotOptions>]>([
  ['by pages', { via: 'rest' }],
  ['as CSV', { format: 'csv' }],
  ['as CSV, by pages', { format: 'csv', via: 'rest' }],
  ['as zstd', { compression: 'zstd' }],
  ['in splits', { split: 'train=0.8,test=0.2', splitKey: 'select' }],
  ['in partitions', { partitionBy: 'day' }],
  ['by a query', { table: undefined, query: 'SELECT * FROM shop.random' }],
])('random rows are the same %s', async (_, what) => {
  const made = await make(what);
  expect([made.rows, made.digest, (await verify(made.location)).findings]).toEqual([rowCount, digest, []]);
});

it('plain values are those that the table was given', async () => {
  const { location, shards } = await make({ table: undefined, query: 'SELECT * FROM shop.random ORDER BY `select`' });
  const columns = await duckdb.read(join(location, shards[0]!.path));
  const valuesOf = (name: string): unknown => columns.find((column) => column.name === name)!.values;
  for (const name of ['select', 'Größe', 'big', 'day', 'doc'])
    expect(valuesOf(name), name).toEqual(rows.map((one) => one[name]));
});

describe('random rows, as files that the database writes,', () => {
  const unload = (what: Partial<SnapshotOptions>): ReturnType<typeof snapshot> =>
    make({
      ...{ source: `${service.url('shop')}&gcs-endpoint=${service.rest}`, via: 'unload', staging: 'gs://lake/staging' },
      ...{ table: 'files', ...what },
    });

  it.each<[string, Partial<SnapshotOptions>]>([
    ['as they are', {}],
    ['as CSV', { format: 'csv' }],
    ['as zstd', { compression: 'zstd' }],
    ['in splits', { split: 'train=0.8,test=0.2', splitKey: 'select' }],
    ['in partitions', { partitionBy: 'day' }],
    ['masked', { mask: { Größe: 'hash', raw: 'hash', select: 'hash', price: 'null', at: 'year' } }],
    ['by a query', { table: undefined, query: 'SELECT * FROM shop.files' }],
    ['without NULL', { table: undefined, query: 'SELECT * FROM shop.files WHERE deep IS NOT NULL AND days IS NULL' }],
  ])('are the same %s', async (_, what) => {
    const read = await make({ table: 'files', ...what });
    const made = await unload(what);
    expect([made.rows, made.digest, (await verify(made.location)).findings]).toEqual([read.rows, read.digest, []]);
  });

  it('are the same for other readers', async () => {
    expect(await rowsApart(await make({ table: 'files' }), await unload({}))).toBe('0');
  });

  it.each<[string, boolean]>([
    ['goes on from rows', false],
    ['is gone on from by rows', true],
  ])('an increment %s', async (_, isFirst) => {
    const out = emptyFolder('chain');
    const name = { dataset: 'shop', table: `chain_${String(isFirst)}` };
    const all = rows.map(filesRow);
    await service.createTable({ ...name, schema: filesSchema, rows: all.slice(0, early) });
    const next = (version: string, isUnloaded: boolean): ReturnType<typeof snapshot> =>
      (isUnloaded ? unload : make)({
        ...{ table: name.table, out, dataset: `dataset://chain/${version}`, parent: join(out, 'chain') },
        ...{ firstRun: true, cursor: 'select', lag: '50' },
      });
    await next('1', isFirst);
    await service.change({ ...name, append: all.slice(early) });
    expect(await next('2', !isFirst)).toMatchObject({ rows: rowCount - early, chain: { rows: rowCount } });
    expect((await verify(join(out, 'chain', '2'))).findings).toEqual([]);
  });
});
