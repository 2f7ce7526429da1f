import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snapshot, type SnapshotOptions, verify } from '../../../dist/index.js';
import { duckdb } from '../../readers/duckdb.js';
import { type SnowflakeStandIn, startSnowflake } from '../../servers/snowflake/snowflake.js';
import { startStrictS3, type StrictS3 } from '../../servers/s3/strict.js';
import { Seeded } from '../../snapshot/types/random/seeded.js';
import { rowsApart } from '../rows-apart.js';
import { emptyFolder } from '../../support/cli.js';
import { rounds } from '../../support/long-form.js';
import { keyOf, urlOf } from './chain.js';

/* Cut into five streams or partitions; half of them are there when a chain begins. */
const rowCount = rounds({ short: 500, long: 1500 });
const early = Math.floor(rowCount / 2);
let service: SnowflakeStandIn;
let digest: string | undefined;
let store: StrictS3;
let filesRows: readonly Record<string, unknown>[];
let rows: readonly Record<string, unknown>[];

const random = new Seeded(20_240_630);
const orNull = <T>(value: () => T): T | null => (random.chance(0.2) ? null : value());
const oneOf =
  (...values: readonly string[]) =>
  (): string =>
    random.pick(values);
const digits = (count: number): string => random.many(count, () => String(random.int(0, 9))).join('');
const whole = (most: number) => (): string =>
  `${random.chance(0.5) ? '-' : ''}${random.int(1, 9)}${digits(random.int(0, most - 1))}`;

const text = oneOf(
  '',
  'NULL',
  '\\N',
  'a,b"c\n',
  '😀',
  ' ',
  '\t',
  "'",
  '\u0001',
  '\\u0041',
  'x'.repeat(400),
  'é'.repeat(90),
);
const day = oneOf('0001-01-01', '9999-12-31', '1969-12-31', '2024-02-29', '1582-10-15', '1582-10-04');
const clock = oneOf('00:00:00', '23:59:59.999999', '12:00:00.1');
const moment = (): string => `${day()} ${clock()}`;
const offset = oneOf('+00:00', '+05:30', '-11:00', '-11:30', '+14:00', '-00:30');
const json = oneOf('null', '{"a":9007199254740993}', '[1,2.50,"x"]', '"s"', '1e400', '{"\\u0000":"\\ud83d\\ude00"}');

const types = {
  select: ['NUMBER(38,0)', undefined],
  Größe: ['VARCHAR', text],
  RATIO: ['FLOAT', oneOf('NaN', 'inf', '-inf', '1e308', '5e-324', '0.1', '-123456.789', '1234567890123456')],
  SMALL: ['NUMBER(9,0)', whole(9)],
  BIG: ['NUMBER(18,0)', whole(18)],
  HUGE: ['NUMBER(38,0)', whole(38)],
  PRICE: ['NUMBER(38,10)', (): string => `${whole(28)()}.${digits(10)}`],
  FLAG: ['BOOLEAN', oneOf('true', 'false')],
  RAW: ['BINARY', (): string => Buffer.from(text()).toString('hex')],
  DAY: ['DATE', day],
  CLOCK: ['TIME(9)', oneOf('00:00:00', '23:59:59.999999999', '12:00:00.000000001')],
  CIVIL: ['TIMESTAMP_NTZ(9)', moment],
  AT: ['TIMESTAMP_LTZ(6)', moment],
  ZONED: ['TIMESTAMP_TZ(9)', (): string => `2024-0${random.int(1, 9)}-11 ${clock()} ${offset()}`],
  DOC: ['VARIANT', json],
  LIST: ['ARRAY', oneOf('[]', '[null]', '["a",1e2]')],
  FEATURES: ['VECTOR(FLOAT, 2)', oneOf('[0.5,-0.25]', '[1,100000]')],
} as const;

const row = (_: unknown, index: number): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(types).map(([name, [, value]]) => [
      name,
      value === undefined ? String(index) : orNull<string>(value),
    ]),
  );

const make = (what: Partial<SnapshotOptions>): ReturnType<typeof snapshot> =>
  snapshot(
    { source: urlOf(service), dataset: 'dataset://random/v1', out: emptyFolder('out'), table: 'random', ...what },
    { env: { ...keyOf(service), ...store?.env, TIDEMARK_MASK_KEY: 'k'.repeat(40) } },
  );

/** Those that files can have, with names that need quoting, and whole documents without blanks: those of files have none. */
const filesTypes: Record<string, readonly [string, (() => string) | undefined]> = {
  ...Object.fromEntries(Object.entries(types).filter(([name]) => !['DOC', 'LIST', 'FEATURES'].includes(name))),
  'odd "name" \\ \'q\' `t` a.b \u{1F600}?': ['VARCHAR', oneOf('2024-01-01 00:00:00', '12:00:00', 'AA', '1', 'true')],
  from: ['VARIANT', oneOf('null', '1', '"2024-01-01 00:00:00"', '[1,2]')],
  MILLIS: ['TIMESTAMP_NTZ(3)', (): string => `${day()} ${oneOf('23:59:59.999', '00:00:00.001')()}`],
  SECONDS: ['TIMESTAMP_LTZ(0)', (): string => `${day()} ${oneOf('23:59:59', '00:00:00')()}`],
  CLOCK0: ['TIME(0)', oneOf('00:00:00', '23:59:59')],
  CLOCK3: ['TIME(3)', oneOf('00:00:00.001', '23:59:59.999')],
  ZONED0: [
    'TIMESTAMP_TZ(0)',
    (): string => `${oneOf('1969-12-31', '0002-01-01', '9998-12-31')()} 23:59:59 ${offset()}`,
  ],
  ZONED6: ['TIMESTAMP_TZ(6)', (): string => `${oneOf('1969-12-31', '0002-01-01')()} ${clock()} ${offset()}`],
  NOTHING: ['VARCHAR', (): string => undefined as never],
};
const filesRow = (_: unknown, index: number): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(filesTypes).map(([name, [, value]]) => [
      name,
      value === undefined ? String(index) : (orNull<string>(value) ?? null),
    ]),
  );

const createFiles = (table: string, some: readonly Record<string, unknown>[]): Promise<unknown> =>
  service.createTable({
    table,
    columns: Object.entries(filesTypes).map(([name, [type]]) => ({ name, type })),
    rows: some,
    at: new Date(Date.now() - 60_000).toISOString(),
  });

beforeAll(async () => {
  service = await startSnowflake({ partitionRows: rowCount / 5, chunkRows: Math.ceil(rowCount / 9), inlineRows: 10 });
  rows = Array.from({ length: rowCount }, row);
  const columns = Object.entries(types).map(([name, [type]]) => ({ name, type }));
  await service.createTable({ table: 'RANDOM', columns, rows, at: new Date(Date.now() - 60_000).toISOString() });
  digest = (await make({})).digest;
  filesRows = Array.from({ length: rowCount }, filesRow);
  await createFiles('FILES', filesRows);
  store = await startStrictS3({}, ['lake']);
  await service.unloadsTo(store, { integration: 'LAKE', allowed: ['s3://lake/staging/'] });
});
afterAll(() => {
  service.stop();
  store.stop();
});

it.each<[string, Partial<SnapshotOptions>]>([
  ['by chunks', { via: 'chunks' }],
  ['as CSV', { format: 'csv' }],
  ['as CSV, by chunks', { format: 'csv', via: 'chunks' }],
  ['as zstd', { compression: 'zstd' }],
  ['in splits', { split: 'train=0.8,test=0.2', splitKey: 'select' }],
  ['in partitions', { partitionBy: 'DAY' }],
  ['by a query', { table: undefined, query: 'SELECT * FROM random' }],
])('random rows are the same %s', async (_, what) => {
  const made = await make(what);
  expect([made.rows, made.digest, (await verify(made.location)).findings]).toEqual([rowCount, digest, []]);
});

it.each(['api', 'chunks'])('plain values are those that the table was given, by %s', async (via) => {
  const query = 'SELECT * FROM random ORDER BY "select"';
  const { location, shards } = await make({ table: undefined, query, via });
  const columns = await duckdb.read(join(location, shards[0]!.path));
  const valuesOf = (name: string): unknown => columns.find((column) => column.name === name)!.values;
  for (const name of ['select', 'Größe', 'SMALL', 'BIG', 'HUGE', 'PRICE', 'FLAG', 'RAW', 'DAY', 'DOC', 'LIST'])
    expect(valuesOf(name), name).toEqual(rows.map((one) => one[name]));
});

describe('random rows, as files that the database writes,', () => {
  const unload = (what: Partial<SnapshotOptions>): ReturnType<typeof snapshot> =>
    make({
      ...{ source: `${urlOf(service)}&storage-integration=LAKE`, via: 'unload', staging: store.at('lake/staging') },
      ...{ table: 'files', ...what },
    });

  it.each<[string, Partial<SnapshotOptions>]>([
    ['as they are', {}],
    ['as CSV', { format: 'csv' }],
    ['as zstd', { compression: 'zstd' }],
    ['in splits', { split: 'train=0.8,test=0.2', splitKey: 'select' }],
    ['in partitions', { partitionBy: 'DAY' }],
    ['masked', { mask: { Größe: 'hash', RAW: 'hash', select: 'hash', PRICE: 'null', AT: 'year', CIVIL: 'hash' } }],
    ['by a query', { table: undefined, query: 'SELECT * FROM files' }],
    ['without NULL', { table: undefined, query: 'SELECT * FROM files WHERE RAW IS NOT NULL AND AT IS NULL' }],
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
    const table = `CHAIN_${String(isFirst).toUpperCase()}`;
    await createFiles(table, filesRows.slice(0, early));
    const next = (version: string, isUnloaded: boolean): ReturnType<typeof snapshot> =>
      (isUnloaded ? unload : make)({
        ...{ table, out, dataset: `dataset://chain/${version}`, parent: join(out, 'chain') },
        ...{ firstRun: true, cursor: 'select', lag: '50' },
      });
    await next('1', isFirst);
    await service.append({ table }, filesRows.slice(early));
    expect(await next('2', !isFirst)).toMatchObject({ rows: rowCount - early, chain: { rows: rowCount } });
    expect((await verify(join(out, 'chain', '2'))).findings).toEqual([]);
  });
});
