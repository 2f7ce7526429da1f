import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { compact, delta, snapshot, verify } from '../../../dist/index.js';
import { s3Store } from '../../../src/destination/s3/store.js';
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.js';
import type { StoreForTests } from '../../servers/s3/store.js';
import { emptyFolder, tidemark } from '../../support/cli.js';
import { dealt } from '../../support/long-form.js';
import { bothStores } from './runs.js';

const stores = await bothStores();
const rows = 12_000;

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
  await database.query(`
    CREATE TABLE rows (id int PRIMARY KEY, owner int, country text, at timestamptz, tags text[]);
    INSERT INTO rows SELECT i, i % 700, (ARRAY['de', 'fi', NULL])[1 + i % 3], '2024-01-01Z'::timestamptz + i * interval '1 minute', ARRAY[md5(i::text)]
      FROM generate_series(1, ${rows}) i`);
});
afterAll(() => database.drop());

/** Everything below a prefix, as files of a folder. */
async function downloaded(store: StoreForTests, prefix: string): Promise<string> {
  const folder = emptyFolder('download');
  const { objects } = await store.contents();
  for (const { key } of objects.filter((one) => one.key.startsWith(`${prefix}/`))) {
    const path = join(folder, key.slice(prefix.length + 1));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, (await s3Store.read(store.at(`bucket/${key}`)))!);
  }
  return folder;
}

async function expectNothingOpen(store: StoreForTests): Promise<void> {
  const { objects, uploads } = await store.contents();
  expect(uploads).toEqual([]);
  expect(objects.map(({ key }) => key).filter((key) => /\/_(claim|uploads)\./.test(key))).toEqual([]);
}

const splitAt = { split: { train: 0.8, test: 0.2 }, splitKey: 'owner' } as const;

/** What a version can be like. */
const likes: readonly (readonly [string, object])[] = [
  ['of one file', {}],
  ['of many files and lanes', { shardSize: '32KiB', lanes: 2 }],
  ['of CSV files in parts and partitions', { format: 'csv', compression: 'gzip', ...splitAt, partitionBy: 'country' }],
  ['of exact shares', { ...splitAt, splitExact: true, singleFile: true }],
];

describe.each(stores)('versions in a bucket of the store %s', (kind, store) => {
  const to = stores.findIndex(([name]) => name === kind);
  it.each(dealt(likes, { to, of: stores.length }))('%s are those of a folder', async (what, options) => {
    const prefix = what.replaceAll(' ', '-');
    const common = { source: database.url, table: 'rows', dataset: 'dataset://d/v1', ...options };
    const inBucket = await snapshot({ ...common, out: store.at(`bucket/${prefix}`) });
    const inFolder = await snapshot({ ...common, out: emptyFolder('out') });
    expect(inBucket.id).toBe(inFolder.id);
    expect(inBucket.shards).toEqual(inFolder.shards);
    await expectNothingOpen(store);
    const { valid, findings, files: shards } = await verify(inBucket.location);
    expect([valid, findings, shards]).toEqual([true, [], inFolder.shards.length]);
    const files = await verify(join(await downloaded(store, prefix), 'd', 'v1'));
    expect([files.valid, files.findings, files.version?.id]).toEqual([true, [], inFolder.id]);
  });

  it('of a split, published together', async () => {
    const made = await snapshot({
      ...{ source: database.url, table: 'rows', dataset: 'dataset://d/{split}-1', ...splitAt, splitDatasets: true },
      out: store.at('bucket/parts'),
    });
    expect(made.versions.map(({ version }) => version)).toEqual(['dataset://d/train-1', 'dataset://d/test-1']);
    for (const { location } of made.versions) expect((await verify(location)).findings).toEqual([]);
    await expectNothingOpen(store);
  });

  it('go on from each other, are merged, and are no Delta table where rows are replaced', async () => {
    const out = store.at('bucket/chain');
    const table = `changing_${kind}`;
    const common = {
      source: database.url,
      table,
      mode: 'upsert',
      key: 'id',
      deletes: 'scan',
      out,
    } as const;
    await database.query(`CREATE TABLE ${table} AS TABLE rows; ALTER TABLE ${table} ADD PRIMARY KEY (id)`);
    const first = await snapshot({ ...common, dataset: 'dataset://c/v1', parent: out, firstRun: true });
    for (const version of ['v2', 'v3']) {
      await database.query(
        `UPDATE ${table} SET country = '${version}' WHERE id % 100 = 7; DELETE FROM ${table} WHERE id % 1000 = 1`,
      );
      const next = await snapshot({ ...common, dataset: `dataset://c/${version}`, parent: out });
      expect(next.status).toBe('created');
      expect((await verify(next.location)).findings).toEqual([]);
    }
    expect(await snapshot({ ...common, dataset: 'dataset://c/v4', parent: out })).toMatchObject({
      status: 'unchanged',
    });
    const merged = await compact(store.at('bucket/chain/c/v3'), { out: store.at('bucket/merged') });
    const whole = await snapshot({ ...common, dataset: 'dataset://c/w', out: emptyFolder('out') });
    expect([merged.rows, merged.digest]).toEqual([whole.rows, whole.digest]);
    expect((await verify(merged.location)).findings).toEqual([]);
    await expect(delta(out)).rejects.toMatchObject({ code: 'request.invalid' });
    expect(first.rows).toBe(rows);
    await expectNothingOpen(store);
  });

  it('that only grow are a Delta table', async () => {
    const out = store.at('bucket/growing');
    const common = { source: database.url, table: 'rows', out } as const;
    await snapshot({ ...common, dataset: 'dataset://g/v1', parent: out, firstRun: true });
    const log = await delta(out);
    expect(log).toMatchObject({ versions: ['dataset://g/v1'], written: 1, location: store.at('bucket/growing/g') });
    expect(await delta(out)).toMatchObject({ written: 0 });
  });

  it('take files over that have not changed, inside of the store', async () => {
    const out = store.at('bucket/reuse');
    const common = {
      source: database.url,
      table: 'rows',
      shardSize: '32KiB',
      reuseFiles: true,
      out,
      ifChanged: out,
    } as const;
    const first = await snapshot({ ...common, dataset: 'dataset://r/v1', firstRun: true });
    await database.query('INSERT INTO rows SELECT 50000, 1, NULL, now(), NULL');
    const { requests: before } = await store.contents();
    const second = await snapshot({ ...common, dataset: 'dataset://r/v2' });
    await database.query('DELETE FROM rows WHERE id = 50000');
    expect(second.shards.filter((shard) => shard.reused).length).toBe(first.shards.length - 1);
    expect((await verify(second.location)).findings).toEqual([]);
    if (before !== undefined) {
      const asked = (await store.contents()).requests!.slice(before.length);
      expect(asked.filter((text) => text.includes('x-id=UploadPartCopy'))).toHaveLength(first.shards.length - 1);
    }
    await expectNothingOpen(store);
  });
});

describe('the command line', () => {
  const store = stores[0][1];
  const env = { ...store.env };

  it('makes, shows and checks a version, and tells no secret', async () => {
    const canary = {
      ...env,
      AWS_ACCESS_KEY_ID: 'AKIDSESSION',
      AWS_SECRET_ACCESS_KEY: 'secret-of-the-session',
      AWS_SESSION_TOKEN: 'canary-of-the-session',
    };
    const out = store.at('bucket/shown');
    const common = ['--source', database.url, '--table', 'rows', '--dataset', 'dataset://s/v1', '--out', out];
    const made = await tidemark(['snapshot', ...common], { env: canary });
    expect(made.code, made.stderr).toBe(0);
    expect(made.stderr).toContain(`verify '${store.at('bucket/shown/s/v1')}'`);
    const runs = [made];
    for (const args of [
      ['verify', out],
      ['show', out],
      ['plan', ...common.slice(0, -3), 'dataset://s/v2', '--out', out],
    ]) {
      runs.push(await tidemark(args, { env: canary }));
      expect(runs.at(-1)!.code, runs.at(-1)!.stderr).toBe(0);
    }
    const again = await tidemark(['snapshot', ...common], { env: canary });
    expect([again.code, again.stderr]).toEqual([
      2,
      expect.stringContaining('is already there: s3://bucket/shown/s/v1') as string,
    ]);
    const { objects } = await store.contents();
    const bodies: string[] = [];
    for (const { key } of objects)
      bodies.push(Buffer.from((await s3Store.read(store.at(`bucket/${key}`)))!).toString('latin1'));
    const told = [
      ...[...runs, again].flatMap(({ stdout, stderr }) => [stdout, stderr]),
      JSON.stringify(objects),
      ...bodies,
    ].join('\n');
    for (const secret of ['secret-of-the-session', 'canary-of-the-session']) expect(told).not.toContain(secret);
  });

  it('makes the version of a store that is slow, busy and lossy', async () => {
    const faults = [
      { method: 'POST', path: 'uploads=', wait: 1500 },
      { method: 'PUT', path: 'partNumber=1', wait: 3000 },
      { method: 'PUT', path: 'partNumber=2', status: 503, code: 'SlowDown', times: 2 },
      { method: 'PUT', path: 'partNumber=3', damage: true },
      { method: 'PUT', path: 'partNumber=4', cut: 'after' },
      { method: 'POST', path: 'parquet[?]uploadId', wait: 1500 },
    ] as const;
    await store.play(...faults);
    const query = 'SELECT i, md5(i::text) AS a, md5((-i)::text) AS b FROM generate_series(1, 800000) i';
    const common = [
      '--source',
      database.url,
      '--query',
      query,
      '--dataset',
      'dataset://slow/v1',
      '--compression',
      'none',
    ];
    const inBucket = await tidemark(['snapshot', ...common, '--json', '--out', store.at('bucket/slow')], { env });
    expect(inBucket.code, inBucket.stderr).toBe(0);
    const inFolder = await tidemark(['snapshot', ...common, '--json', '--out', emptyFolder('out')]);
    const [made, same] = [inBucket, inFolder].map(({ stdout }) => JSON.parse(stdout) as { id: string });
    expect(made!.id).toBe(same!.id);
    expect((await store.contents()).left).toBe(0);
    await expectNothingOpen(store);
  });

  it('ends at once where credentials expire on the way; the next run removes what stays', async () => {
    const out = store.at('bucket/expired');
    const args = ['snapshot', '--source', database.url, '--table', 'rows', '--dataset', 'dataset://e/v1', '--out', out];
    const expired = { status: 400, code: 'ExpiredToken', times: 1000 };
    await store.play({ method: 'PUT', path: 'partNumber=1', ...expired }, { method: 'DELETE', ...expired });
    const failed = await tidemark(args, { env });
    expect([failed.code, failed.stderr]).toEqual([
      4,
      expect.stringContaining('the credentials have expired') as string,
    ]);
    expect((await store.contents()).uploads).not.toEqual([]);
    await store.play();
    const next = await tidemark(args, { env });
    expect([next.code, next.stderr]).toEqual([0, expect.stringContaining('its uploads were removed') as string]);
    await expectNothingOpen(store);
  });

  it('says in an execution that the version is not registered', async () => {
    const inExecution = {
      ...env,
      VH_JOB_ID: '1',
      VH_OUTPUTS_DIR: emptyFolder('outputs'),
      VH_CONFIG_DIR: emptyFolder('config'),
    };
    const args = [
      '--source',
      database.url,
      '--table',
      'rows',
      '--dataset',
      'dataset://n/v1',
      '--out',
      store.at('bucket/n'),
    ];
    const { code, stderr } = await tidemark(['snapshot', ...args], { env: inExecution });
    expect(code).toBe(0);
    expect(stderr).toContain('warning: this version is not registered in Valohai');
    expect(stderr).not.toContain('training step');
  });

  it.each([
    ['told once to end', ['SIGTERM'], 143],
    ['told twice', ['SIGINT', 'SIGINT'], 130],
  ] as const)('%s gives up all uploads', async (_, signals, exitCode) => {
    await store.empty();
    const out = store.at('bucket/interrupted');
    const query = 'SELECT i, md5(i::text) AS a, md5((-i)::text) AS b FROM generate_series(1, 3000000) i';
    const running = tidemark(
      ['snapshot', '--source', database.url, '--query', query, '--dataset', 'dataset://i/v1', '--out', out],
      {
        env,
        onSpawn(child) {
          const watch = setInterval(() => {
            void store.contents().then(({ requests }) => {
              if (!requests.some((text) => text.includes('partNumber=1'))) return;
              clearInterval(watch);
              for (const signal of signals) child.kill(signal);
            });
          }, 50);
        },
      },
    );
    const { code, stderr } = await running;
    expect(code, stderr).toBe(exitCode);
    expect(await store.contents()).toMatchObject({ objects: [], uploads: [] });
  });
});
