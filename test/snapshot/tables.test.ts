import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Manifest } from '../../src/manifest/shape.js';
import { queryDuckdb } from '../readers/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, type Snapshot, snapshotJson, tidemarkHere as tidemark } from '../support/cli.js';

describe('several tables, each with options of its own', { timeout: 120_000 }, () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    await database.query(`CREATE TABLE customers AS SELECT i AS id, 'c' || i || '@example.com' AS email, (i % 7)::numeric AS score, i % 3 = 0 AS churned
        FROM generate_series(0, 1999) i;
      CREATE TABLE orders AS SELECT i AS n, (i % 2000)::bigint AS customer_id, timestamptz '2024-01-01 00:00+00' + i * interval '1 h' AS at,
        'c' || i % 2000 || '@example.com' AS email FROM generate_series(1, 6000) i`);
  });

  const environment = () => ({ TIDEMARK_SOURCE: database.url, TIDEMARK_MASK_KEY: 'a key of more than sixteen bytes' });
  const common = ['--dataset', 'dataset://churn/v1'];
  async function yaml(text: string): Promise<string> {
    const file = join(emptyFolder('tables'), 'churn.yaml');
    await writeFile(file, text);
    return file;
  }
  const make = (args: readonly string[]): Promise<Snapshot> =>
    snapshotJson([...args, ...common, '--out', emptyFolder('tables')], { env: environment() });
  const manifestOf = ({ location }: Snapshot): Manifest =>
    JSON.parse(readFileSync(join(location, '_manifest.v1.json'), 'utf8')) as Manifest;

  const text = `
split: {train: 0.8, test: 0.2}
split-key: customer_id
param: {most: "5000"}
tables:
  features:
    query: SELECT customer_id, count(*) AS orders, max(at) AS last FROM orders WHERE n <= (:most)::int GROUP BY customer_id
  labels:
    table: customers
    split-key: id
    cast: {score: "decimal(4,1)"}
    mask: {email: hash}
  orders:
    table: public.orders
    partition-by: at:month
    mask: {email: redact}
    limit: 3000
`;

  it('are read at one moment, each as it is asked for, entities on one side in all of them', async () => {
    const file = await yaml(text);
    const made = await make([file]);
    const { version, run } = manifestOf(made);
    expect(version.tables.map(({ name, facts }) => [name, facts.rows])).toEqual([
      ['features', 2000],
      ['labels', 2000],
      ['orders', 3000],
    ]);
    expect(made.shards.map(({ path }) => path).slice(0, 5)).toEqual([
      'features/train/churn-v1--features--train--all-00000.parquet',
      'features/test/churn-v1--features--test--all-00000.parquet',
      'labels/train/churn-v1--labels--train--all-00000.parquet',
      'labels/test/churn-v1--labels--test--all-00000.parquet',
      'orders/train/at_month=2024-01/churn-v1--orders--train--at_month-2024-01-00000.parquet',
    ]);
    const [, labels, orders] = version.tables;
    expect(labels!.schema.map(({ name, type, mask }) => [name, type, mask])).toEqual([
      ['id', 'int32', undefined],
      ['email', 'utf8', 'hash'],
      ['score', 'decimal128(4,1)', undefined],
      ['churned', 'bool', undefined],
    ]);
    expect(labels!.request.splitKey).toEqual(['id']);
    expect(orders!.schema.find(({ name }) => name === 'email')!.mask).toBe('redact');
    expect([labels!.partition, orders!.partition?.by]).toEqual([undefined, [{ column: 'at', unit: 'month' }]]);
    const keys = async (table: string, key: string, part: string): Promise<string[]> => {
      const [found] = await queryDuckdb(
        `SELECT DISTINCT ${key}::VARCHAR AS k FROM read_parquet('${made.location}/${table}/${part}/**/*.parquet', hive_partitioning = false) ORDER BY k`,
      );
      return found!.values.map(String);
    };
    expect(await keys('features', 'customer_id', 'test')).toEqual(await keys('labels', 'id', 'test'));
    const train = new Set(await keys('labels', 'id', 'train'));
    expect((await keys('orders', 'customer_id', 'test')).filter((key) => train.has(key))).toEqual([]);
    expect((await tidemark(['verify', made.location])).code).toBe(0);
    const { stdout } = await tidemark(['show', made.location]);
    expect(stdout).toMatch(/Split of labels\n {2}by +hash of id\n/);
    expect(stdout).toMatch(/Split of orders\n {2}by +hash of customer_id\n/);
    expect(run.command).toContain(`--tables '{"features":{"query":"SELECT customer_id, count(*)`);
  });

  it('may be given as JSON, and are made again by the command that the manifest has', async () => {
    const tables = {
      a: { table: 'orders', 'split-key': 'customer_id' },
      b: { table: 'customers', 'split-key': ['id'] },
    };
    const args = ['--tables', JSON.stringify(tables), '--split', 'x=0.5,y=0.5', '--split-key', 'id'];
    const made = await make(args);
    const { command } = manifestOf(made).run;
    const again = /--tables '(.*?)'/.exec(command)![1]!;
    expect((await make(['--tables', again, ...args.slice(2)])).id).toBe(made.id);
    const env = { ...environment(), TIDEMARK_TABLES: JSON.stringify(tables) };
    const words = [...args.slice(2), ...common, '--out', emptyFolder('tables')];
    expect((await snapshotJson(words, { env })).id).toBe(made.id);
  });

  it.each([
    ['tables: {a: {tabel: x}}', 'a.tabel is not known (allowed: table, query, query-file, cast, mask,'],
    ['tables: {a: {table: orders, limit: 0}}', 'a.limit has a value that is not allowed'],
    ['tables: {a: {limit: 5}}', 'a has none of table, query and query-file'],
    ['tables: {a: {table: orders, query: SELECT 1}}', 'a has table and query'],
    ['tables: {a: {query-file: missing.sql}}', 'a.query-file'],
    ['tables: {a: {table: orders}}\ntable: customers', 'exclude each other'],
    ['tables: {a: {table: orders}, A: {table: customers}}', '"a" and "A" would have files of the same name'],
    ['tables: {a: {table: orders, mask: {id: redact}}, b: {table: customers}}', 'tables: a: there is no column "id"'],
    ['tables: {a: {table: orders, mask: {email: hide}}}', 'mask: email=hide is not a mask'],
    ['tables: {a: {table: orders, cast: {score: text}}, b: {table: customers}}', 'there is no column "score"'],
    ['tables: {a: {table: orders, partition-by: country}}', 'partition-by: there is no column "country"'],
    ['tables: {}', 'is not allowed'],
    ['tables: orders', 'is not allowed'],
  ])('%j is refused', async (wrong, message) => {
    const { code, stderr } = await tidemark(['plan', await yaml(wrong), ...common], { env: environment() });
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('are as many as are asked for', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `t${index}`);
    await database.query(
      names
        .map(
          (name, index) =>
            `CREATE TABLE ${name} AS SELECT i AS customer_id, ${index} AS n FROM generate_series(1, 50) i`,
        )
        .join(';'),
    );
    const args = [
      ...names.flatMap((name) => ['--table', name]),
      '--split',
      'x=0.5,y=0.5',
      '--split-key',
      'customer_id',
    ];
    const made = await make(args);
    expect(made.shards.length).toBe(80);
    expect(made.rows).toBe(2000);
    expect((await tidemark(['verify', made.location])).code).toBe(0);
  });
});
