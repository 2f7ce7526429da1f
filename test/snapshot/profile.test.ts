import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson, tidemarkHere as tidemark } from '../support/cli.js';

describe('what rows are like', { timeout: 60_000 }, () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    await database.query(`
      CREATE TABLE people AS SELECT i AS id, 'user' || i || '@example.com' AS email, (array['free', 'pro', 'yes', '1.0'])[1 + i % 4] AS plan,
        CASE WHEN i % 40 > 0 THEN i % 90 END AS age, (i % 7 - 3)::numeric(10,2) AS balance, md5(i::text) AS token, i % 5000 AS again,
        now() - i * interval '1 minute' AS seen, (now() - i * interval '1 minute')::date AS day, date '2001-01-01' + i AS old, 'x' AS one,
        NULL::text AS nothing, E'a\\u001bb' || i % 2 AS U&"col\\001bumn", jsonb_build_object('a', i) AS doc, gen_random_uuid() AS uid
        FROM generate_series(1, 20000) i;
      ALTER TABLE people ADD PRIMARY KEY (id);
      CREATE TABLE lines AS SELECT i / 3 AS order_id, i % 3 AS line FROM generate_series(1, 3000) i;
      ALTER TABLE lines ADD PRIMARY KEY (order_id, line);
      ANALYZE`);
  });

  const env = () => ({ TIDEMARK_SOURCE: database.url });
  const dataset = ['--dataset', 'dataset://people/v1'];
  async function profile(args: readonly string[]): Promise<string> {
    const out = emptyFolder('profile');
    const run = await tidemark(['plan', '--profile', ...args, ...dataset, '--out', out], { env: env() });
    expect(run.code, run.stderr).toBe(0);
    return run.stdout;
  }

  it('is proposed as expectations, which the rows keep', async () => {
    const yaml = await profile(['--table', 'people']);
    const email = '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$';
    expect(parse(yaml)).toEqual({
      expect: {
        rows: { min: 10_000, max: 40_000 },
        columns: {
          id: { 'not-null': true, unique: true, min: 0 },
          email: { 'not-null': true, unique: true, pattern: email },
          plan: { 'not-null': true, in: ['1.0', 'free', 'pro', 'yes'] },
          age: { 'max-nulls': '5%', min: 0 },
          balance: { 'not-null': true },
          token: { 'not-null': true, unique: true, pattern: '^[0-9a-f]{32}$' },
          again: { 'not-null': true, min: 0 },
          seen: { 'not-null': true, 'max-age': '1d' },
          day: { 'not-null': true, 'max-age': expect.stringMatching(/^[123]d$/) as string },
          old: { 'not-null': true },
          one: { 'not-null': true },
          'col\u001bumn': { 'not-null': true, in: ['a\u001bb0', 'a\u001bb1'] },
          doc: { 'not-null': true },
          uid: { 'not-null': true, unique: true },
        },
      },
    });
    expect(yaml).toMatch(/^# From a sample of 20,000 rows/);
    expect(yaml).toMatch(/age: \{ max-nulls: 5%, min: 0 \} # 2\.5 % NULL/);
    // A terminal obeys no byte of the data's.
    expect(yaml).not.toContain('\u001b');
    const file = join(emptyFolder('profile'), 'tidemark.yaml');
    writeFileSync(file, `table: people\ndataset: dataset://people/v1\n${yaml}`);
    const made = await snapshotJson([file, '--out', emptyFolder('profile')], { env: env() });
    const { expectations } = made as unknown as { expectations: { outcome: string }[] };
    expect(expectations.length).toBeGreaterThan(20);
    expect(new Set(expectations.map(({ outcome }) => outcome))).toEqual(new Set(['held']));
  });

  it('tells no value that must not be told', async () => {
    const query = 'SELECT id, email, plan AS kind, plan, token FROM people WHERE plan = :wanted OR true';
    const yaml = await profile([
      ...['--query', query, '--secret-param', 'wanted=free', '--mask', 'kind=redact', '--redact-stats', 'token'],
    ]);
    expect(parse(yaml)).toEqual({
      expect: {
        rows: { min: 10_000, max: 40_000 },
        columns: {
          id: { 'not-null': true, unique: true, min: 0 },
          email: expect.objectContaining({ unique: true }) as object,
          kind: { 'not-null': true },
          plan: { 'not-null': true },
          token: { 'not-null': true, unique: true },
        },
      },
    });
    expect(yaml).not.toContain('free');
  });

  it('is told of several tables, each with what it is, and as JSON', async () => {
    const both = ['--table', 'people', '--table', 'goods=lines'];
    const read = parse(await profile(both)) as {
      tables: Record<string, { table: string; expect: { unique: unknown } }>;
    };
    expect(Object.entries(read.tables).map(([name, { table }]) => [name, table])).toEqual([
      ['people', 'people'],
      ['goods', 'lines'],
    ]);
    expect(read.tables['goods']!.expect.unique).toEqual([['order_id', 'line']]);
    const json = JSON.parse(await profile([...both, '--json'])) as { name: string; sampled: number }[];
    expect(json.map(({ name, sampled }) => [name, sampled])).toEqual([
      ['people', 20_000],
      ['goods', 3000],
    ]);
  });

  it('of what is large is told from a part: no row is looked at twice, and nobody claims to know how many there are', async () => {
    await database.query(`CREATE TABLE large AS SELECT i AS id, md5(i::text) AS token FROM generate_series(1, 1300000) i; ANALYZE large;
      CREATE VIEW seen AS SELECT * FROM large`);
    const [table, view] = [await profile(['--table', 'large']), await profile(['--table', 'seen'])];
    expect(table).toMatch(/^# From a sample of \d\d,\d{3} rows/);
    expect(table).toMatch(/rows: \{ min: 6\d0000, max: 2\d00000 \} # about 1,\d{3},\d{3} now/);
    expect(view).toMatch(/^# From a sample of 100,000 rows/);
    expect(view).not.toContain('  rows:');
    for (const yaml of [table, view]) {
      const { columns } = (parse(yaml) as { expect: { columns: Record<string, object> } }).expect;
      for (const name of ['id', 'token']) expect(columns[name]).toMatchObject({ unique: true });
    }
  });
});
