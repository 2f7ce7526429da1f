import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { snapshot, type SnapshotOptions, verify } from '../../../dist/index.js';
import { startStrictS3, type StrictS3 } from '../../servers/s3/strict.js';
import { type SnowflakeStandIn, startSnowflake } from '../../servers/snowflake/snowflake.js';
import { emptyFolder, tidemark } from '../../support/cli.js';
import { manifestOf } from '../manifest-of.js';
import { rowsApart } from '../rows-apart.js';
import { everyType, orders } from './tables.js';

const rowCount = 6_000;

let service: SnowflakeStandIn;
let store: StrictS3;
let source: string;
let env: Readonly<Record<string, string>>;

/** What files cannot have. */
const unwritable = ['FREE', 'PAIRS', 'PLACE', 'FEATURES', 'COUNTS'];
const writable = everyType.columns!.filter(({ name }) => !unwritable.includes(name));
const writableQuery = `SELECT ${writable.map(({ name }) => `"${name.replaceAll('"', '""')}"`).join(', ')} FROM EVERY_TYPE`;

beforeAll(async () => {
  service = await startSnowflake();
  store = await startStrictS3({}, ['lake', 'bucket']);
  source = `snowflake://${service.account}/DB/PUBLIC?host=${service.url}&storage-integration=lake`;
  env = { SNOWFLAKE_USER: service.user, SNOWFLAKE_PRIVATE_KEY_PATH: service.keyFile(), ...store.env };
  await service.unloadsTo(store, { integration: 'LAKE', allowed: ['s3://lake/staging/', 's3://missing/'] });
  await service.createTable(everyType);
  await service.createTable(orders(rowCount));
  await service.createTable({ table: 'NOTHING', columns: [{ name: 'ID', type: 'NUMBER(9,0)' }], rows: [] });
});
afterAll(() => {
  service.stop();
  store.stop();
});
beforeEach(async () => {
  await service.faults();
  await service.settings({ jobMillis: 0 });
  await store.play();
});

type Around = NonNullable<Parameters<typeof snapshot>[1]>;

let versions = 0;
const make = (options: Partial<SnapshotOptions>, around: Around = {}): ReturnType<typeof snapshot> =>
  snapshot(
    { source, dataset: `dataset://d/v${(versions += 1)}`, out: emptyFolder('out'), ...options },
    { env, ...around },
  );
const unload = (options: Partial<SnapshotOptions>, around?: Around): ReturnType<typeof snapshot> =>
  make({ via: 'unload', staging: store.at('lake/staging'), ...options }, around);

async function staged(): Promise<readonly string[]> {
  const { objects, uploads } = await store.contents();
  expect(uploads).toEqual([]);
  return objects.filter(({ bucket }) => bucket === 'lake').map(({ key }) => key);
}

const copies = async (): Promise<readonly string[]> =>
  (await service.seen()).statements.map(({ sql }) => sql).filter((sql) => sql.startsWith('COPY INTO'));

describe('what Snowflake unloads', () => {
  it('of every type that files can have has the digest of its rows', async () => {
    const rows = await make({ query: writableQuery });
    const files = await unload({ query: writableQuery });
    expect([files.rows, files.digest]).toEqual([rows.rows, rows.digest]);
    expect((await verify(files.location)).findings).toEqual([]);
    // Every reader sees the same values, too.
    expect(await rowsApart(rows, files)).toBe('0');
    const { schema } = manifestOf(files).version.tables[0]!;
    expect(schema.filter(({ note = '' }) => note.includes('TO_JSON')).map(({ name }) => name)).toEqual([
      ...['DOC', 'THING', 'LIST'],
    ]);
    expect(await staged()).toEqual([]);
  });

  it.each<[string, Partial<SnapshotOptions>]>([
    ['a table', { table: 'ORDERS' }],
    ['several tables', { table: ['ORDERS', 'NOTHING'] }],
    ['a query', { query: String.raw`SELECT ID, 'it''s \\ ?' || CUSTOMER AS WHO FROM ORDERS /* all of them? */;` }],
    [
      'a query with a parameter',
      { query: 'SELECT * FROM ORDERS WHERE CUSTOMER = :who', param: { who: "cust'omer 7" } },
    ],
    [
      'a query with two',
      { query: 'SELECT * FROM ORDERS WHERE CUSTOMER = :a OR CUSTOMER = :b', param: { a: 'customer 7', b: '?' } },
    ],
    ['parts', { table: 'ORDERS', split: { train: 0.8, test: 0.2 }, splitKey: 'ID' }],
    ['partitions', { table: 'ORDERS', partitionBy: 'PAID' }],
    ['masked columns', { table: 'ORDERS', mask: { CUSTOMER: 'null' } }],
    ['CSV', { table: 'ORDERS', format: 'csv' }],
    ['nanoseconds', { table: 'ORDERS', cast: { AT: 'timestamp[ns]' } }],
    ['a table without rows', { table: 'NOTHING' }],
  ])('is the same as its rows: %s', async (_, options) => {
    const rows = await make(options);
    const files = await unload(options);
    expect([files.rows, files.digest]).toEqual([rows.rows, rows.digest]);
    expect((await verify(files.location)).findings).toEqual([]);
    expect(await staged()).toEqual([]);
  });

  it('stays as it is where it has the types of the database', async () => {
    expect(manifestOf(await unload({ query: 'SELECT CUSTOMER, PRICE, PAID FROM ORDERS' })).version.kept).toEqual({
      codecs: ['SNAPPY'],
    });
    expect(manifestOf(await unload({ table: 'ORDERS' })).version.kept).toBeUndefined();
  });

  it('says which statement wrote it, and goes into a bucket', async () => {
    const files = await unload({ table: 'ORDERS', out: store.at('bucket/versions') });
    const told = (await service.seen()).statements.at(-1)!;
    expect(told.sql).toMatch(/^COPY INTO/);
    expect(files.rows).toBe(rowCount);
    expect(await staged()).toEqual([]);
  });

  it('is written with the integration, and encrypted by the key, that are named', async () => {
    await unload({ table: 'ORDERS', staging: `${store.at('lake/staging')}&sse=aws:kms&kms-key=a-key`, limit: 777 });
    expect((await copies()).at(-1)).toMatch(
      /^COPY INTO 's3:\/\/lake\/staging\/tidemark-[a-z0-9]+\/0\/'\nFROM \(SELECT [^]* LIMIT 777\n\)\)\nSTORAGE_INTEGRATION = lake\n[^]*\nENCRYPTION = \(TYPE = 'AWS_SSE_KMS' KMS_KEY_ID = 'a-key'\)$/,
    );
  });

  it.each(['s3://lake/staging//a//', "S3://lake/staging/it's \\ {a} 20% & + é😀"])(
    'is found where it was written, however the place is given: %s',
    async (place) => {
      const settings = store.at('').split('?')[1]!;
      expect((await unload({ table: 'ORDERS', limit: 7, staging: `${place}?${settings}` })).rows).toBe(7);
      expect(await staged()).toEqual([]);
    },
  );

  it('of a query is limited outside', async () => {
    expect((await unload({ query: 'SELECT * FROM ORDERS', limit: 5 })).rows).toBe(5);
  });
});

describe('increments', () => {
  it.each<[string, Partial<SnapshotOptions>, object]>([
    ['by a cursor', { cursor: 'ID', lag: '10' }, {}],
    ['by CHANGES', {}, { changeTracking: true }],
  ])('are unloaded, too: %s', async (_, how, kept) => {
    const table = `EVENTS_${Object.keys(how).length}`;
    const columns = [
      { name: 'ID', type: 'NUMBER(9,0)' },
      { name: 'WORD', type: 'VARCHAR' },
    ];
    const some = (from: number, to: number): Record<string, string>[] =>
      Array.from({ length: to - from + 1 }, (_, index) => ({ ID: String(from + index), WORD: `w${from + index}` }));
    const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
    await service.createTable({ table, columns, rows: some(1, 500), at: minutesAgo(60), ...kept });
    const out = emptyFolder('chain');
    const next = (version: string, more: Partial<SnapshotOptions> = {}): ReturnType<typeof snapshot> =>
      unload({
        ...{ table, out, dataset: `dataset://${table}/${version}`, parent: join(out, table), firstRun: true },
        ...{ ...how, ...more },
      });
    await next('1', { asOf: minutesAgo(40) });
    await service.append({ table }, some(501, 700), minutesAgo(30));
    expect(await next('2')).toMatchObject({ rows: 200, chain: { rows: 700 } });
    expect((await verify(join(out, table, '2'))).findings).toEqual([]);
    expect(await staged()).toEqual([]);
  });
});

describe('what is in the way', () => {
  it.each<[string, Partial<SnapshotOptions>, RegExp]>([
    ['no place', { staging: undefined }, /^via: unload writes files .*no place is given/],
    ['another road', { via: 'api' }, /^staging: does not go with via "api"/],
    [
      'a bucket of another store',
      { staging: 'gs://lake/staging' },
      /^staging: snowflake:\/\/ writes into s3:\/\/ alone/,
    ],
    ['no integration', { source: 'snowflake://TESTACCT/DB/PUBLIC' }, /nothing lets Snowflake do that/],
    [
      'a name that is none',
      { source: 'snowflake://TESTACCT/DB/PUBLIC?storage-integration=a-b' },
      /^storage-integration: "a-b" \(the URL\) is no name/,
    ],
    [
      'types that have no certain text',
      { table: 'EVERY_TYPE' },
      /^via: unload does not give "FREE" of EVERY_TYPE, which is DECFLOAT/,
    ],
    ['casts', { table: 'ORDERS', cast: { ID: 'int64' } }, /^via: unload does not cast: "ID" of ORDERS/],
    ['moments as texts', { table: 'ORDERS', cast: { AT: 'text' } }, /^via: unload does not cast: "AT" of ORDERS/],
    ['misfits as NULL', { table: 'ORDERS', misfit: 'null' }, /^via: unload counts no misfits/],
    [
      'secrets',
      { query: 'SELECT * FROM ORDERS WHERE CUSTOMER = :who', secretParam: { who: 'CANARY' } },
      /^via: unload keeps its text in the history/,
    ],
    [
      'the first rows of an order',
      { query: 'SELECT ID FROM ORDERS ORDER BY ID', limit: 10 },
      /^via: unload does not keep the order/,
    ],
  ])('%s is refused before anything is written', async (_, options, message) => {
    const before = (await copies()).length;
    const what = 'query' in options ? options : { table: 'ORDERS', ...options };
    const given =
      'source' in what
        ? { ...what, source: `${what.source!}${what.source!.includes('?') ? '&' : '?'}host=${service.url}` }
        : what;
    await expect(unload(given, { env: { ...env, CANARY: 'customer 7' } })).rejects.toThrow(message);
    expect([(await copies()).length, await staged()]).toEqual([before, []]);
  });

  it.each<[string, () => Promise<Partial<SnapshotOptions>>, string]>([
    [
      'an integration that is not there',
      async () => ({ source: source.replace('=lake', '=OTHER') }),
      'does not exist or not authorized',
    ],
    [
      'a place that it does not allow',
      async () => ({ staging: store.at('lake/elsewhere') }),
      'is not allowed by integration',
    ],
    [
      'a bucket that it may not write to',
      async () => {
        await store.play({ method: 'PUT', path: '\\.parquet', times: 99, status: 403, code: 'AccessDenied' });
        return {};
      },
      'Failure using stage area',
    ],
  ])('%s: the run says what Snowflake says, and what helps', async (_, how, said) => {
    await expect(unload({ table: 'ORDERS', ...(await how()) })).rejects.toMatchObject({
      code: expect.stringMatching(/^source\./) as string,
      message: expect.stringContaining(said) as string,
      hint: expect.stringContaining('storage integration') as string,
    });
    await store.play();
    expect(await staged()).toEqual([]);
  });

  it('a moment with nanoseconds ends the run, and names its column', async () => {
    const columns = [{ name: 'AT', type: 'TIMESTAMP_NTZ(9)' }];
    await service.createTable({ table: 'FINE', columns, rows: [{ AT: '2024-01-01 00:00:00.000000001' }] });
    await expect(unload({ table: 'FINE' })).rejects.toMatchObject({
      code: 'data.misfit',
      message: expect.stringContaining('column "AT" has a moment that is not of whole microseconds') as string,
    });
    expect(await staged()).toEqual([]);
  });

  it('a store that is busy, slow and breaks off: the version is right', async () => {
    await store.play(
      { method: 'GET', path: 'data_0_0_0', status: 503, code: 'SlowDown', times: 2 },
      { method: 'GET', path: 'data_0_1_0', wait: 1500 },
      { method: 'GET', path: 'data_0_1_0', cut: 'after' },
    );
    const made = await unload({ table: 'ORDERS' });
    expect(made.rows).toBe(rowCount);
    expect((await verify(made.location)).findings).toEqual([]);
    expect(await staged()).toEqual([]);
  });

  it('a run that is told to end ends its statement, and takes its files away', async () => {
    await service.settings({ jobMillis: 1500 });
    const controller = new AbortController();
    const listener: Around['listener'] = (event) =>
      event.type === 'waiting' && void setTimeout(() => controller.abort(new Error('told')), 500);
    await expect(unload({ table: 'ORDERS' }, { signal: controller.signal, listener })).rejects.toThrow('told');
    expect(await staged()).toEqual([]);
    expect((await service.seen()).requests.some(({ path }) => path.includes('abort-request'))).toBe(true);
  });
});

it('nothing is unloaded for a plan, nor of small tables where it may choose', async () => {
  const before = (await copies()).length;
  const words = ['--source', source, '--table', 'ORDERS', '--dataset', 'dataset://d/p'];
  const place = ['--staging', store.at('lake/staging')];
  const planned = await tidemark(['plan', ...words, ...place, '--via', 'unload'], { env });
  expect(planned.code, planned.stderr).toBe(0);
  expect(planned.stdout).toContain('by the database into files in s3://lake/staging/tidemark-');
  const made = await tidemark(['snapshot', ...words, ...place, '--out', emptyFolder('out')], { env });
  expect(made.code, made.stderr).toBe(0);
  expect((await copies()).length).toBe(before);
});
