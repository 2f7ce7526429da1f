import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Manifest } from '../../src/manifest/shape.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson, tidemarkHere as tidemark } from '../support/cli.js';
import { forgeManifest } from '../support/forge.js';

describe('entities of a split that their key does not decide', { timeout: 60_000 }, () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    await database.query(`CREATE TABLE orders AS SELECT i % 2000 AS customer, date '2024-01-01' + i / 400 AS day FROM generate_series(1, 40000) i;
      CREATE TABLE customers AS SELECT i AS uid, i % 3 = 0 AS churned FROM generate_series(0, 1999) i`);
  });

  const environment = () => ({ TIDEMARK_SOURCE: database.url });
  const make = (args: readonly string[]) =>
    snapshotJson([...args, '--dataset', 'dataset://orders/v1', '--out', emptyFolder('entities')], {
      env: environment(),
    });
  const manifestOf = (location: string): Manifest =>
    JSON.parse(readFileSync(join(location, '_manifest.v1.json'), 'utf8')) as Manifest;

  it('are counted, and a warning says how many are in several parts', async () => {
    const key = ['--split-key', 'customer'];
    const byTime = ['--table', 'orders', '--split', 'train,test', '--split-time', 'day=2024-02-20', ...key];
    const { location, warnings } = await make(byTime);
    const [told] = (await database.query(
      `SELECT count(*)::int AS total, count(*) FILTER (WHERE least < '2024-02-20')::int AS train, count(*) FILTER (WHERE most >= '2024-02-20')::int AS test,
          count(*) FILTER (WHERE least < '2024-02-20' AND most >= '2024-02-20')::int AS several
        FROM (SELECT customer, min(day) AS least, max(day) AS most FROM orders GROUP BY customer) c`,
    )) as unknown as [{ total: number; train: number; test: number; several: number }];
    const { entities, split } = manifestOf(location).version;
    expect(entities).toEqual({
      total: told.total,
      parts: { train: told.train, test: told.test },
      inSeveral: told.several,
    });
    expect(split).toMatchObject({ by: 'time', key: ['customer'] });
    expect(warnings).toContainEqual(
      expect.stringMatching(/^2,000 of 2,000 entities \(100\.0 %\) by customer are in several parts/),
    );
    const byColumn = [
      '--table',
      'customers',
      '--split',
      'true=a,false=b',
      '--split-by',
      'churned',
      '--split-key',
      'uid',
    ];
    const apart = await make(byColumn);
    expect(manifestOf(apart.location).version.entities).toEqual({
      total: 2000,
      parts: { a: 667, b: 1333 },
      inSeveral: 0,
    });
    for (const lanes of ['1', '2']) expect((await tidemark(['verify', location, '--lanes', lanes])).code).toBe(0);
    forgeManifest(location, ({ version }) => (version.entities!.inSeveral = 0));
    for (const lanes of ['1', '2']) {
      const forged = await tidemark(['verify', location, '--lanes', lanes]);
      expect(forged.code).toBe(5);
      expect(forged.stdout).toMatch(
        /the number of entities in several parts is another one \(expected 0, found 2,000\)/,
      );
    }
    expect((await tidemark(['show', apart.location])).stdout).toMatch(
      /entities +2,000: a 667, b 1,333; none in several parts\n/,
    );
    const wrong = [
      'plan',
      '--table',
      'orders',
      '--split',
      'a,b',
      '--split-time',
      'day=2024-02-20',
      '--split-key',
      'nobody',
    ];
    const { code, stderr } = await tidemark([...wrong, '--dataset', 'dataset://orders/v1'], { env: environment() });
    expect([code, stderr]).toEqual([2, expect.stringContaining('no column "nobody"')]);
  });
});
