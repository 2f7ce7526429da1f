import { hostname } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { snapshot, verify } from '../../dist/index.js';
import type { SnapshotResult } from '../../dist/index.js';
import type { VersionStore } from '../../src/core/destination.js';
import { destinationOf } from '../../src/destination/registry.js';
import { systemProcesses } from '../../src/machine/processes.js';
import { type RedshiftStandIn, startRedshift } from '../servers/redshift/redshift.js';
import { startStrictS3, type StrictS3 } from '../servers/s3/strict.js';
import { emptyFolder, tidemark } from '../support/cli.js';
import { urlOf } from '../source/redshift/open-request.js';
import { orders } from '../source/redshift/tables.js';

let service: RedshiftStandIn;
let store: StrictS3;
let files: VersionStore;

beforeAll(async () => {
  service = await startRedshift(inject('postgres18'));
  store = await startStrictS3({}, ['lake']);
  service.unloadsTo(store);
  files = await destinationOf(store.at('lake')).loadStore();
  // Whoever runs has the machine's identity alone.
  for (const name of Object.keys(store.env)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, service.env, { AWS_REGION: 'eu-north-1' });
  await service.owner.query(orders(20_000));
  await service.grant();
});
afterAll(async () => {
  store.stop();
  await service.stop();
});
beforeEach(async () => {
  service.faults();
  await store.play();
  await files.removeFolder(store.at('lake/staging'));
});

const words = (): readonly string[] => [
  ...['--source', urlOf(service), '--table', 'orders', '--out', emptyFolder('out')],
  ...['--dataset', 'dataset://d/v1', '--via', 'unload', '--staging', store.at('lake/staging')],
];
const env = (): Readonly<Record<string, string>> => ({ ...service.env, AWS_REGION: 'eu-north-1' });

const unload = (
  listener?: (event: { readonly type: string; readonly message?: string }) => void,
): Promise<SnapshotResult> =>
  snapshot(
    {
      ...{ source: urlOf(service), table: 'orders', out: emptyFolder('out'), dataset: 'dataset://d/v1' },
      ...{ via: 'unload', staging: store.at('lake/staging') },
    },
    { env: {}, ...(listener && { listener }) },
  );

/** What is in the place of staging, without its own name. */
async function staged(): Promise<readonly string[]> {
  const { objects, uploads } = await store.contents();
  expect(uploads).toEqual([]);
  return objects.map(({ key }) => key.replace('staging/', '')).toSorted();
}

/** The same without claims, which stay for a while of runs that were killed. */
const stagedFiles = async (): Promise<readonly string[]> =>
  (await staged()).filter((key) => !key.endsWith('/_claim.json'));

const minute = 60_000;
const ago = (minutes: number): Date => new Date(Date.now() - minutes * minute);

/** What a run would have left that began so many minutes ago. */
async function left(run: string, process: object, minutes: number, ...signs: readonly number[]): Promise<void> {
  const put = (name: string, text: string): Promise<boolean> =>
    files.create(store.at(`lake/staging/${run}/${name}`), Buffer.from(text));
  await put('_claim.json', JSON.stringify({ format: 1, startedAt: ago(minutes).toISOString(), process }));
  for (const sign of signs) await put(`_alive-${ago(sign).getTime()}`, '');
  await put('0/0000_part_00.parquet', 'rows');
}

describe('what a run leaves in the bucket that was killed', () => {
  it('is removed by the next one', async () => {
    await store.play({ method: 'GET', path: '0000_part_00', times: 99, wait: 30_000 });
    const killed = await tidemark(['snapshot', ...words()], {
      env: env(),
      async onSpawn({ kill }) {
        while (!(await staged()).some((key) => key.endsWith('/0/manifest')))
          await new Promise((r) => setTimeout(r, 50));
        kill('SIGKILL');
      },
    });
    expect(killed.signal).toBe('SIGKILL');
    await store.play();
    expect(await staged()).toContainEqual(expect.stringMatching(/^tidemark-\w+\/0\/0000_part_00\.parquet$/));
    const next = await tidemark(['snapshot', ...words()], { env: env() });
    expect(next.code, next.stderr).toBe(0);
    expect(next.stderr).toContain('recovered: A run was killed; its files were removed: s3://lake/staging/tidemark-');
    expect(await stagedFiles()).toEqual([]);
  });

  const elsewhere = { host: 'elsewhere', pid: 7 };
  it.each<[string, object, readonly number[], boolean]>([
    ['a process of this machine that is gone', { ...systemProcesses.own(), pid: 4_194_000 }, [5], true],
    ['a process that lives', systemProcesses.own(), [300], false],
    ['another machine that has just given a sign', elsewhere, [300, 120, 40], false],
    ['another machine that has just begun', elsewhere, [50], false],
    ['another machine that has been silent', elsewhere, [300, 120, 70], true],
    [
      'a container of this host, with a number that is taken',
      { host: hostname(), pid: process.pid, boot: 'b' },
      [5],
      false,
    ],
  ])('%s: is it removed?', async (_, process, [began, ...signs], isRemoved) => {
    await left('tidemark-other', process, began!, ...signs);
    const told: string[] = [];
    await unload(({ type, message }) => type === 'recovered' && told.push(message!));
    expect((await stagedFiles()).length > 0).toBe(!isRemoved);
    expect(told).toHaveLength(isRemoved ? 1 : 0);
  });

  it('is looked for again while its statement may go on', async () => {
    const told: string[] = [];
    const next = (): Promise<SnapshotResult> =>
      unload(({ type, message }) => type === 'recovered' && told.push(message!));
    await left('tidemark-other', elsewhere, 300);
    await next();
    expect(await staged()).toEqual(['tidemark-other/_claim.json']);
    await next();
    expect([await staged(), told.length]).toEqual([['tidemark-other/_claim.json'], 1]);
    await files.create(store.at('lake/staging/tidemark-other/0/0001_part_00.parquet'), Buffer.from('rows'));
    await next();
    expect([await staged(), told.length]).toEqual([['tidemark-other/_claim.json'], 2]);
  });

  it('goes with its claim after two days', async () => {
    await left('tidemark-other', elsewhere, 49 * 60);
    await unload();
    expect(await staged()).toEqual([]);
  });

  it('is left alone where no run has claimed it', async () => {
    for (const name of ['tidemark-mine/notes.parquet', 'tidemark-mine/_claim.json', 'other/0/a.parquet'])
      await files.create(store.at(`lake/staging/${name}`), Buffer.from('{}'));
    await unload();
    expect(await staged()).toEqual(['other/0/a.parquet', 'tidemark-mine/_claim.json', 'tidemark-mine/notes.parquet']);
  });

  it('and cannot be removed: the run says so, and goes on', async () => {
    await left('tidemark-other', elsewhere, 300);
    await store.play({ method: 'DELETE', path: 'tidemark-other', times: 99, status: 403, code: 'AccessDenied' });
    const told: object[] = [];
    await unload((event) => event.type === 'recovered' && told.push(event));
    expect(told).toEqual([
      {
        type: 'recovered',
        kind: 'failed',
        message: expect.stringMatching(/^Cleaning up at s3:\/\/lake\/staging.* failed: .*access was denied$/) as string,
      },
    ]);
  });
});

describe('what misbehaves', () => {
  it('a bucket of another region: the run says what Redshift says', async () => {
    const refuse =
      'S3ServiceException: The S3 bucket addressed by the query is in a different region from this cluster.';
    service.faults({ sql: '^UNLOAD', refuse });
    await expect(unload()).rejects.toMatchObject({
      code: 'source.sql',
      message: expect.stringContaining('is in a different region from this cluster') as string,
      hint: expect.stringContaining('?region=') as string,
    });
    expect(await staged()).toEqual([]);
  });

  it('a role that may not write: the run names it', async () => {
    const refuse = 'S3ServiceException:Access Denied,Status 403,Error AccessDenied,Rid 9A2B';
    service.faults({ sql: '^UNLOAD', refuse });
    await expect(unload()).rejects.toMatchObject({
      code: 'source.sql',
      hint: expect.stringMatching(/^The role that writes is .*s3:PutObject/) as string,
    });
    expect(await staged()).toEqual([]);
  });

  it('a store that is busy, slow and breaks off: the version is right', async () => {
    await store.play(
      { method: 'GET', path: '0000_part_00', status: 503, code: 'SlowDown', times: 2 },
      { method: 'GET', path: '0001_part_00', wait: 1500 },
      { method: 'GET', path: '0001_part_00', cut: 'after' },
      { method: 'DELETE', path: 'manifest', status: 503, code: 'SlowDown', times: 2 },
    );
    const made = await unload();
    expect(made.rows).toBe(20_000);
    expect((await verify(made.location)).findings).toEqual([]);
    expect(await staged()).toEqual([]);
  });

  it('a server that is slow to write', async () => {
    service.faults({ sql: '^UNLOAD', slow: 200 });
    const told: string[] = [];
    expect((await unload(({ type, message }) => type === 'waiting' && told.push(message!))).rows).toBe(20_000);
    expect(told).toEqual(['the database writes orders as files']);
    expect(await staged()).toEqual([]);
  });

  it('a place that cannot be written to: nothing is unloaded', async () => {
    await store.play({ method: 'PUT', path: '_claim', times: 99, status: 403, code: 'AccessDenied' });
    await expect(unload()).rejects.toMatchObject({ code: 'destination.denied' });
    expect(await staged()).toEqual([]);
  });
});
