import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Manifest } from '../../src/manifest/shape.js';
import { python, skipWithoutPython } from '../readers/digest.js';
import { queryDuckdb } from '../readers/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson, tidemarkHere as tidemark } from '../support/cli.js';
import { forgeManifest } from '../support/forge.js';

const parts = ['train', 'validation', 'test'] as const;
const asked = ['--split', 'train=0.7,validation=0.15,test=0.15'];
const strata = ['--split-key', 'customer', '--split-strata', 'churned'];

describe('a split with exact shares', { timeout: 120_000 }, () => {
  let database: FreshDatabase;
  let whole: string;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    await database.query(`CREATE TABLE customers AS SELECT i AS customer, CASE WHEN i % 11 = 0 THEN NULL ELSE i % 5 = 0 END AS churned,
        'customer ' || i AS email FROM generate_series(1, 2003) i;
      CREATE TABLE orders AS SELECT i AS id, c.*, i % 10 AS digit FROM generate_series(1, 40000) i JOIN customers c ON c.customer = 1 + i % 2003`);
    ({ digest: whole } = await make(['--table', 'orders']));
  });

  const env = () => ({ TIDEMARK_SOURCE: database.url });
  const make = (args: readonly string[]) =>
    snapshotJson([...args, '--dataset', 'dataset://orders/v1', '--out', emptyFolder('exact')], { env: env() });
  async function refused(args: readonly string[]) {
    const words = ['--table', 'orders', '--dataset', 'dataset://orders/v1', '--out', emptyFolder('exact'), ...asked];
    const run = await tidemark(['snapshot', ...words, ...args], { env: env() });
    expect(run.code, run.stderr).not.toBe(0);
    return { code: run.code, stderr: run.stderr };
  }
  const manifestOf = (location: string): Manifest =>
    JSON.parse(readFileSync(join(location, '_manifest.v1.json'), 'utf8')) as Manifest;

  /** By stratum and part, the keys that files have; a key in two places is an error. */
  async function keysOf(location: string, table = ''): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    const seen = new Set<string>();
    for (const part of parts) {
      const files = `read_parquet('${join(location, table, part)}/*.parquet')`;
      const [keys, of] = await queryDuckdb(
        `SELECT DISTINCT customer::VARCHAR, coalesce(churned::VARCHAR, 'NULL') FROM ${files}`,
      );
      for (const [index, key] of keys!.values.entries()) {
        expect(seen.has(key!), `${key} is in two places`).toBe(false);
        seen.add(key!);
        const place = `${of!.values[index]} ${part}`;
        found.set(place, [...(found.get(place) ?? []), key!]);
      }
    }
    return found;
  }

  it('gives each part its share of every stratum, to one entity, and the digest of all rows', async () => {
    const { location, digest, rows } = await make([
      ...['--table', 'orders', ...asked, ...strata, '--split-label', 'churned'],
    ]);
    expect([rows, digest]).toEqual([40_000, whole]);
    const keys = await keysOf(location);
    const count = (place: string): number => keys.get(place)?.length ?? 0;
    for (const [stratum, total] of [
      ['true', 364],
      ['false', 1457],
      ['NULL', 182],
    ] as const) {
      const counts = parts.map((part) => count(`${stratum} ${part}`));
      expect(counts.reduce((sum, one) => sum + one, 0)).toBe(total);
      for (const [part, share] of [0.7, 0.15, 0.15].entries()) {
        expect(Math.abs(counts[part]! - share * total), `${stratum}: ${counts.join()}`).toBeLessThan(1);
      }
    }
    const { split, entities } = manifestOf(location).version;
    const told = split?.by === 'hash' ? split.exact!.bounds : [];
    for (const { values, entities: counts } of told) {
      expect(counts).toEqual(parts.map((part) => count(`${values[0] ?? 'NULL'} ${part}`)));
    }
    expect(entities).toMatchObject({ total: 2003, inSeveral: 0 });
    expect((await tidemark(['verify', location])).code).toBe(0);
    expect((await tidemark(['show', location])).stdout).toMatch(
      /by +hash of customer, exact inside strata of churned\n {2}train .* false 72\.8 %, true 18\.2 %, NULL 9\.1 %\n[^]*Strata of churned\n {2}churned=false +1,457 entities: train 1,0(19|20), validation 21[89], test 21[89]\n {2}churned=true/,
    );
  });

  it('is what the Python of the page computes from the manifest, of every entity', async (context) => {
    await skipWithoutPython(context);
    const { location } = await make(['--table', 'orders', ...asked, ...strata]);
    const page = readFileSync(new URL('../../docs/splits.md', import.meta.url), 'utf8');
    const code = /```python\n(.*?)```/s.exec(page)![1]!;
    const ask =
      'import json, sys\ngiven = json.load(sys.stdin)\nprint(json.dumps([exact_part([int(key)], stratum, given["split"]) for key, stratum in given["keys"]]))';
    const all = [...(await keysOf(location))].flatMap(([place, keys]) => {
      const [stratum, part] = place.split(' ') as [string, string];
      return keys.map((key) => ({ part, asked: [key, [stratum === 'NULL' ? null : stratum]] }));
    });
    const given = JSON.stringify({ split: manifestOf(location).version.split, keys: all.map((one) => one.asked) });
    expect(all).toHaveLength(2003);
    expect(JSON.parse(await python(['-c', `${code}\n${ask}`], given))).toEqual(all.map(({ part }) => part));
  });

  it('has the same bytes with 1, 2 and 5 lanes, by both roads, and with partitions the same split', async () => {
    const versions = [];
    for (const way of [['1'], ['2'], ['5'], ['2', '--via', 'cursor']]) {
      const { id, shards } = await make(['--table', 'orders', ...asked, ...strata, '--lanes', ...way]);
      versions.push({ id, shards });
    }
    for (const version of versions.slice(1)) expect(version).toEqual(versions[0]);
    const { location } = await make(['--table', 'orders', ...asked, ...strata, '--partition-by', 'churned']);
    expect((await tidemark(['verify', location])).code).toBe(0);
    const { entities } = manifestOf(location).version;
    expect(entities!.parts).toEqual({ train: 1402, validation: 301, test: 300 });
  });

  it('is over all tables together, by each its own key, of a sample, and as a version for each part', async () => {
    const features = { query: 'SELECT customer AS uid, churned, id FROM orders WHERE id > :least', 'split-key': 'uid' };
    const tables = JSON.stringify({ customers: { table: 'customers' }, features });
    const several = await make(['--tables', tables, '--param', 'least=100', ...asked, ...strata]);
    const both = manifestOf(several.location).version;
    expect(both.entities!.parts).toEqual({ train: 1402, validation: 301, test: 300 });
    expect((await tidemark(['verify', several.location])).code).toBe(0);
    const ownKeys = JSON.stringify({ customers: { table: 'customers', 'split-key': 'customer' }, features });
    const own = await make(['--tables', ownKeys, '--param', 'least=100', ...asked, '--split-strata', 'churned']);
    expect(manifestOf(own.location).version.entities).toEqual(both.entities);
    expect(own.warnings).toEqual([]);
    const sampled = await make(['--table', 'orders', ...asked, ...strata, '--sample', '0.5']);
    const { entities } = manifestOf(sampled.location).version;
    expect(Math.abs(entities!.parts['train']! - 0.7 * entities!.total)).toBeLessThan(2);
    expect((await tidemark(['verify', sampled.location])).code).toBe(0);
    const apart = await make([
      '--table',
      'orders',
      ...asked,
      '--split-key',
      'customer',
      '--split-exact',
      '--split-datasets',
    ]);
    expect(apart.versions!.map(({ rows }) => rows).reduce((sum, rows) => sum + rows, 0)).toBe(40_000);
    expect((await tidemark(['verify', apart.location])).code).toBe(0);
  });

  it('is a finding of verify where a bound was moved', async () => {
    const { location } = await make(['--table', 'orders', ...asked, ...strata]);
    forgeManifest(location, ({ version: { split } }) => {
      const [bounds] = split?.by === 'hash' ? split.exact!.bounds : [];
      bounds!.below[0] = `0${bounds!.below[0]!.slice(1)}`;
    });
    const { code, stdout } = await tidemark(['verify', location, '--json']);
    expect([code, stdout]).toEqual([5, expect.stringContaining('belong to another part')]);
  });

  it('refuses what cannot be exact, and says what to do', async () => {
    const key = ['--split-key', 'customer'];
    const cases: readonly [number, RegExp, ...string[]][] = [
      [2, /split-exact: without --split-key there is nothing to count\n.*primary key/, '--split-exact'],
      [2, /split-strata: does not go with --from dataset:\/\/orders\/v0/, ...strata, '--from', 'dataset://orders/v0'],
      [2, /split-exact: a split with --split-by has no shares/, '--split-exact', '--split-by', 'churned', ...key],
      [
        2,
        /split-strata: orders has no column "curned"\n.*join it in a query.*churned/,
        ...key,
        '--split-strata',
        'curned',
      ],
      [2, /split-strata: column "churned" .* is masked or redacted/, ...strata, '--redact-stats', 'churned'],
      [6, /several strata of digit\n.*the same in all rows of an entity/, ...key, '--split-strata', 'digit'],
      [6, /split-strata: id gives more than 10,000 strata/, ...key, '--split-strata', 'id'],
    ];
    for (const [code, message, ...args] of cases) {
      expect(await refused(args)).toEqual({ code, stderr: expect.stringMatching(message) });
    }
  });

  it('refuses a query that gives other rows the second time, and leaves nothing', async () => {
    const out = emptyFolder('exact');
    const query = ['--query', 'SELECT id FROM orders WHERE random() < 0.5', '--dataset', 'dataset://orders/v1'];
    const run = await tidemark(['snapshot', ...query, '--out', out, ...asked, '--split-exact', '--split-key', 'id'], {
      env: env(),
    });
    expect([run.code, run.stderr]).toEqual([3, expect.stringMatching(/split-exact: the rows are not of the entities/)]);
    expect(readdirSync(out)).toEqual([]);
  });
});
