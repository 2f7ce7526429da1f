import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { verify } from '../../dist/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { startStrictS3, type StrictS3 } from '../servers/s3/strict.js';
import { Platform } from './platform.js';
import { pythonEnvironment } from './python.js';
import { validated, validator } from './validator.js';

const root = new URL('../../', import.meta.url).pathname;
const example = join(root, 'examples/scale/valohai.yaml');
const job = join(root, 'examples/scale/job.yaml');
const kubernetes = await pythonEnvironment('kubernetes', ['kubernetes-validate==1.37.0']);

let database: FreshDatabase;
let store: StrictS3;

beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
  store = await startStrictS3({}, ['my-bucket']);
  await database.query(`
    CREATE TABLE customer_data AS SELECT i AS customer_id, repeat(md5(i::text), 20) AS note FROM generate_series(1, 50000) i;
    ANALYZE customer_data;`);
});
afterAll(async () => {
  store.stop();
  await database.drop();
});

describe('a distributed task of Valohai', () => {
  it.each([1, 3])('of %i executions makes one version in the bucket', async (count) => {
    const { host, port, username } = new URL(database.url);
    const out = store.at(`my-bucket/task-${count}`);
    const runs = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        new Platform(example).run('snapshot-together', {
          parameters: { out, date: '2024-01-15' },
          environment: {
            ...store.env,
            ...{ DB_HOST: host.split(':')[0]!, DB_PORT: port, DB_NAME: database.name, DB_USER: username },
            ...{ VH_DIST_MEMBER_INDEX: String(index), VH_DIST_MEMBER_COUNT: String(count) },
            ...{ VH_DIST_MEMBER_ID: `member-${index}`, TIDEMARK_SHARD_SIZE: '1MiB' },
          },
        }),
      ),
    );
    for (const made of runs) expect([made.code, made.complaints, made.outputs], made.stderr).toEqual([0, [], []]);
    const rows = runs.map(({ metrics }) => metrics.at(-1)?.['rows']);
    expect(rows).toEqual(runs.map(() => 50_000));
    const { objects, uploads } = await store.contents();
    expect(uploads).toEqual([]);
    const own = objects.map(({ key }) => key).filter((key) => key.startsWith(`task-${count}/`));
    expect(own.every((key) => key.startsWith(`task-${count}/customer-data/2024-q1/`))).toBe(true);
    const location = out.replace(/(?=\?|$)/, '/customer-data/2024-q1');
    expect((await verify(location)).findings).toEqual([]);
  });

  it.skipIf(validator.bin === undefined)(`passes the platform's own validation ${validator.reason}`, async () => {
    expect(await validated(example)).toBe("[] ['snapshot-together'] []");
  });
});

describe('an indexed job of Kubernetes', () => {
  it.skipIf(kubernetes.bin === undefined)(`is one by Kubernetes' own schema ${kubernetes.reason}`, async () => {
    const checked = await execa(join(kubernetes.bin!, 'kubernetes-validate'), ['--strict', job], { reject: false });
    expect([checked.exitCode, checked.stdout], checked.stderr).toEqual([0, expect.stringContaining('passed')]);
  });

  it('has as many pods as members, all at the same time', () => {
    const { spec } = parse(readFileSync(job, 'utf8')) as {
      readonly spec: {
        readonly completions: number;
        readonly parallelism: number;
        readonly template: { readonly spec: { readonly containers: readonly [{ readonly args: readonly string[] }] } };
      };
    };
    const [{ args }] = spec.template.spec.containers;
    expect([spec.completions, spec.parallelism]).toEqual([3, 3]);
    expect(args).toContain('--member=auto/3');
  });
});
