import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Preview } from '../../src/snapshot/result.js';
import { duckdb } from '../readers/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, tidemarkHere as tidemark } from '../support/cli.js';
import { serverTexts } from './types/server-text.js';
import { makeVersion } from './types/version-files.js';

describe('casts that plan proposes', { timeout: 60_000 }, () => {
  let db: FreshDatabase;
  beforeAll(async () => {
    db = await freshDatabase(inject('postgres18'));
    await db.query(`CREATE TABLE sales AS SELECT g AS id, g % 50 AS shop, ((g * 7 % 1000) / 8.0)::numeric(10,3)::numeric AS price, ARRAY[g / 4.0, NULL, -1.5] AS parts,
        g::numeric AS whole, CASE g WHEN 7 THEN 'NaN'::numeric ELSE g END AS odd, repeat('9', 50)::numeric AS long, NULL::numeric AS nothing,
        g::numeric(10,2) AS told, g::numeric AS secret FROM generate_series(1, 20000) g`);
  });
  afterAll(() => db.drop());

  const plan = (args: readonly string[]) =>
    tidemark(['plan', '--dataset', 'dataset://p/v', '--out', emptyFolder('plan'), ...args], {
      env: { TIDEMARK_SOURCE: db.url },
    });
  const sums =
    'SELECT shop, sum(price) AS total, avg(price) AS mean, count(*) AS n FROM sales GROUP BY shop ORDER BY shop';

  it('hold the sums and averages of a query, and stand there ready to be pasted', async () => {
    const { code, stdout, stderr } = await plan(['--query', sums]);
    expect(code, stderr).toBe(0);
    const line = stdout.split('\n').find((text) => text.trim().startsWith('--cast'))!;
    expect(line.trim()).toMatch(/^--cast 'total=decimal\(18,3\)' --cast 'mean=decimal\(38,\d\d\)'$/);
    const casts = line.trim().replaceAll("'", '').split(' ');
    const made = await makeVersion(db.url, ['--query', sums, ...casts]);
    expect(made.ledger().map(({ exactness }) => exactness)).toEqual(Array(4).fill('exact'));
    const [, total, mean] = await duckdb.read(made.files()[0]!);
    const texts = await serverTexts(db.url, sums);
    expect(total!.values.map(Number)).toEqual(texts.map((row) => Number(row[1])));
    const plain = (text: string | null) => text!.replace(/\.?0+$/, '');
    expect(mean!.values.map(plain)).toEqual(texts.map((row) => plain(row[2]!)));
  });

  it('are told for columns of tables, or why there is none', async () => {
    const { stdout } = await plan(['--table', 'sales', '--redact-stats', 'secret', '--json']);
    const { casts } = JSON.parse(stdout) as Preview;
    expect(casts.map(({ column, cast, because }) => [column, cast ?? because])).toEqual([
      ['price', 'decimal(18,3)'],
      ['parts', expect.stringMatching(/^list<decimal.38,2\d.>$/)],
      ['whole', 'decimal(18,0)'],
      ['odd', expect.stringContaining('NaN')],
      ['long', expect.stringContaining('50 digits')],
      ['nothing', 'the sample has no values'],
    ]);
  });

  it('are none where every number has a type of its own, and then no row is read', async () => {
    const { stdout, stderr } = await plan(['--query', 'SELECT id, told FROM sales']);
    expect(stdout).not.toContain('--cast');
    expect(stderr).toContain('No row was read');
  });

  it('are not waited for where rows do not come', async () => {
    const { code, stdout } = await plan(['--query', 'SELECT pg_sleep(60)::text AS z, 1.5::numeric AS n']);
    expect(code).toBe(0);
    expect(stdout).toContain('its rows did not come within 5 s');
  });
});
