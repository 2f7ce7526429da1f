import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verify } from '../../dist/index.js';
import { queryDuckdb } from '../readers/index.js';
import { goodKey, startStrictS3, type StrictS3 } from '../servers/s3/strict.js';
import { type CliRun, emptyFolder, tidemark } from '../support/cli.js';

const files = 12;
const folder = emptyFolder('engine');
const lake = join(folder, 'lake');
let store: StrictS3;

beforeAll(async () => {
  store = await startStrictS3({}, ['lake', 'bucket']);
  mkdirSync(lake);
  const client = new S3Client({
    ...{ endpoint: store.endpoint, forcePathStyle: true, region: 'eu-north-1' },
    credentials: { accessKeyId: goodKey.AWS_ACCESS_KEY_ID, secretAccessKey: goodKey.AWS_SECRET_ACCESS_KEY },
  });
  for (let file = 0; file < files; file += 1) {
    const path = join(lake, `part-${String(file).padStart(2, '0')}.parquet`);
    await queryDuckdb(
      `COPY (SELECT i AS id, i % 7 AS owner, md5(i::TEXT) AS word FROM range(${file * 5000}, ${(file + 1) * 5000}) t(i)) TO '${path}' (FORMAT parquet)`,
    );
    const Key = `engine/${path.slice(lake.length + 1)}`;
    await client.send(new PutObjectCommand({ Bucket: 'lake', Key, Body: readFileSync(path) }));
  }
  client.destroy();
});
afterAll(() => store.stop());

const adopt = (from: string, out: string, member?: string): Promise<CliRun> =>
  tidemark(
    [
      ...['adopt', from, '--dataset', 'dataset://lake/1', '--out', out, '--json'],
      ...(member === undefined ? [] : ['--member', member, '--member-timeout', '10s']),
    ],
    { env: store.env, timeout: 120_000 },
  );

it.each<[string, () => string, () => string]>([
  ['in a folder', () => lake, () => emptyFolder('adopted')],
  ['in buckets of one store', () => store.at('lake/engine'), () => store.at('bucket/adopted')],
])('files of another engine, %s, are adopted by several machines as by one', async (_, from, place) => {
  const told = ({
    stdout,
    stderr,
  }: CliRun): { readonly id: string; readonly rows: number; readonly location: string } => {
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as ReturnType<typeof told>;
  };
  const out = place();
  const alone = told(await adopt(from(), out.replace(/(?=\?|$)/, '-alone')));
  const runs = (await Promise.all(['2/3', '1/3', '0/3'].map((member) => adopt(from(), out, member)))).map(told);
  for (const made of runs) expect([made.id, made.rows]).toEqual([alone.id, files * 5000]);
  expect((await verify(runs[0]!.location)).findings).toEqual([]);
  const { uploads, objects } = await store.contents();
  expect(uploads).toEqual([]);
  expect(objects.map(({ key }) => key).filter((key) => /\/_/.test(key.replace('/_manifest', '')))).toEqual([]);
});
