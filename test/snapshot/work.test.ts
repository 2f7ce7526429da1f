import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { snapshot } from '../../dist/index.js';
import { workKinds } from '../../src/core/work.js';
import type { Manifest } from '../../src/manifest/shape.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, tidemark } from '../support/cli.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
  await db.query(
    `CREATE TABLE orders AS SELECT i AS id, 'customer ' || i % 1000 AS name FROM generate_series(1, 200000) i`,
  );
});
afterAll(() => db.drop());

const words = (): string[] => [
  'snapshot',
  '--source',
  db.url,
  '--dataset',
  'dataset://orders/v1',
  '--out',
  emptyFolder('work'),
];

describe('what a run spends its time on', () => {
  it.each([
    ['a table in lanes', ['--table', 'orders', '--lanes', '2']],
    ['a query, which others encode', ['--query', 'SELECT * FROM orders']],
    ['parts and partitions', ['--table', 'orders', '--split', 'a=0.9,b=0.1', '--split-key', 'id']],
  ])('is printed, and stands in the manifest: %s', async (_, more) => {
    const { code, stdout, stderr } = await tidemark([...words(), ...more, '--profile', '--json']);
    expect(code, stderr).toBe(0);
    const result = JSON.parse(stdout) as Awaited<ReturnType<typeof snapshot>>;
    const { run } = JSON.parse(readFileSync(join(result.location, '_manifest.v1.json'), 'utf8')) as Manifest;
    expect(result.work).toEqual(run.work);
    expect(Object.keys(run.work!).sort()).toEqual([...workKinds].sort());
    expect(run.work!.decode).toBeGreaterThan(0);
    expect(run.work!.encode).toBeGreaterThan(0);
    expect(run.work!.write).toBeGreaterThan(0);
    // A row has its length, that of each value, and those.
    expect(result.bytesRead).toBeGreaterThan(200_000 * (2 + 4 + 4 + 4 + 10));
    for (const kind of workKinds) expect(stderr).toMatch(new RegExp(`^${kind} +\\d+\\.\\d\\d +\\d+ % `, 'm'));
    expect(stderr).toMatch(/^as fast as .*: \d+ % of /m);
  });

  it('is all of the lanes’ time: nothing is counted twice, and little is missing', async () => {
    const out = emptyFolder('work');
    const given = { source: db.url, table: 'orders', dataset: 'dataset://orders/v1', out, lanes: 1 };
    const { work, seconds } = await snapshot(given, { env: {} });
    const sum = workKinds.reduce((all, kind) => all + work[kind], 0);
    expect(sum).toBeLessThanOrEqual(seconds);
  });
});
