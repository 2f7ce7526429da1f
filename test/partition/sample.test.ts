import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Manifest } from '../../src/manifest/shape.js';
import { queryDuckdb } from '../readers/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, type Snapshot, snapshotJson, tidemark } from '../support/cli.js';

describe('a sample', { timeout: 120_000 }, () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    await database.query(`CREATE TABLE orders AS SELECT i AS id, (i % 5000)::bigint AS customer, md5(i::text) AS note FROM generate_series(1, 40000) i;
      CREATE TABLE customers AS SELECT i AS customer, 'c' || i AS name FROM generate_series(0, 4999) i`);
  });

  const environment = () => ({ TIDEMARK_SOURCE: database.url });
  const make = (args: readonly string[]): Promise<Snapshot> =>
    snapshotJson([...args, '--dataset', 'dataset://shop/v1', '--out', emptyFolder('sample')], { env: environment() });
  const tables = ['--table', 'orders', '--table', 'customers', '--split-key', 'customer'];
  const manifestOf = (location: string): Manifest =>
    JSON.parse(readFileSync(join(location, '_manifest.v1.json'), 'utf8')) as Manifest;
  async function customersIn({ location }: Snapshot, table: number): Promise<Set<string>> {
    const files = manifestOf(location).version.tables[table]!.targets.flatMap(({ shards }) => shards);
    const paths = files.map(({ path }) => `'${join(location, path)}'`).join(', ');
    const [found] = await queryDuckdb(`SELECT DISTINCT customer::VARCHAR FROM read_parquet([${paths}])`);
    return new Set(found!.values.map(String));
  }

  it('has the same entities in every table, about as many as asked for, each with all rows', async () => {
    const made = await make([...tables, '--sample', '0.1']);
    const { version } = manifestOf(made.location);
    expect(version.sample).toEqual({ below: 100_000_000, key: ['customer'], salt: '' });
    const [ofOrders, ofCustomers] = [await customersIn(made, 0), await customersIn(made, 1)];
    expect(ofOrders).toEqual(ofCustomers);
    expect(ofCustomers.size).toBeGreaterThan(400);
    expect(ofCustomers.size).toBeLessThan(600);
    expect(version.tables.map(({ facts }) => facts.rows)).toEqual([ofCustomers.size * 8, ofCustomers.size]);
    expect(made.shards.map(({ path }) => path)).toEqual([
      'orders/shop-v1--orders-00000.parquet',
      'customers/shop-v1--customers-00000.parquet',
    ]);
    expect((await tidemark(['verify', made.location])).code).toBe(0);
    expect((await tidemark(['show', made.location])).stdout).toMatch(
      /sample +10 % of the entities, by hash of customer\n/,
    );
    const more = await customersIn(await make([...tables, '--sample', '0.2']), 1);
    expect([...ofCustomers].filter((customer) => !more.has(customer))).toEqual([]);
    const salted = await customersIn(await make([...tables, '--sample', '0.1', '--split-salt', 's']), 1);
    expect(salted).not.toEqual(ofCustomers);
  });

  it('is split as all rows are, and in proportion; lanes change nothing', async () => {
    const split = ['--split', 'train=0.5,test=0.5'];
    const sampled = await make([...tables, ...split, '--sample', '0.2', '--lanes', '1']);
    const again = await make([...tables, ...split, '--sample', '0.2', '--lanes', '3']);
    expect(again.shards).toEqual(sampled.shards);
    const [train, test] = ['train', 'test'].map((part) => sampled.splits[part]!.rows);
    expect(Math.abs(train! - test!) / (train! + test!)).toBeLessThan(0.12);
    expect((await tidemark(['verify', sampled.location])).code).toBe(0);
  });

  it('of rows says that it may tear entities apart', async () => {
    const { rows, warnings } = await make(['--table', 'orders', '--sample', '0.5']);
    expect(rows).toBeGreaterThan(19_000);
    expect(rows).toBeLessThan(21_000);
    expect(warnings).toContainEqual(expect.stringContaining('without --split-key a sample is of rows'));
  });

  it.each([['0'], ['1'], ['1.5'], ['abc'], ['0.0000000001'], ['-0.1'], ['10%']])('of %j is refused', async (share) => {
    const words = ['plan', ...tables, '--dataset', 'dataset://shop/v1', '--sample', share];
    const { code, stderr } = await tidemark(words, { env: environment() });
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(`sample: ${share} is no share (allowed: a number above 0 and below 1`),
    ]);
  });
});
