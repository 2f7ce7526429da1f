import { copyFileSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../servers/postgres.js';
import { emptyFolder, tidemark } from '../support/cli.js';
import { Platform } from './platform.js';
import { pythonEnvironment } from './python.js';

const root = new URL('../../', import.meta.url).pathname;
const example = (name: string): string => join(root, 'examples', name, 'valohai.yaml');
const requirements = readFileSync(join(root, 'examples', 'valohai', 'requirements.txt'), 'utf8')
  .trim()
  .split('\n');
const trainer = await pythonEnvironment('train', requirements);

let db: FreshDatabase;
let settings: Record<string, string>;
const parameters = { date: '2024-01-15' };

beforeAll(async () => {
  const server = inject('postgres18');
  db = await freshDatabase(server);
  await db.query(
    `SET tidemark.rows = 8000; ${readFileSync(join(root, 'fixtures', 'sql', 'customer_data.sql'), 'utf8')}`,
  );
  await db.query(`CREATE TABLE orders AS SELECT i AS order_id, customer_id, (i % 97 * 1.25)::numeric(12,2) AS amount,
      timestamptz '2024-01-01 00:00+00' + i * interval '1 min' AS ordered_at
    FROM generate_series(1, 20000) i JOIN customer_data c ON c.customer_id = 1 + i * 31 % 6000`);
  settings = { DB_HOST: server.host, DB_PORT: String(server.port), DB_NAME: db.name, DB_USER: server.user };
});

afterAll(() => db.drop());

/** The version, as an input folder has it. */
function mounted(platform: Platform, uri: string): string {
  const folder = emptyFolder('mounted');
  for (const { path, stored } of platform.datasets.files(uri)) copyFileSync(stored, join(folder, basename(path)));
  return folder;
}

describe('three dataset versions of one query', () => {
  const platform = new Platform(example('splits'));
  const uris = ['train', 'validation', 'test'].map((part) => `dataset://data/${part}-2024-q1`);

  it('are made together, each whole by itself', async () => {
    const made = await platform.run('snapshot', { parameters, environment: settings });
    expect(made.code, made.stderr).toBe(0);
    expect(made.complaints).toEqual([]);
    expect(platform.datasets.uris()).toEqual(uris);
    for (const uri of uris) expect((await tidemark(['verify', mounted(platform, uri)])).code, uri).toBe(0);
    const tags = platform.datasets.files(uris[1]!).map(({ metadata }) => metadata['valohai.tags']);
    expect(tags).toEqual(tags.map(() => ['validation', 'snapshot']));
  });

  it.skipIf(trainer.bin === undefined)(`are trained on, chosen by and judged by ${trainer.reason}`, async () => {
    const trained = await platform.run('train', { path: trainer.bin! });
    expect(trained.code, trained.stderr).toBe(0);
    const [row] = (await db.query(
      `SELECT count(*)::int AS rows FROM customer_data WHERE signup_date >= '2021-01-01'`,
    )) as unknown as [{ rows: number }];
    expect(trained.metrics.at(-1)).toEqual({ rows: row.rows, accuracy: expect.any(Number) as number });
    expect(trained.metrics.length).toBe(4);
  });
});

describe('features and labels of one moment', () => {
  const platform = new Platform(example('features'));
  const uri = 'dataset://churn-training/2024-01-15';

  it('are one dataset version', async () => {
    const made = await platform.run('snapshot', { parameters, environment: settings });
    expect(made.code, made.stderr).toBe(0);
    expect([made.complaints, platform.datasets.uris()]).toEqual([[], [uri]]);
    expect((await tidemark(['verify', mounted(platform, uri)])).code).toBe(0);
  });

  it.skipIf(trainer.bin === undefined)(`are joined part by part, and trained on ${trainer.reason}`, async () => {
    const trained = await platform.run('train', { path: trainer.bin! });
    expect(trained.code, trained.stderr).toBe(0);
    expect(trained.metrics).toEqual([{ rows: 8000, accuracy: expect.any(Number) as number }]);
  });
});

describe('one CSV file', () => {
  const platform = new Platform(example('csv'));
  const uri = 'dataset://customer-data/2024-q1';

  it('has the name that training scripts know, and rows that are what they must be', async () => {
    const made = await platform.run('snapshot', { parameters, environment: settings });
    expect(made.code, made.stderr).toBe(0);
    expect([made.complaints, platform.datasets.uris()]).toEqual([[], [uri]]);
    const files = platform.datasets.files(uri).map(({ path }) => basename(path));
    expect(files).toContain('customer_data_snapshot.csv');
    expect(files.filter((name) => !name.startsWith('_'))).toEqual(['customer_data_snapshot.csv']);
    expect((await tidemark(['verify', mounted(platform, uri)])).code).toBe(0);
  });

  it.skipIf(trainer.bin === undefined)(`is read with pandas, and trained on ${trainer.reason}`, async () => {
    const trained = await platform.run('train', { path: trainer.bin! });
    expect(trained.code, trained.stderr).toBe(0);
    const [row] = (await db.query(
      `SELECT count(*)::int AS rows FROM customer_data WHERE signup_date >= '2021-01-01'`,
    )) as unknown as [{ rows: number }];
    expect(trained.metrics).toEqual([{ rows: row.rows, accuracy: expect.any(Number) as number }]);
  });

  it('is not made where a customer comes twice: the step fails, and no file is left', async () => {
    await db.query('ALTER TABLE customer_data DROP CONSTRAINT customer_data_pkey');
    await db.query('INSERT INTO customer_data SELECT * FROM customer_data WHERE customer_id = 4321');
    const made = await platform.run('snapshot', { parameters: { date: '2024-04-15' }, environment: settings });
    expect(made.code).toBe(6);
    expect(made.stderr).toContain('customer_id unique: 1 of');
    expect(made.stderr).toContain('such as customer_id 4321');
    expect([made.outputs, platform.datasets.uris()]).toEqual([[], [uri]]);
  });
});
