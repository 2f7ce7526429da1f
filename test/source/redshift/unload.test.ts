import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { snapshot, type SnapshotOptions, verify } from '../../../dist/index.js';
import { type RedshiftStandIn, startRedshift } from '../../servers/redshift/redshift.js';
import { startStrictS3, type StrictS3 } from '../../servers/s3/strict.js';
import { emptyFolder, tidemark } from '../../support/cli.js';
import { urlOf } from './open-request.js';
import { everyType, orders } from './tables.js';

const rowCount = 6_000;

let service: RedshiftStandIn;
let store: StrictS3;

beforeAll(async () => {
  service = await startRedshift(inject('postgres18'));
  store = await startStrictS3({}, ['lake', 'bucket']);
  service.unloadsTo(store);
  // Whoever runs has the machine's identity alone, for Redshift and for the store.
  for (const name of Object.keys(store.env)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, service.env, { AWS_REGION: 'eu-north-1' });
  await service.owner.query(everyType);
  await service.owner.query(orders(rowCount));
  await service.owner.query(`CREATE TABLE nothing (id bigint, word varchar(9))`);
  await service.grant();
});
afterAll(async () => {
  store.stop();
  await service.stop();
});
beforeEach(() => service.faults());

let versions = 0;
const make = (options: Partial<SnapshotOptions>): ReturnType<typeof snapshot> =>
  snapshot(
    { source: urlOf(service), dataset: `dataset://d/v${(versions += 1)}`, out: emptyFolder('out'), ...options },
    { env: {} },
  );
const unload = (options: Partial<SnapshotOptions>): ReturnType<typeof snapshot> =>
  make({ via: 'unload', staging: store.at('lake/staging'), ...options });

/** What is left in the bucket of staging. */
async function staged(): Promise<readonly string[]> {
  const { objects, uploads } = await store.contents();
  expect(uploads).toEqual([]);
  return objects.filter(({ bucket }) => bucket === 'lake').map(({ key }) => key);
}

const statements = (): readonly string[] => service.seen.statements.filter((sql) => sql.startsWith('UNLOAD'));

interface Manifest {
  readonly version: { readonly kept?: object };
}
const kept = ({ location }: { readonly location: string }, version = versions): object | undefined =>
  (JSON.parse(readFileSync(join(location, `_manifest.v${version}.json`), 'utf8')) as Manifest).version.kept;

describe('what Redshift unloads', () => {
  it('of every type has the digest of its rows, kept or written anew', async () => {
    const rows = await make({ table: 'every_type' });
    const files = await unload({ table: 'every_type' });
    expect(kept(files)).toEqual({ codecs: ['SNAPPY'] });
    expect([files.rows, files.digest]).toEqual([3, rows.digest]);
    expect((await verify(files.location)).findings).toEqual([]);
    const anew = await unload({ table: 'every_type', compression: 'zstd' });
    expect(kept(anew)).toBeUndefined();
    expect(anew.digest).toBe(rows.digest);
    expect(await staged()).toEqual([]);
  });

  it.each<[string, Partial<SnapshotOptions>]>([
    ['a table', { table: 'orders' }],
    ['several tables', { table: ['orders', 'every_type'] }],
    [
      'a query',
      { query: String.raw`SELECT id, 'it''s \\ ' || customer AS who FROM orders WHERE customer ~ '^customer' ` },
    ],
    ['a query with parameters', { query: 'SELECT * FROM orders WHERE customer = :who', param: { who: 'customer 7' } }],
    ['parts', { table: 'orders', split: { train: 0.8, test: 0.2 }, splitKey: 'id' }],
    ['partitions', { table: 'orders', partitionBy: 'paid' }],
    ['masked columns', { table: 'orders', mask: { customer: 'null' } }],
    ['CSV', { table: 'orders', format: 'csv' }],
    ['a table without rows', { table: 'nothing' }],
  ])('is the same as its rows: %s', async (_, options) => {
    const rows = await make(options);
    const files = await unload(options);
    expect([files.rows, files.digest]).toEqual([rows.rows, rows.digest]);
    expect((await verify(files.location)).findings).toEqual([]);
    expect(await staged()).toEqual([]);
  });

  it.each<[string, object]>([
    ['a mask', { mask: { customer: 'null' } }],
    ['partitions of months', { 'partition-by': 'at:day' }],
    ['partitions whose files have no column', { 'partition-by': 'paid', 'partition-columns': 'path' }],
  ])('is written anew where a table’s own options ask for %s', async (_, own) => {
    const tables = { orders: { table: 'orders', ...own } };
    const [rows, files] = [await make({ tables }), await unload({ tables })];
    expect(kept(files)).toBeUndefined();
    expect([files.rows, files.digest]).toEqual([rows.rows, rows.digest]);
    expect((await verify(files.location)).findings).toEqual([]);
  });

  it.each<[string, Partial<SnapshotOptions>, string]>([
    ['by a boolean', { table: 'orders', partitionBy: 'paid' }, '("paid")'],
    [
      'by a text and a date',
      {
        query: `SELECT *, at::date AS "The Day", 'x/' || id % 3 AS "a ""b" FROM orders`,
        partitionBy: ['"The Day"', 'a "b'],
      },
      '("The Day", "a ""b")',
    ],
  ])('in partitions is put into folders by Redshift, which stay: %s', async (_, options, columns) => {
    const rows = await make(options);
    const files = await unload(options);
    expect(statements().at(-1)).toContain(` FORMAT PARQUET PARTITION BY ${columns} INCLUDE MANIFEST VERBOSE`);
    expect(kept(files)).toBeDefined();
    const places = ({ shards }: typeof rows): readonly string[] => [
      ...new Set(shards.map(({ path }) => path.slice(0, path.lastIndexOf('/')))),
    ];
    expect([files.rows, files.digest, places(files)]).toEqual([rows.rows, rows.digest, places(rows)]);
    expect((await verify(files.location)).findings).toEqual([]);
    expect(await staged()).toEqual([]);
  });

  it.each<[string, Partial<SnapshotOptions>]>([
    ['moments', { partitionBy: 'at', query: 'SELECT * FROM orders WHERE id < 9' }],
    ['days of moments', { partitionBy: 'at:day' }],
    ['a split', { partitionBy: 'paid', split: { a: 0.5, b: 0.5 }, splitKey: 'id' }],
    ['another codec', { partitionBy: 'paid', compression: 'zstd' }],
  ])('in partitions with %s is written anew', async (_, options) => {
    const asked = { ...('query' in options ? {} : { table: 'orders' }), ...options };
    const [rows, files] = [await make(asked), await unload(asked)];
    expect(statements().at(-1)).not.toContain('PARTITION BY');
    expect(kept(files)).toBeUndefined();
    expect([files.rows, files.digest]).toEqual([rows.rows, rows.digest]);
    expect(await staged()).toEqual([]);
  });

  it('without rows is a partition without a value', async () => {
    const files = await unload({ table: 'nothing', partitionBy: 'word' });
    expect(files.shards.map(({ path }) => path.split('/')[0])).toEqual(['word=__HIVE_DEFAULT_PARTITION__']);
    expect((await verify(files.location)).findings).toEqual([]);
  });

  it('is limited inside', async () => {
    expect((await unload({ table: 'orders', limit: 777 })).rows).toBe(777);
    expect(statements().at(-1)).toMatch(/UNLOAD \('SELECT \* FROM \(.* LIMIT 777\) AS q'\)/);
  });

  it('goes into a bucket by the store alone', async () => {
    const rows = await make({ table: 'orders' });
    const files = await unload({ table: 'orders', out: store.at('bucket/versions') });
    expect(files.digest).toBe(rows.digest);
    expect(await staged()).toEqual([]);
  });

  it('is written by the role, and encrypted by the key, that are named', async () => {
    const role = 'arn:aws:iam::123456789012:role/unload';
    const source = `${urlOf(service)}&unload-role=${encodeURIComponent(role)}`;
    await unload({
      table: 'orders',
      source,
      staging: `${store.at('lake/staging')}&sse=aws:kms&kms-key=a-key&region=eu-north-1`,
    });
    expect(statements().at(-1)).toMatch(
      new RegExp(
        `TO 's3://lake/staging/tidemark-[a-z0-9]+/0/' IAM_ROLE '${role}' FORMAT PARQUET MANIFEST VERBOSE KMS_KEY_ID 'a-key' ENCRYPTED REGION 'eu-north-1'$`,
      ),
    );
  });
});

describe('increments', () => {
  it('are unloaded, too', async () => {
    await service.owner.query(
      'CREATE TABLE events AS SELECT i::bigint AS id, md5(i::text)::varchar(40) AS word FROM generate_series(1, 500) i',
    );
    await service.grant();
    const out = emptyFolder('chain');
    const next = (version: string): ReturnType<typeof snapshot> =>
      unload({
        table: 'events',
        out,
        dataset: `dataset://events/${version}`,
        parent: join(out, 'events'),
        firstRun: true,
        cursor: 'id',
        lag: '10',
      });
    await next('1');
    await service.owner.query('INSERT INTO events SELECT i, md5(i::text) FROM generate_series(501, 700) i');
    expect(await next('2')).toMatchObject({ rows: 200, chain: { rows: 700 } });
    expect((await verify(join(out, 'events', '2'))).findings).toEqual([]);
    expect(await staged()).toEqual([]);
  });
});

describe('what is in the way', () => {
  it.each<[string, Partial<SnapshotOptions>, RegExp]>([
    ['no place', { staging: undefined }, /^via: unload writes files into a bucket, and no place is given/],
    ['another road', { via: 'stream' }, /^staging: does not go with via "stream"/],
    ['a folder', { staging: '/tmp/staging' }, /staging: "\/tmp\/staging" is not allowed/],
    ['no role', { source: 'redshift://warehouse/dev?unload-role=me' }, /^unload-role: .* is no role/],
    [
      'secrets',
      { query: 'SELECT * FROM orders WHERE customer = :who', secretParam: { who: 'CANARY' } },
      /^secret-param: the text of an UNLOAD is kept/,
    ],
  ])('%s is refused', async (_, options, message) => {
    const place = { via: 'unload', staging: store.at('lake/staging') };
    const what = 'query' in options ? place : { ...place, table: 'orders' };
    const given = {
      source: urlOf(service),
      dataset: 'dataset://d/refused',
      out: emptyFolder('out'),
      ...what,
      ...options,
    };
    await expect(snapshot(given, { env: { CANARY: 'customer 7' } })).rejects.toThrow(message);
  });

  it.each<[string, () => void]>([
    ['a session that breaks', () => service.faults({ sql: '^UNLOAD', cutAfter: 0 })],
    ['a statement that is refused', () => service.faults({ sql: '^UNLOAD', cutAfter: 3 })],
  ])('%s: nothing stays', async (_, harm) => {
    harm();
    await expect(unload({ table: 'orders' })).rejects.toMatchObject({ code: expect.stringMatching(/^source\./) });
    expect(await staged()).toEqual([]);
  });

  it('files that cannot be read: nothing stays', async () => {
    await store.play({ method: 'GET', path: '0001_part_00', times: 99, status: 403, code: 'AccessDenied' });
    await expect(unload({ table: 'orders' })).rejects.toMatchObject({ code: 'destination.denied' });
    await store.play();
    expect(await staged()).toEqual([]);
  });

  it('a run that is told to end takes its files away', async () => {
    const controller = new AbortController();
    const run = snapshot(
      {
        source: urlOf(service),
        table: 'orders',
        via: 'unload',
        staging: store.at('lake/staging'),
        dataset: 'dataset://d/ended',
        out: emptyFolder('out'),
      },
      {
        env: {},
        signal: controller.signal,
        listener: ({ type }) => type === 'opened' && controller.abort(new Error('told')),
      },
    );
    await expect(run).rejects.toThrow('told');
    expect(await staged()).toEqual([]);
  });
});

it('nothing is unloaded for a plan, and small tables are read by rows where it may choose', async () => {
  const before = statements().length;
  const words = [
    '--source',
    urlOf(service),
    '--table',
    'orders',
    '--dataset',
    'dataset://d/p',
    '--staging',
    store.at('lake/staging'),
  ];
  const env = { ...service.env, AWS_REGION: 'eu-north-1' };
  expect((await tidemark(['plan', ...words, '--via', 'unload'], { env })).code).toBe(0);
  const { code, stderr } = await tidemark(['snapshot', ...words, '--out', emptyFolder('out')], { env });
  expect(code, stderr).toBe(0);
  expect(statements().length).toBe(before);
});

describe('a user who may not see how large tables are', () => {
  beforeAll(() => service.owner.query('REVOKE SELECT ON pg_catalog.svv_table_info FROM public'));
  afterAll(() => service.owner.query('GRANT SELECT ON pg_catalog.svv_table_info TO public'));

  const staging = (): Partial<SnapshotOptions> => ({ staging: store.at('lake/staging') });
  it.each<[string, () => Partial<SnapshotOptions>, number]>([
    ['by rows', () => ({ table: 'orders' }), 0],
    ['by files', () => ({ table: 'orders', via: 'unload', ...staging() }), 0],
    ['by a query, with a place for files', () => ({ query: 'SELECT * FROM orders', ...staging() }), 0],
    ['by rows, with a place for files', () => ({ table: 'orders', ...staging() }), 1],
    [
      'a table beside a query',
      () => ({ tables: { a: { table: 'orders' }, b: { query: 'SELECT 1 AS one' } }, ...staging() }),
      1,
    ],
  ])('gets a version %s, and is warned where the size would decide', async (_, options, warnings) => {
    const before = statements().length;
    const given = options();
    const made = await make(given);
    expect(made.rows).toBeGreaterThanOrEqual(rowCount);
    expect(made.warnings.filter((one) => /how large tables are.*svv_table_info/.test(one))).toHaveLength(warnings);
    expect(statements().length - before).toBe(given.via === 'unload' ? 1 : 0);
    expect(await staged()).toEqual([]);
  });
});
