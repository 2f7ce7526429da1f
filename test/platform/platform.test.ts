import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../servers/postgres.js';
import type { VersionDiff } from '../../dist/index.js';
import { emptyFolder, tidemark } from '../support/cli.js';
import type { Datum } from './dataset-store.js';
import { anyFile, type Execution, Platform } from './platform.js';
import { pythonEnvironment } from './python.js';
import { validated, validator } from './validator.js';

const root = new URL('../../', import.meta.url).pathname;
const example = join(root, 'examples', 'valohai', 'valohai.yaml');
const anything = join(root, 'test', 'platform', 'any-snapshot.yaml');
const seed = (file: string): string => readFileSync(join(root, 'fixtures', 'sql', file), 'utf8');
const requirements = readFileSync(join(root, 'examples', 'valohai', 'requirements.txt'), 'utf8')
  .trim()
  .split('\n');

const trainer = await pythonEnvironment('train', requirements);

let db: FreshDatabase;
let settings: Record<string, string>;

beforeAll(async () => {
  const server = inject('postgres18');
  db = await freshDatabase(server);
  await db.query(`SET tidemark.rows = 20000; ${seed('customer_data.sql')}`);
  settings = { DB_HOST: server.host, DB_PORT: String(server.port), DB_NAME: db.name, DB_USER: server.user };
});

afterAll(() => db.drop());

const q1 = 'dataset://customer-data/2024-q1';

/** A version must be whole: its manifest there, and every shard that the manifest lists, with its size and sha-256. */
function expectWhole(files: readonly Datum[]): void {
  const manifestFile = files.find(({ path }) => basename(path).startsWith('_manifest.'))!;
  const manifest = JSON.parse(readFileSync(manifestFile.stored, 'utf8')) as {
    version: { tables: { targets: { shards: { path: string; bytes: number; sha256: string }[] }[] }[] };
  };
  const listed = manifest.version.tables.flatMap(({ targets }) => targets.flatMap(({ shards }) => shards));
  expect(listed.length).toBeGreaterThan(0);
  const found = files
    .filter((file) => file !== manifestFile)
    .map(({ path, size, sha256 }) => ({
      path: basename(path),
      bytes: size,
      sha256,
    }));
  const byPath = (a: { path: string }, b: { path: string }): number => a.path.localeCompare(b.path);
  const wanted = listed.map(({ path, bytes, sha256 }) => ({ path: basename(path), bytes, sha256 }));
  expect(found.sort(byPath)).toEqual(wanted.sort(byPath));
}

/** The one line of metadata that a step has written. */
function metadataOf({ outputs }: Execution): unknown {
  const lines = outputs.find(({ path }) => path === 'valohai.metadata.jsonl')!;
  return JSON.parse(readFileSync(lines.stored, 'utf8'));
}

/** The version, as an input folder has it. */
function mounted(files: readonly Datum[]): string {
  const folder = emptyFolder('mounted');
  for (const { path, stored } of files) copyFileSync(stored, join(folder, basename(path)));
  return folder;
}

describe('the example on the platform', () => {
  const platform = new Platform(example);
  let first: Execution;

  it('makes a dataset version of a snapshot', async () => {
    const parameters = { date: '2024-01-15', alias: 'production' };
    first = await platform.run('snapshot', { parameters, environment: settings });
    expect(first.code, first.stderr).toBe(0);
    expect(first.complaints).toEqual([]);
    expect(platform.datasets.uris()).toEqual([q1]);
    const files = platform.datasets.files(q1);
    expectWhole(files);
    expect(platform.datasets.files('dataset://customer-data/production')).toEqual(files);
    expect((await tidemark(['verify', mounted(files)])).code).toBe(0);
  });

  it('says on every file what the guide says', async () => {
    const [{ min, max }] = (await db.query<{ min: string; max: string }>(
      'SELECT min(signup_date)::text, max(signup_date)::text FROM customer_data',
    )) as [{ min: string; max: string }];
    for (const { metadata, path } of platform.datasets.files(q1)) {
      expect(metadata, path).toMatchObject({
        'valohai.tags': ['snapshot', 'production'],
        query_date: '2024-01-15',
        query: expect.stringContaining('FROM customer_data') as string,
        source_database: db.name,
        date_range: `${min} to ${max}`,
      });
    }
    const shards = platform.datasets.files(q1).filter(({ path }) => path.endsWith('.parquet'));
    expect(shards.reduce((rows, { metadata }) => rows + Number(metadata['row_count']), 0)).toBe(20_000);
  });

  it('keeps the lineage of the execution in the manifest, and stdout for metrics', () => {
    const manifest = first.outputs.find(({ path }) => path.includes('_manifest.'))!;
    const { run } = JSON.parse(readFileSync(manifest.stored, 'utf8')) as { run: { lineage: object } };
    expect(run.lineage).toMatchObject({ platform: 'valohai', 'commit-identifier': '0123abcd' });
    expect(first.metrics.length).toBeGreaterThan(0);
    expect(first.stdout.trim().split('\n').length).toBe(first.metrics.length);
  });

  it.skipIf(trainer.bin === undefined)(
    `trains on the version, with the same result each time ${trainer.reason}`,
    async () => {
      const train = () => platform.run('train', { path: trainer.bin! });
      const before = await train();
      expect(before.code, before.stderr).toBe(0);
      expect(before.metrics).toEqual([{ rows: 20_000, accuracy: expect.any(Number) as number }]);
      expect(before.metrics[0]!['accuracy']).toBeGreaterThan(0.75);

      await db.query(seed('customer_data_next_quarter.sql'));
      const parameters = { date: '2024-04-15' };
      const second = await platform.run('snapshot', { parameters, environment: settings });
      expect(second.code, second.stderr).toBe(0);
      expect(platform.datasets.uris()).toEqual([q1, 'dataset://customer-data/2024-q2']);

      const again = await train();
      expect(again.metrics).toEqual(before.metrics);
      const newer = await platform.run('train', {
        path: trainer.bin!,
        inputs: { 'training-data': 'dataset://customer-data/2024-q2' },
      });
      expect(newer.metrics[0]!['rows']).not.toBe(20_000);
      expect(newer.outputs.map(({ path }) => path)).toEqual(['model.pkl', 'valohai.metadata.jsonl']);
      // From the model back to the rows.
      const idOf = (uri: string): unknown => platform.datasets.files(uri)[0]!.metadata['tidemark.id'];
      for (const [trained, uri] of [
        [again, q1],
        [newer, 'dataset://customer-data/2024-q2'],
      ] as const)
        expect(metadataOf(trained)).toMatchObject({
          file: 'model.pkl',
          metadata: {
            'valohai.model-versions': [{ model_uri: 'model://churn/' }],
            'tidemark.trained-on': uri,
            'tidemark.id': idOf(uri),
          },
        });
      // Did the model improve, or did the data change?
      const compared = await platform.run('compare', { parameters: { json: 'true' } });
      expect(compared.code, compared.stderr).toBe(0);
      const [found] = compared.metrics as unknown as [VersionDiff];
      expect(found).toMatchObject({ same: false, from: { rows: 20_000 }, to: { rows: newer.metrics[0]!['rows'] } });
      expect(found.rows.added - found.rows.removed).toBe(found.to.rows - 20_000);
    },
  );

  it.skipIf(trainer.bin === undefined)(
    `runs the pipeline: training takes the files of the snapshot ${trainer.reason}`,
    async () => {
      const other = new Platform(example);
      const { rows } = (await db.query<{ rows: number }>('SELECT count(*)::int AS rows FROM customer_data'))[0]!;
      const nodes = await other.runPipeline('snapshot-and-train', {
        snapshot: { parameters: { date: '2024-07-15' }, environment: settings },
        train: { path: trainer.bin! },
      });
      expect(nodes.get('train')!.code, nodes.get('train')!.stderr).toBe(0);
      expect(nodes.get('train')!.metrics).toEqual([{ rows, accuracy: expect.any(Number) as number }]);
    },
  );
});

describe('executions that fail', () => {
  it.each([
    ['before the query', { DB_NAME: 'nowhere' }, {}, 3],
    ['with a wrong request', {}, { date: 'soon' }, 2],
  ])('leave no outputs: %s', async (_, environment, parameters, code) => {
    const platform = new Platform(example);
    const run = await platform.run('snapshot', { parameters, environment: { ...settings, ...environment } });
    expect(run.code, run.stderr).toBe(code);
    expect(run.outputs).toEqual([]);
  });

  it('leave no outputs: in the middle of the rows', async () => {
    const platform = new Platform(anything);
    const query = 'SELECT n, 1 / (n - 900000) AS q FROM generate_series(1, 1000000) AS n';
    const run = await platform.run('snapshot', { environment: { ...settings, TIDEMARK_QUERY: query } });
    expect(run.code, run.stderr).toBe(3);
    expect(run.stderr).toContain('division by zero');
    expect(run.outputs).toEqual([]);
    expect(platform.datasets.uris()).toEqual([]);
  });
});

describe('kill -9', () => {
  const delays = [0, 30, 80, 150, 250, 400];

  it('never lets the platform make a version that is not whole', async () => {
    await db.query(`CREATE TABLE large AS SELECT n, md5(n::text) AS t FROM generate_series(1, 400000) AS n`);
    const ends = new Set<string>();
    for (const delay of delays) {
      const platform = new Platform(anything);
      const run = await platform.run('snapshot', {
        environment: { ...settings, TIDEMARK_TABLE: 'large' },
        onStart: (kill, outputs) => {
          void (async () => {
            for (let waited = 0; waited < 20_000 && !anyFile(outputs, /\.parquet/); waited += 5) await sleep(5);
            await sleep(delay);
            kill('SIGKILL');
          })().catch((error: NodeJS.ErrnoException) => {
            if (error.code !== 'ESRCH') throw error;
          });
        },
      });
      expect(run.complaints).toEqual([]);
      for (const uri of platform.datasets.uris()) expectWhole(platform.datasets.files(uri));
      const made = platform.datasets.uris().length > 0;
      ends.add(`${run.code === undefined ? 'killed' : 'done'}, ${made ? 'a version' : 'none'}`);
    }
    expect(ends, [...ends].join('; ')).toContain('killed, none');
  });
});

describe('valohai.yaml', () => {
  it.skipIf(validator.bin === undefined)(`passes the platform's own validation ${validator.reason}`, async () => {
    const build = 'print(config.steps["snapshot"].build_command({"date": "2024-01-15"})[-1])';
    const stdout = await validated(example, build);
    expect(stdout.split('\n')).toEqual([
      "[] ['compare', 'snapshot', 'train'] ['snapshot-and-train']",
      'node dist/cli/main.js snapshot examples/valohai/tidemark.yaml --date=2024-01-15',
    ]);
  });
});

describe('the stand-in itself', () => {
  it('refuses to make a version twice', () => {
    const platform = new Platform(example);
    const line = (file: string): string =>
      `${JSON.stringify({ file, metadata: { 'valohai.dataset-versions': [{ uri: q1 }] } })}\n`;
    const folder = emptyFolder('stand-in');
    const outputs = ['a.txt', 'valohai.metadata.jsonl'].map((path): Datum => {
      const stored = join(folder, path);
      const bytes = path === 'a.txt' ? 'a' : line('a.txt') + line('b.txt');
      return {
        path,
        stored,
        size: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        metadata: {},
      };
    });
    writeFileSync(outputs[0]!.stored, 'a');
    writeFileSync(outputs[1]!.stored, line('a.txt') + line('b.txt'));
    expect(platform.datasets.apply(outputs)).toEqual(['metadata names b.txt, which is not among the outputs']);
    expect(platform.datasets.apply(outputs).at(-1)).toBe(`${q1} exists already: versions are immutable`);
  });
});
