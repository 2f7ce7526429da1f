import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { snapshot, type SnapshotOptions, verify } from '../../../dist/index.js';
import { queryDuckdb } from '../../readers/duckdb.js';
import { type BigQueryStandIn, startBigQuery } from '../../servers/bigquery/bigquery.js';
import { emptyFolder, tidemark } from '../../support/cli.js';
import { manifestOf } from '../manifest-of.js';
import { rowsApart } from '../rows-apart.js';
import { everyType, orders } from './tables.js';

const rowCount = 20_000;
const staging = 'gs://lake/staging';

let service: BigQueryStandIn;
let source: string;

/** What files cannot have. */
const unwritable = ['gap', 'nested'];
const writable = `SELECT * EXCEPT (${unwritable.join(', ')}) FROM shop.every_type`;

beforeAll(async () => {
  service = await startBigQuery();
  Object.assign(process.env, service.env);
  source = `${service.url('shop')}&gcs-endpoint=${service.rest}`;
  await service.createTable(everyType);
  await service.createTable(orders(rowCount));
  await service.createTable({ dataset: 'shop', table: 'nothing', schema: [{ name: 'id', type: 'INTEGER' }], rows: [] });
  await service.createBucket('lake');
});
afterAll(() => service.stop());
beforeEach(async () => {
  await service.faults();
  await service.deny();
  await service.settings({ jobMillis: 0, tokenSeconds: 3600 });
});

const machine = (): Record<string, string> => ({ ...service.env, GCP_IAM: '1' });
type Around = NonNullable<Parameters<typeof snapshot>[1]>;

let versions = 0;
const make = (options: Partial<SnapshotOptions>, around: Around = {}): ReturnType<typeof snapshot> =>
  snapshot(
    { source, dataset: `dataset://d/v${(versions += 1)}`, out: emptyFolder('out'), ...options },
    { env: machine(), ...around },
  );
const unload = (options: Partial<SnapshotOptions>, around?: Around): ReturnType<typeof snapshot> =>
  make({ via: 'unload', staging, ...options }, around);

const staged = async (of = 'lake'): Promise<readonly string[]> =>
  (await service.objects()).filter(({ bucket }) => bucket === of).map(({ name }) => name);

const exports = async (): Promise<readonly string[]> =>
  (await service.seen()).jobs.map(({ sql }) => sql).filter((sql) => sql.startsWith('EXPORT DATA'));

describe('what BigQuery exports', () => {
  it('of every type that files can have has the digest of its rows', async () => {
    const rows = await make({ query: writable });
    const files = await unload({ query: writable });
    expect([files.rows, files.digest]).toEqual([rows.rows, rows.digest]);
    expect((await verify(files.location)).findings).toEqual([]);
    // Every reader sees the same values, too.
    expect(await rowsApart(rows, files)).toBe('0');
    expect(await staged()).toEqual([]);
  });

  it.each<[string, Partial<SnapshotOptions>]>([
    ['a table', { table: 'orders' }],
    ['several tables', { table: ['orders', 'nothing'] }],
    ['a query', { query: "SELECT id, CONCAT('it\\'s ', customer) AS who FROM shop.orders -- all of them\n;" }],
    [
      'a query with a parameter',
      { query: 'SELECT * FROM shop.orders WHERE customer = @who', param: { who: 'customer 7' } },
    ],
    [
      'a query with a secret',
      { query: 'SELECT * FROM shop.orders WHERE customer = @who', secretParam: { who: 'WHO' } },
    ],
    ['parts', { table: 'orders', split: { train: 0.8, test: 0.2 }, splitKey: 'id' }],
    ['partitions', { table: 'orders', partitionBy: 'at:day' }],
    ['masked columns', { table: 'orders', mask: { customer: 'null' } }],
    ['CSV', { table: 'orders', format: 'csv' }],
    ['a number as a text', { query: 'SELECT price FROM shop.every_type', cast: { price: 'text' } }],
    ['a table without rows', { table: 'nothing' }],
  ])('is the same as its rows: %s', async (_, options) => {
    const env = { ...machine(), WHO: 'customer 7' };
    const rows = await make(options, { env });
    const files = await unload(options, { env });
    expect([files.rows, files.digest]).toEqual([rows.rows, rows.digest]);
    expect((await verify(files.location)).findings).toEqual([]);
    expect(await staged()).toEqual([]);
  });

  it('stays as it is where it says all that the database does', async () => {
    const files = await unload({ query: 'SELECT id, customer FROM shop.orders' });
    expect(manifestOf(files).version.kept).toEqual({ codecs: ['SNAPPY'] });
    // Files say of no timestamp that it is one of UTC.
    const times = await unload({ table: 'orders' });
    expect(manifestOf(times).version.kept).toBeUndefined();
    const [column] = await queryDuckdb(
      `SELECT column_type FROM (DESCRIBE FROM '${join(times.location, times.shards[0]!.path)}') WHERE column_name = 'at'`,
    );
    expect(column!.values).toEqual(['TIMESTAMP WITH TIME ZONE']);
  });

  it('is of one moment, and says which jobs wrote it', async () => {
    const files = await unload({ table: 'orders' });
    const { certificate } = manifestOf(files).run;
    expect(certificate.jobs).toEqual([expect.stringMatching(/^tidemark_/)]);
    expect((await exports()).at(-1)).toContain(`FOR SYSTEM_TIME AS OF TIMESTAMP '${certificate.moment}'`);
  });

  it('is limited inside', async () => {
    expect((await unload({ table: 'orders', limit: 777 })).rows).toBe(777);
    expect((await exports()).at(-1)).toMatch(/\)\nLIMIT 777$/);
  });

  it.each(['gs://lake/a//staging//', "GS://lake/it's \\ {a} 20% & + é😀/staging"])(
    'is found where it was written, however the place is given: %s',
    async (place) => {
      expect((await unload({ table: 'orders', limit: 7, staging: place })).rows).toBe(7);
      expect(await staged()).toEqual([]);
    },
  );

  it('is written into a folder of the run', async () => {
    const told: string[] = [];
    await unload({ table: 'orders' }, { listener: (event) => event.type === 'waiting' && told.push(event.message) });
    expect((await exports()).at(-1)).toMatch(
      /^EXPORT DATA OPTIONS \(uri='gs:\/\/lake\/staging\/tidemark-[a-z0-9]+\/0\/\*\.parquet', format='PARQUET', compression='SNAPPY'\) AS\n/,
    );
    expect(told).toEqual(['the database writes orders as files']);
  });
});

describe('increments', () => {
  it.each<[string, Partial<SnapshotOptions>, boolean]>([
    ['by a cursor', { cursor: 'id', lag: '10' }, false],
    ['by the history of changes', {}, true],
  ])('are exported, too: %s', async (_, how, changeHistory) => {
    const table = `events_${String(changeHistory)}`;
    const schema = [
      { name: 'id', type: 'INTEGER' },
      { name: 'word', type: 'STRING' },
    ];
    const some = (from: number, to: number): Record<string, string>[] =>
      Array.from({ length: to - from + 1 }, (_, index) => ({ id: String(from + index), word: `w${from + index}` }));
    const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
    const name = { dataset: 'shop', table };
    await service.createTable({ ...name, schema, rows: some(1, 500), changeHistory, at: minutesAgo(60) });
    const out = emptyFolder('chain');
    const next = (version: string, more: Partial<SnapshotOptions> = {}): ReturnType<typeof snapshot> =>
      unload({
        ...{ table, out, dataset: `dataset://${table}/${version}`, parent: join(out, table), firstRun: true },
        ...{ ...how, ...more },
      });
    // Changes are told when they are ten minutes old.
    await next('1', changeHistory ? { asOf: minutesAgo(40) } : {});
    await service.change({ ...name, append: some(501, 700), at: minutesAgo(30) });
    expect((await next('2')).chain).toMatchObject({ rows: 700 });
    expect((await verify(join(out, table, '2'))).findings).toEqual([]);
    expect(await staged()).toEqual([]);
  });
});

describe('what is in the way', () => {
  it.each<[string, Partial<SnapshotOptions>, RegExp]>([
    ['no place', { staging: undefined }, /^via: unload writes files .*no place is given/],
    ['another road', { via: 'rest' }, /^staging: does not go with via "rest"/],
    [
      'a bucket of another store',
      { staging: 's3://lake/staging' },
      /^staging: bigquery:\/\/ writes into gs:\/\/ alone/,
    ],
    ['settings', { staging: 'gs://lake/staging?region=EU' }, /^staging: nothing may stand behind a \?/],
    ['a wildcard', { staging: 'gs://lake/a*b' }, /^staging: "\*" has no place in a prefix/],
    ['no prefix', { staging: 'gs://lake' }, /^staging: "gs:\/\/lake" is not allowed/],
    ['no bucket', { staging: 'gs://L/staging' }, /^"gs:\/\/L\/staging\/tidemark-\w+" names no bucket of Cloud Storage/],
    [
      'intervals',
      { query: 'SELECT gap FROM shop.every_type' },
      /does not give "gap" .* INTERVAL: files have no intervals/,
    ],
    [
      'columns without a name',
      { query: 'SELECT id + 1 FROM shop.orders' },
      /^via: unload needs a name for every column, and "f0_" of d has none in the query \(… AS name\)$/,
    ],
    ['numbers in lists', { table: 'every_type' }, /does not give "gap"|does not give "nested"/],
    ['casts', { table: 'orders', cast: { price: 'decimal(20,4)' } }, /^via: unload does not cast: "price"/],
    [
      'the first rows of an order',
      { query: 'SELECT id FROM shop.orders ORDER BY id', limit: 10 },
      /^via: unload does not keep the order/,
    ],
    ['a limit of bytes', { table: 'orders', maxBytesBilled: '1' }, /^max-bytes-billed: orders reads/],
  ])('%s is refused before anything is written', async (_, options, message) => {
    const before = (await exports()).length;
    const what = 'query' in options ? options : { table: 'orders', ...options };
    await expect(unload(what)).rejects.toThrow(message);
    expect([(await exports()).length, await staged()]).toEqual([before, []]);
  });

  it.each<[string, string, string, string]>([
    ['write', 'storage.objects.create', 'source.permission', 'storage.objects.create'],
    ['list', 'storage.objects.list', 'source.permission', 'Storage Object User (roles/storage.objectUser)'],
    ['read', 'storage.objects.get', 'source.permission', 'Storage Object User (roles/storage.objectUser)'],
  ])('who may not %s is told the role', async (_, permission, code, hint) => {
    await service.deny({ permission });
    await expect(unload({ table: 'orders' })).rejects.toMatchObject({
      code,
      hint: expect.stringContaining(hint) as string,
    });
    await service.deny();
    expect(await staged()).toEqual([]);
  });

  it('who may not remove is told what stays, and the next run removes it', async () => {
    await service.deny({ permission: 'storage.objects.delete' });
    const words = ['--source', source, '--table', 'nothing', '--dataset', 'dataset://d/p', '--via', 'unload'];
    await service.createBucket('kept');
    const place = ['--staging', 'gs://kept/staging', '--out', emptyFolder('out')];
    const made = await tidemark(['snapshot', ...words, ...place], { env: machine() });
    expect(made.stderr).toMatch(/files that the database has written stay at gs:\/\/kept\/staging\/tidemark-/);
    await service.deny();
    await unload({ table: 'nothing', staging: 'gs://kept/staging' });
    // The claim of a run whose job may go on stays for a while.
    expect(await staged('kept')).toEqual([expect.stringMatching(/_claim\.json$/)]);
  });

  it('a bucket that is not there, or elsewhere', async () => {
    await expect(unload({ table: 'orders', staging: 'gs://no-such/staging' })).rejects.toMatchObject({
      code: 'source.not-found',
      message: expect.stringContaining('The specified bucket does not exist') as string,
    });
    await service.createBucket('far-away', 'US');
    await expect(unload({ table: 'orders', staging: 'gs://far-away/staging' })).rejects.toMatchObject({
      code: 'request.invalid',
      hint: expect.stringContaining('a bucket in the same location') as string,
    });
    expect(await staged()).toEqual([]);
  });

  it('a store that is busy, slow and breaks off: the version is right', async () => {
    await service.faults(
      { method: 'GET', path: '/o\\?.*delimiter', status: 503, reason: 'backendError', times: 2 },
      { method: 'POST', path: '/upload/', status: 429, reason: 'rateLimitExceeded', times: 2 },
      { method: 'POST', path: '/upload/', cut: 'after' },
      { method: 'GET', path: 'alt=media.*generation', wait: 1500 },
      { method: 'GET', path: 'alt=media.*generation', cut: 'after' },
      { method: 'DELETE', path: '/o/', status: 503, reason: 'backendError', times: 2 },
    );
    const made = await unload({ table: 'orders' });
    expect(made.rows).toBe(rowCount);
    expect((await service.seen()).left).toBe(0);
    expect((await verify(made.location)).findings).toEqual([]);
    expect(await staged()).toEqual([]);
  });

  it('tokens that expire while files are read are made afresh', async () => {
    await service.settings({ tokenSeconds: 1 });
    await service.faults({ method: 'GET', path: 'alt=media.*generation', wait: 2500, times: 2 });
    expect((await unload({ table: 'orders' })).rows).toBe(rowCount);
    expect(await staged()).toEqual([]);
  });

  it('files that are damaged: nothing is published', async () => {
    await service.faults({ method: 'GET', path: 'alt=media.*generation', damage: true, skip: 4, times: 99 });
    await expect(unload({ table: 'orders' })).rejects.toThrow();
    await service.faults();
    expect(await staged()).toEqual([]);
  });

  it('a run that is told to end ends its job, and takes its files away', async () => {
    await service.settings({ jobMillis: 60_000 });
    const controller = new AbortController();
    const listener: Around['listener'] = (event) =>
      event.type === 'waiting' && void setTimeout(() => controller.abort(new Error('told')), 1000);
    await expect(unload({ table: 'orders' }, { signal: controller.signal, listener })).rejects.toThrow('told');
    expect(await staged()).toEqual([]);
    expect((await service.seen()).requests.some(({ path }) => path.includes('/cancel'))).toBe(true);
  });
});

it('nothing is exported for a plan, nor of tables where it may choose', async () => {
  const before = (await exports()).length;
  const words = ['--source', source, '--table', 'orders', '--dataset', 'dataset://d/p', '--staging', staging];
  const planned = await tidemark(['plan', ...words, '--via', 'unload'], { env: machine() });
  expect(planned.code, planned.stderr).toBe(0);
  expect(planned.stdout).toContain('by the database into files in gs://lake/staging/tidemark-');
  const made = await tidemark(['snapshot', ...words, '--out', emptyFolder('out')], { env: machine() });
  expect(made.code, made.stderr).toBe(0);
  expect((await exports()).length).toBe(before);
});
