import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { encodeManifest } from '../../src/manifest/encode.js';
import { manifestSeal, versionId } from '../../src/manifest/identity.js';
import type { Manifest } from '../../src/manifest/shape.js';
import { python, skipWithoutPython } from '../readers/digest.js';
import { queryDuckdb } from '../readers/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, type Snapshot, snapshotJson, tidemarkHere as tidemark } from '../support/cli.js';

const parts = ['train', 'validation', 'test'] as const;
const byKey = ['--split', 'train=0.7,validation=0.15,test=0.15', '--split-key', 'customer'];

describe('a split', { timeout: 120_000 }, () => {
  let database: FreshDatabase;
  let whole: string;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    await database.query(`CREATE TABLE orders AS SELECT i AS id, i % 2000 AS customer, 'customer ' || i % 2000 AS email,
        ((i % 2000) * 1.5)::numeric(9,2) AS spent, date '2024-01-01' + i / 400 AS day, timestamptz '2024-01-01 00:00+00' + i * interval '3 min' AS at,
        CASE i % 10 WHEN 0 THEN 'b' WHEN 1 THEN NULL ELSE 'a' END AS part, md5(i::text) AS note
      FROM generate_series(1, 40000) i;
      CREATE TABLE customers AS SELECT i AS uid, 'customer ' || i AS email, i % 3 = 0 AS churned FROM generate_series(0, 1999) i`);
    ({ digest: whole } = await make(['--table', 'orders']));
  });

  const make = (args: readonly string[], out = emptyFolder('splits')) =>
    snapshotJson([...args, '--dataset', 'dataset://orders/v1', '--out', out], {
      env: { TIDEMARK_SOURCE: database.url },
    });
  const rowsOf = ({ splits }: Pick<Snapshot, 'splits'>): Record<string, number> =>
    Object.fromEntries(Object.entries(splits).map(([part, { rows }]) => [part, rows]));
  const refused = async (args: readonly string[]) => {
    const words = ['--table', 'orders', '--dataset', 'dataset://orders/v1', '--out', emptyFolder('splits')];
    const run = await tidemark(['snapshot', ...words, ...args], { env: { TIDEMARK_SOURCE: database.url } });
    expect(run.code, run.stderr).not.toBe(0);
    return run;
  };
  const manifestOf = (location: string): Manifest =>
    JSON.parse(readFileSync(join(location, '_manifest.v1.json'), 'utf8')) as Manifest;
  /** Part by key, as the files say; a key in two parts is an error. */
  async function assignment(location: string, key = 'customer'): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const { split, shards } of manifestOf(location).version.tables.flatMap(({ targets }) => targets)) {
      const files = shards.map(({ path }) => `'${join(location, path)}'`).join(', ');
      const [keys] = await queryDuckdb(`SELECT DISTINCT ${key}::VARCHAR FROM read_parquet([${files}])`);
      for (const value of keys!.values) {
        expect(found.get(String(value)) ?? split).toBe(split);
        found.set(String(value), split!);
      }
    }
    return found;
  }

  it('by a key: all rows, each entity in one part, shares as asked, one digest', async () => {
    const { location, splits, digest, shards, rows } = await make(['--table', 'orders', ...byKey]);
    expect([rows, digest]).toEqual([40_000, whole]);
    expect(shards.map(({ path }) => path)).toEqual(parts.map((part) => `${part}/orders-v1--${part}-00000.parquet`));
    expect(Object.keys(splits)).toEqual([...parts]);
    const entities = await assignment(location);
    expect(entities.size).toBe(2000);
    const shares = parts.map((part) => [...entities.values()].filter((of) => of === part).length / 2000);
    expect(shares).toEqual([expect.closeTo(0.7, 1), expect.closeTo(0.15, 1), expect.closeTo(0.15, 1)]);
    expect((await tidemark(['verify', location])).code).toBe(0);
    const shown = (await tidemark(['show', location])).stdout;
    expect(shown).toMatch(
      /Split of orders\n {2}by +hash of customer\n {2}train +[\d,]+ rows, \d+\.\d %, .*td1:[0-9a-f]{32}/,
    );
  });

  it('is what the Python of the page computes, of every entity', async (context) => {
    await skipWithoutPython(context);
    const page = readFileSync(new URL('../../docs/splits.md', import.meta.url), 'utf8');
    const code = /```python\n(.*?)```/s.exec(page)![1]!;
    const ask = 'import json, sys\nprint(json.dumps([part(key) for key in json.load(sys.stdin)]))';
    const computed = async (keys: readonly unknown[]): Promise<unknown> =>
      JSON.parse(await python(['-c', `${code}\n${ask}`], JSON.stringify(keys)));
    const numbers = await assignment((await make(['--table', 'orders', ...byKey])).location);
    expect(await computed([...numbers.keys()].map((key) => [Number(key)]))).toEqual([...numbers.values()]);
    const texts = ['--split', 'train=0.7,validation=0.15,test=0.15', '--split-key', 'email,customer'];
    const both = await assignment((await make(['--table', 'orders', ...texts])).location);
    const keys = [...both.keys()].map((key) => [`customer ${key}`, Number(key)]);
    expect(await computed(keys)).toEqual([...both.values()]);
  });

  it('is the same with 1, 2 and 5 lanes, byte by byte', async () => {
    const versions = [];
    for (const lanes of ['1', '2', '5']) {
      const { id, shards } = await make(['--table', 'orders', ...byKey, '--lanes', lanes, '--shard-size', '256KiB']);
      versions.push({ id, shards });
    }
    expect(versions[0]!.shards.length).toBeGreaterThan(3);
    expect(versions[1]).toEqual(versions[0]);
    expect(versions[2]).toEqual(versions[0]);
  });

  it('is the same for the same entities in another table, of another type, and when rows are added', async () => {
    const before = await assignment((await make(['--table', 'orders', ...byKey])).location);
    await database.query(`CREATE TABLE more AS SELECT uid::numeric(20,2) AS uid, email FROM (SELECT uid, email FROM customers
      UNION ALL SELECT i, 'new ' || i FROM generate_series(5000, 9000) i) AS people`);
    const key = ['--split', 'train=0.7,validation=0.15,test=0.15', '--split-key', 'uid'];
    const { location } = await make(['--table', 'more', ...key]);
    const after = await assignment(location, 'uid::INT');
    for (const [customer, part] of before) expect(after.get(customer), customer).toBe(part);
    const salted = await assignment(
      (await make(['--table', 'more', ...key, '--split-salt', 's'])).location,
      'uid::INT',
    );
    expect([...before].filter(([customer, part]) => salted.get(customer) !== part).length).toBeGreaterThan(500);
  });

  it('warns of a key that is no text in the source, and one in the files', async () => {
    const query = ['--query', "SELECT ('10.0.0.' || customer % 200)::inet AS customer FROM orders", ...byKey];
    expect((await make(query)).warnings).toContainEqual(expect.stringContaining('"customer" (inet) as text'));
  });

  it('of several tables is by the same entities', async () => {
    const key = ['--split', 'train=0.8,test=0.2', '--split-key', 'email'];
    const { location, shards } = await make(['--table', 'orders', '--table', 'customers', ...key]);
    expect(shards.map(({ path }) => path)).toEqual(
      ['orders', 'customers'].flatMap((table) =>
        ['train', 'test'].map((part) => `${table}/${part}/orders-v1--${table}--${part}-00000.parquet`),
      ),
    );
    expect((await assignment(location, 'email')).size).toBe(2000);
    expect((await tidemark(['verify', location])).code).toBe(0);
  });

  it('by rows: as many, with a warning', async () => {
    const { warnings, splits } = await make(['--table', 'orders', '--split', 'train=0.5,test=0.5']);
    expect(warnings).toEqual([expect.stringContaining('without --split-key every row is an entity of its own')]);
    expect(splits['train']!.rows / 40_000).toBeCloseTo(0.5, 1);
  });

  it('by time: days and moments', async () => {
    const cut = ['--split', 'train,validation,test', '--split-time'];
    const days = await make(['--table', 'orders', ...cut, 'day=2024-02-20,2024-03-20']);
    const [row] = (await database.query(`SELECT count(*) FILTER (WHERE day < '2024-02-20') AS train,
      count(*) FILTER (WHERE day >= '2024-02-20' AND day < '2024-03-20') AS validation,
      count(*) FILTER (WHERE day >= '2024-03-20') AS test FROM orders`)) as unknown as [Record<string, string>];
    expect(rowsOf(days)).toEqual(Object.fromEntries(Object.entries(row).map(([part, rows]) => [part, Number(rows)])));
    const moments = await make([
      '--table',
      'orders',
      '--split',
      'train,test',
      '--split-time',
      'at=2024-02-01T12:00:00Z',
    ]);
    const boundary = await database.query(`SELECT count(*) AS n FROM orders WHERE at < '2024-02-01 12:00Z'`);
    expect(moments.splits['train']!.rows).toBe(Number((boundary as unknown as [{ n: string }])[0].n));
  });

  it('by a column, with rows that have none', async () => {
    const args = ['--table', 'orders', '--split', 'a=train,b=test', '--split-by', 'part'];
    const { stderr, code } = await refused(args.slice(2));
    expect([code, stderr]).toEqual([
      6,
      expect.stringMatching(/Column "part" \(text\): NULL belongs to no split, in .*orders[^]*--split-null/),
    ]);
    const { splits } = await make([...args, '--split-null', 'unknown']);
    expect(rowsOf({ splits })).toEqual({ train: 32_000, test: 4000, unknown: 4000 });
    const other = await refused(['--split', 'a=train', '--split-by', 'part', '--split-null', 'train']);
    expect([other.code, other.stderr]).toEqual([6, expect.stringContaining('no split is named for "b"')]);
  });

  it('tells the classes of every part, and verify counts them again', async () => {
    const { location } = await make([
      '--table',
      'orders',
      '--table',
      'customers',
      ...byKey.slice(0, 2),
      '--split-key',
      'email',
      '--split-label',
      'churned',
    ]);
    const { tables, label } = manifestOf(location).version;
    expect(label).toBe('churned');
    expect(tables[0]!.facts.classes).toBeUndefined();
    const [row] = (await database.query(
      'SELECT count(*) FILTER (WHERE churned) AS t, count(*) FILTER (WHERE NOT churned) AS f FROM customers',
    )) as unknown as [{ t: string; f: string }];
    expect(tables[1]!.facts.classes).toEqual({ true: Number(row.t), false: Number(row.f) });
    const files = tables[1]!.targets[1]!.shards.map(({ path }) => `'${join(location, path)}'`).join(', ');
    const counted = await queryDuckdb(
      `SELECT churned::VARCHAR AS c, count(*)::VARCHAR AS n FROM read_parquet([${files}]) GROUP BY c`,
    );
    const byClass = Object.fromEntries(
      counted[0]!.values.map((value, index) => [value, Number(counted[1]!.values[index])]),
    );
    expect(tables[1]!.targets[1]!.facts.classes).toEqual(byClass);
    expect((await tidemark(['verify', location])).code).toBe(0);
    expect((await tidemark(['show', location])).stdout).toMatch(
      /train +[\d,]+ rows, .*, false 6\d\.\d %, true 3\d\.\d %/,
    );
    const { version, run } = manifestOf(location);
    const changed = JSON.parse(
      JSON.stringify(version).replaceAll(`"true":${byClass['true']}`, `"true":${byClass['true']! + 1}`),
    ) as typeof version;
    const unsealed = { id: versionId(changed), version: changed, run };
    await writeFile(join(location, '_manifest.v1.json'), encodeManifest({ ...unsealed, seal: manifestSeal(unsealed) }));
    expect((await tidemark(['verify', location])).stdout).toContain('the number of rows of class true is another one');
  });

  it.each([['1'], ['2']])('names the row that belongs to no part, wherever it is (%s lanes)', async (lanes) => {
    await database.query(
      `DROP TABLE IF EXISTS long; CREATE TABLE long AS SELECT i AS n, nullif(i, 150000) AS key FROM generate_series(1, 150100) i`,
    );
    const [row] = (await database.query('SELECT ctid::text AS at FROM long WHERE key IS NULL')) as unknown as [
      { at: string },
    ];
    const words = [
      '--table',
      'long',
      '--dataset',
      'dataset://long/v1',
      '--out',
      emptyFolder('splits'),
      '--lanes',
      lanes,
    ];
    const run = ['snapshot', ...words, '--split', 'a=0.5,b=0.5', '--split-key', 'key'];
    const { code, stderr } = await tidemark(run, { env: { TIDEMARK_SOURCE: database.url } });
    expect([code, stderr]).toEqual([6, expect.stringContaining(`ctid '${row.at}'`)]);
  });

  it('parts without rows have a file with the schema, and are told', async () => {
    const { splits, warnings, location } = await make([
      '--table',
      'orders',
      '--split',
      'train,test',
      '--split-time',
      'day=2030-01-01',
    ]);
    expect(rowsOf({ splits })).toEqual({ train: 40_000, test: 0 });
    expect(warnings).toEqual(['public.orders: no rows in the split test']);
    expect((await tidemark(['verify', location])).code).toBe(0);
  });

  it.each<[readonly string[], string]>([
    [['--split', 'train=0.7,test=0.2'], 'split: the shares add up to 0.9, and not to 1'],
    [['--split', 'train=0.7,test'], 'split: "test" has no share'],
    [['--split', 'train=0.7,Train=0.3'], 'split: Train is named twice'],
    [['--split', 'a/b=0.7,c=0.3'], 'split: "a/b" cannot be a part\'s name'],
    [['--split-key', 'id'], 'split-key: there is no split to go with it'],
    [
      ['--split', 'a,b', '--split-time', 'day=2024-01-01', '--split-by', 'part'],
      '--split-time and --split-by exclude each other',
    ],
    [['--split', 'a,b', '--split-time', 'day=soon'], 'split-time: "soon" is neither a day nor a moment'],
    [
      ['--split', 'a,b,c', '--split-time', 'day=2024-01-01'],
      'split-time: 1 cuts make 2 parts, and 3 are named: a, b, c',
    ],
    [
      ['--split', 'a=0.5,b=0.5', '--split-key', 'custmer'],
      'split-key: orders has no column "custmer". Did you mean "customer"?',
    ],
    [['--split', 'a,b', '--split-time', 'note=2024-01-01'], 'is not a date or a timestamp'],
    [['--split', 'a=0.5,b=0.5', '--split-key', 'id', '--name', '{version}-{index}'], 'needs {split}'],
    [['--split', 'a=0.5,b=0.5', '--split-label', 'churn'], 'split-label: there is no column "churn"'],
    [['--split', 'a=0.5,b=0.5', '--split-label', 'day'], 'is no column of classes'],
    [['--split', 'a=0.5,b=0.5', '--split-label', 'part', '--mask', 'part=redact'], 'is masked or redacted'],
    [['--split', 'a=0.5,b=0.5', '--split-label', 'note'], 'split-label: column "note" has more than 1000 values'],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await refused(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('is told by plan, and made again by the command that the manifest has', async () => {
    const { location } = await make(['--table', 'orders', ...byKey, '--split-salt', 'a b']);
    const { command } = manifestOf(location).run;
    expect(command).toContain("--split train=0.7,validation=0.15,test=0.15 --split-key customer --split-salt 'a b'");
    const args = ['plan', '--table', 'orders', '--dataset', 'dataset://orders/v2', ...byKey];
    const { stdout, code, stderr } = await tidemark(args, { env: { TIDEMARK_SOURCE: database.url } });
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/split +train, validation, test\n/);
    expect(stdout).toContain('validation/orders-v2--validation-00000.parquet');
  });
});
