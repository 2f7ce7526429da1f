import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queryDuckdb } from '../readers/index.js';
import { startStrictS3 } from '../servers/s3/strict.js';
import { emptyFolder } from '../support/cli.js';
import { adopt, hashesIn, verify } from './foreign.js';

const store = await startStrictS3({}, ['bucket', 'lake']);
const client = new S3Client({ endpoint: store.endpoint, forcePathStyle: true });
afterAll(() => {
  client.destroy();
  store.stop();
});

const files = join(emptyFolder('files'), 'events');
const names = ['a.parquet', 'b.parquet', 'c.parquet'];
const put = (Key: string, Body: Uint8Array): Promise<unknown> =>
  client.send(new PutObjectCommand({ Bucket: 'lake', Key, Body }));

beforeAll(async () => {
  mkdirSync(files);
  for (const [index, name] of names.entries()) {
    const rows = `SELECT i AS id, md5(i::text) AS text FROM range(${index * 10_000}, ${(index + 1) * 10_000}) numbers(i)`;
    await queryDuckdb(`COPY (${rows}) TO '${join(files, name)}' (FORMAT parquet)`);
  }
  await putAll('events');
});

async function putAll(prefix: string): Promise<void> {
  for (const name of names) await put(`${prefix}/${name}`, readFileSync(join(files, name)));
}

/** What was asked of the store since, and what is in it of versions. */
async function asked(): Promise<{ readonly sent: number; readonly copied: number }> {
  const { requests } = await store.contents();
  const parts = requests.filter((request) => request.startsWith('PUT') && request.includes('partNumber='));
  return { sent: parts.length, copied: requests.filter((request) => request.startsWith('COPY')).length };
}

async function expectNothing(prefix: string): Promise<void> {
  const { objects, uploads } = await store.contents();
  expect(objects.filter(({ bucket, key }) => bucket === 'bucket' && key.startsWith(prefix))).toEqual([]);
  expect(uploads).toEqual([]);
}

describe('files in a bucket', () => {
  it.each([
    ['a folder', (): string => emptyFolder('out')],
    ['the same bucket', (): string => store.at('lake/versions')],
    ['another bucket of the store', (): string => store.at('bucket/versions')],
  ])('become a version in %s, byte by byte', async (_, out) => {
    const inFolder = await adopt(files);
    const before = await asked();
    const made = await adopt(store.at('lake/events'), { out: out() });
    expect(made).toMatchObject({ id: inFolder.id, rows: 30_000 });
    expect(made.shards.map(({ sha256 }) => sha256)).toEqual(hashesIn(files));
    expect(await verify(made.location)).toMatchObject({ valid: true });
    // The store copies files by itself; the manifest alone is sent.
    const after = await asked();
    const inBucket = made.location.startsWith('s3:');
    expect([after.copied - before.copied, after.sent - before.sent]).toEqual(inBucket ? [names.length, 1] : [0, 0]);
  });

  it('are read by the list of UNLOAD, whose addresses have no endpoint', async () => {
    const entries = names.map((name) => ({
      url: `s3://lake/events/${name}`,
      meta: { content_length: readFileSync(join(files, name)).length, record_count: 10_000 },
    }));
    await put('unload/events_manifest', Buffer.from(JSON.stringify({ entries })));
    expect(await adopt(store.at('lake/unload/events_manifest'))).toMatchObject({ rows: 30_000 });
  });

  it('of this machine go into a bucket', async () => {
    const made = await adopt(files, { out: store.at('bucket/local') });
    expect(made.shards.map(({ sha256 }) => sha256)).toEqual(hashesIn(files));
    expect(await verify(made.location)).toMatchObject({ valid: true });
  });

  it('that are cut while they are read are read on', async () => {
    await store.play({ method: 'GET', path: 'events/b.parquet', skip: 1, times: 2, cut: 'after' });
    expect(await adopt(store.at('lake/events'))).toMatchObject({ rows: 30_000 });
  });

  it('that may not be read, and are damaged on their way, make no version', async () => {
    const out = store.at('bucket/refused');
    await store.play({
      method: 'GET',
      path: 'events/b.parquet',
      skip: 1,
      times: 99,
      status: 403,
      code: 'AccessDenied',
    });
    await expect(adopt(store.at('lake/events'), { out })).rejects.toMatchObject({ code: 'destination.denied' });
    await store.play();
    await expectNothing('refused');
  });

  it('that are replaced once they were looked at make no version', async () => {
    await putAll('moving');
    const out = store.at('bucket/moving');
    let isReplaced = false;
    const adopting = adopt(store.at('lake/moving'), { out }, {}, (event) => {
      if (event.type !== 'opened' || isReplaced) return;
      isReplaced = true;
      for (const name of names) void put(`moving/${name}`, readFileSync(join(files, 'a.parquet')));
    });
    await expect(adopting).rejects.toMatchObject({ code: expect.stringMatching(/^source\.changed$|^destination\./) });
    await expectNothing('moving');
  });
});
