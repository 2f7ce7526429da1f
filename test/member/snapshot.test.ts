import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { startStrictS3, type StrictS3 } from '../servers/s3/strict.js';
import { type CliRun, emptyFolder, tidemark } from '../support/cli.js';

const rows = 60_000;
let database: FreshDatabase;
let store: StrictS3;

beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
  store = await startStrictS3({}, ['bucket']);
  await database.query(`
    CREATE TABLE orders (id bigint PRIMARY KEY, customer text, price numeric(12,3), at timestamptz);
    INSERT INTO orders SELECT i, 'customer ' || i % 977 || repeat('x', 300), (i % 1000) / 8.0,
      timestamptz '2024-01-01' + i * interval '1 second' FROM generate_series(1, ${rows}) i;
    CREATE TABLE words AS SELECT i AS id, md5(i::text) AS word FROM generate_series(1, 1000) i;
    ANALYZE;`);
});
afterAll(async () => {
  store.stop();
  await database.drop();
});

/** The command of each member, or of one that is alone. */
function run(out: string, member: string | undefined, more: readonly string[] = []): Promise<CliRun> {
  const words = ['--source', database.url, '--table', 'orders', '--table', 'words', '--dataset', 'dataset://d/1'];
  const own = member === undefined ? [] : ['--member', member, '--member-timeout', '10s'];
  return tidemark(
    ['snapshot', ...words, '--out', out, '--shard-size', '1MiB', '--lanes', '2', '--json', ...own, ...more],
    { env: store.env, timeout: 120_000 },
  );
}

interface Made {
  readonly id: string;
  readonly digest: string;
  readonly rows: number;
  readonly location: string;
  readonly shards: readonly { readonly path: string; readonly sha256: string }[];
}
const madeBy = ({ stdout, stderr }: CliRun): Made => {
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Made;
};

const places: readonly [string, () => string][] = [
  ['a folder', () => emptyFolder('members')],
  ['a bucket', () => store.at(`bucket/members-${Math.random().toString(36).slice(2)}`)],
];

describe.each(places)('members that write into %s', (_, place) => {
  it.each([2, 3])('make the version that one makes: %i of them', async (count) => {
    const alone = madeBy(await run(place(), undefined));
    const out = place();
    const runs = await Promise.all(
      Array.from({ length: count }, (_unused, index) => run(out, `${count - 1 - index}/${count}`)),
    );
    for (const one of runs) expect([one.code, one.stderr]).toEqual([0, expect.anything()]);
    for (const one of runs) {
      const made = madeBy(one);
      expect([made.id, made.digest, made.rows]).toEqual([alone.id, alone.digest, alone.rows]);
      expect(made.shards).toEqual(alone.shards);
    }
  });
});

it('nothing stays but the version', async () => {
  const out = emptyFolder('members');
  await Promise.all(['1/2', '0/2'].map((member) => run(out, member)));
  expect(readdirSync(out).sort()).toEqual(['d', 'valohai.metadata.jsonl']);
  expect(readdirSync(join(out, 'd'))).toEqual(['1']);
  expect(existsSync(join(out, 'd', '1', '_manifest.1.json'))).toBe(true);
  expect(readFileSync(join(out, 'valohai.metadata.jsonl'), 'utf8').split('\n').length).toBeGreaterThan(2);
});
