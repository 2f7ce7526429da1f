import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Manifest } from '../../src/manifest/shape.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, type Snapshot, snapshotJson, tidemarkHere as tidemark } from '../support/cli.js';

const parts = ['train', 'validation', 'test'] as const;
const split = ['--split', 'train=0.7,validation=0.15,test=0.15', '--split-key', 'customer'];

describe('a version for each part of a split', { timeout: 120_000 }, () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    await database.query(`CREATE TABLE orders AS SELECT i AS id, i % 2000 AS customer, md5(i::text) AS note, i % 3 = 0 AS returned,
        CASE WHEN i = 77 THEN 'infinity' ELSE date '2024-01-01' + i % 100 END AS day FROM generate_series(1, 20000) i;
      CREATE TABLE customers AS SELECT i AS customer, 'c' || i AS name FROM generate_series(0, 1999) i`);
  });

  const environment = () => ({ TIDEMARK_SOURCE: database.url });
  const words = (args: readonly string[], out: string): string[] => [
    '--table',
    'orders',
    '--misfit',
    'null',
    ...split,
    '--out',
    out,
    ...args,
  ];
  const make = (args: readonly string[], out = emptyFolder('versions')): Promise<Snapshot> =>
    snapshotJson(words(args, out), { env: environment() });
  const refused = async (args: readonly string[], out = emptyFolder('versions')) => {
    const { code, stderr } = await tidemark(['snapshot', ...words(args, out)], { env: environment() });
    expect(code, stderr).not.toBe(0);
    return { code, stderr };
  };
  const manifestOf = (location: string, version: string): Manifest =>
    JSON.parse(readFileSync(join(location, `_manifest.${version}.json`), 'utf8')) as Manifest;

  it('is whole by itself, and names the others', async () => {
    const out = emptyFolder('versions');
    const made = await make(['--dataset', 'dataset://data/{split}-2024-q1', '--split-label', 'returned'], out);
    const names = parts.map((part) => `${part}-2024-q1`);
    expect(made.versions.map(({ part, version }) => [part, version])).toEqual(
      parts.map((part, index) => [part, `dataset://data/${names[index]}`]),
    );
    expect([made.version, made.id, made.rows]).toEqual([made.versions[0]!.version, made.versions[0]!.id, 20_000]);
    const one = await make(['--dataset', 'dataset://data/2024-q1', '--split-label', 'returned']);
    expect(made.splits).toEqual(one.splits);
    const whole = manifestOf(one.location, '2024-q1').version.tables[0]!;
    for (const [index, { id, version, rows, digest, location, shards }] of made.versions.entries()) {
      const manifest = manifestOf(location, names[index]!);
      expect([manifest.id, manifest.version.uri, manifest.version.part]).toEqual([id, version, parts[index]]);
      expect(manifest.version.siblings).toEqual(
        made.versions
          .filter((other) => other.version !== version)
          .map((other) => ({ part: other.part, uri: other.version, rows: other.rows, digest: other.digest })),
      );
      const target = whole.targets[index]!;
      const [table] = manifest.version.tables;
      expect(shards.map(({ path }) => path)).toEqual([`data-${names[index]}-00000.parquet`]);
      expect(shards.map(({ sha256 }) => sha256)).toEqual(target.shards.map(({ sha256 }) => sha256));
      expect([rows, digest, table!.facts.classes]).toEqual([target.facts.rows, digest, target.facts.classes]);
      expect(table!.digest).toBe(target.digest);
      expect(table!.schema.find(({ name }) => name === 'day')!.exactness).toBe('lossy');
      expect((await tidemark(['verify', location])).code).toBe(0);
      const { stdout } = await tidemark(['show', location]);
      expect(stdout).toMatch(new RegExp(`part +${parts[index]}\n`));
      expect(stdout.match(/^ {2}beside +dataset:\/\/data\/\S+: \w+, [\d,]+ rows, td1:/gm)?.length).toBe(2);
    }
    expect((await readdir(join(out, 'data'))).sort()).toEqual([...names].sort());
    const lines = readFileSync(join(out, 'valohai.metadata.jsonl'), 'utf8').trim().split('\n');
    const uris = lines.map((line) => (JSON.parse(line) as Line).metadata['valohai.dataset-versions'][0]!.uri);
    expect(uris.sort()).toEqual(made.versions.flatMap(({ version }) => [version, version]).sort());
  });

  interface Line {
    readonly file: string;
    readonly metadata: {
      readonly 'valohai.tags': string[];
      readonly team: string;
      readonly 'valohai.dataset-versions': [{ uri: string; from: string; targeting_aliases: string[] }];
    };
  }

  it('has names, tags, properties, alias and parent of its own', async () => {
    const out = emptyFolder('versions');
    const texts = ['--tag', 'for-{split}', '--property', 'team={split} team', '--alias', '{split}-production'];
    await make(
      ['--dataset', 'dataset://data/q2', '--split-datasets', ...texts, '--from', 'dataset://data/{split}-q1'],
      out,
    );
    const lines = readFileSync(join(out, 'valohai.metadata.jsonl'), 'utf8').trim().split('\n');
    for (const { file, metadata } of lines.map((line) => JSON.parse(line) as Line)) {
      const part = parts.find((one) => file.startsWith(`data/${one}-q2/`))!;
      expect(metadata['valohai.tags']).toEqual([`for-${part}`]);
      expect(metadata.team).toBe(`${part} team`);
      expect(metadata['valohai.dataset-versions']).toEqual([
        {
          uri: `dataset://data/${part}-q2`,
          from: `dataset://data/${part}-q1`,
          targeting_aliases: [`${part}-production`],
        },
      ]);
    }
  });

  it('may be of a dataset for each part, of several tables and partitions', async () => {
    const args = ['--table', 'customers', '--partition-by', 'customer', '--sample', '0.05', '--alias', 'production'];
    const made = await make(['--dataset', 'dataset://shop-{split}/v1', ...args]);
    expect(made.versions.map(({ version }) => version)).toEqual(parts.map((part) => `dataset://shop-${part}/v1`));
    const { shards, location } = made.versions[2]!;
    expect(shards[0]!.path).toMatch(/^orders\/customer=(\d+)\/shop-test-v1--orders--customer-\1-00000\.parquet$/);
    for (const { location: folder } of made.versions) expect((await tidemark(['verify', folder])).code).toBe(0);
    const command = manifestOf(location, 'v1').run.command;
    expect(command).toContain("--dataset 'dataset://shop-{split}/v1'");
  });

  it('is not made where one of them is there: none is', async () => {
    const out = emptyFolder('versions');
    await mkdir(join(out, 'data', 'test-v1'), { recursive: true });
    const args = ['--dataset', 'dataset://data/{split}-v1'];
    const { code, stderr } = await refused(args, out);
    expect([code, stderr]).toEqual([2, expect.stringContaining('version "dataset://data/test-v1" is already there')]);
    expect(await readdir(join(out, 'data'))).toEqual(['test-v1']);
    expect(existsSync(join(out, 'valohai.metadata.jsonl'))).toBe(false);
    const plan = await tidemark(['plan', ...words(args, out)], { env: environment() });
    expect(plan.stderr).toContain('version "dataset://data/test-v1" is already there');
  });

  it('is told by plan and by the summary', async () => {
    const out = emptyFolder('versions');
    const args = words(['--dataset', 'dataset://data/{split}-v1'], out);
    const plan = await tidemark(['plan', ...args], { env: environment() });
    expect(plan.stdout).toMatch(
      /^dataset:\/\/data\/train-v1\ndataset:\/\/data\/validation-v1\ndataset:\/\/data\/test-v1\n/,
    );
    expect(plan.stdout).toContain('data-validation-v1-00000.parquet');
    expect(plan.stdout).not.toContain('validation/data-');
    const { stderr } = await tidemark(['snapshot', ...args], { env: environment() });
    expect(stderr.match(/^created dataset:\/\/data\/\w+-v1$/gm)?.length).toBe(3);
    expect(stderr).toMatch(/split +train \d\d\.\d %, validation/);
  });

  it.each<[readonly string[], string]>([
    [
      ['--dataset', 'dataset://data/v1', '--split-datasets', '--alias', 'prod'],
      'alias: prod is one for the versions train-v1, validation-v1, test-v1',
    ],
    [
      ['--dataset', 'dataset://data/v2', '--split-datasets', '--from', 'dataset://data/v1'],
      'from: dataset://data/v1 is one for the versions',
    ],
    [
      ['--dataset', 'dataset://data/v1', '--alias', '{split}-prod'],
      'alias: "{split}-prod" has {split}, and one version has all parts',
    ],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await refused(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('needs a split', async () => {
    const args = ['plan', '--table', 'orders', '--dataset', 'dataset://data/{split}-v1'];
    const { code, stderr } = await tidemark(args, { env: environment() });
    expect([code, stderr]).toEqual([2, expect.stringContaining('has {split}, and there is no split')]);
  });
});
