import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startBigQuery } from '../servers/bigquery/bigquery.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { startStrictS3 } from '../servers/s3/strict.js';
import { emptyFolder } from '../support/cli.js';
import { nowhere, runPython, withTidemark } from './python-package.js';

const root = new URL('../../', import.meta.url).pathname;
const built = await withTidemark('wheel', ['pandas==3.0.1', 'pyarrow==23.0.1']);
const inPython = (code: string, env?: Readonly<Record<string, string>>): Promise<unknown> =>
  runPython(built.bin!, code, env);

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
  await database.query(`CREATE TABLE orders AS
    SELECT i AS id, 'customer ' || i % 100 AS customer, (i / 8.0)::numeric(12,3) AS price FROM generate_series(1, 10000) i`);
});
afterAll(() => database.drop());

it('the bundle runs with Node alone', async () => {
  const folder = join(emptyFolder('bundle'), 'node');
  await execa(process.execPath, [join(root, 'scripts/bundle.mjs'), folder]);
  const run = await execa(process.execPath, [join(folder, 'main.js'), '--version'], { cwd: folder, extendEnv: false });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
  expect(run.stdout).toBe(version);
});

describe.skipIf(built.bin === undefined)(`the Python package ${built.reason}`, () => {
  it('has all that it says it needs', async () => {
    const { stdout } = await execa(join(built.bin!, 'pip'), ['check', '--disable-pip-version-check']);
    expect(stdout).toContain('No broken requirements');
  });

  it('makes and checks a version, and pandas reads it, without Node on the machine', async () => {
    const out = emptyFolder('out');
    const told = await inPython(`
made = tidemark.snapshot(
    source=${JSON.stringify(database.url)}, table="orders", dataset="dataset://orders/1", out=${JSON.stringify(out)},
    split={"train": 0.8, "test": 0.2}, split_key="customer", cast={"price": "decimal(12,3)"}, shard_size="1MiB")
checked = tidemark.verify(made.location)
parts = {part: made.to_pandas(split=part) for part in ("train", "test")}
again = tidemark.open(made.location)
whole = again.to_arrow(columns=["id", "price"])
print(json.dumps({
    "rows": made.rows, "valid": checked["valid"], "same": again == made, "uri": made.uri,
    "parts": {part: len(rows) for part, rows in parts.items()},
    "shared": len(set(parts["train"].customer) & set(parts["test"].customer)),
    "sum": str(sum(whole.column("price").to_pylist())), "ids": len(set(whole.column("id").to_pylist())),
}))`);
    expect(told).toMatchObject({ rows: 10_000, valid: true, same: true, uri: 'dataset://orders/1' });
    expect(told).toMatchObject({ shared: 0, sum: '6250625.000', ids: 10_000 });
    const { parts } = told as { readonly parts: { readonly train: number; readonly test: number } };
    expect([parts.train + parts.test, parts.train > parts.test]).toEqual([10_000, true]);
  });

  it('takes a file, options that go before it, and variables', async () => {
    const out = emptyFolder('out');
    const file = join(emptyFolder('config'), 'tidemark.yaml');
    writeFileSync(file, 'table: nothing\ndataset: dataset://orders/2\nmask:\n  customer: redact\n');
    const told = await inPython(
      `
made = tidemark.snapshot(${JSON.stringify(file)}, table="orders", out=${JSON.stringify(out)}, env={"TIDEMARK_SOURCE": ${JSON.stringify(database.url)}})
print(json.dumps([made.rows, sorted(set(made.to_pandas().customer))]))`,
    );
    expect(told).toEqual([10_000, ['***']]);
  });

  it('takes options with options of their own beside a file, which say what stands in it anew', async () => {
    const out = emptyFolder('out');
    const file = join(emptyFolder('config'), 'tidemark.yaml');
    writeFileSync(
      file,
      'dataset: dataset://orders/4\nsplit:\n  all: 1\nsplit-key: id\nexpect:\n  rows: { min: 20000 }\n',
    );
    const told = await inPython(
      `
made = tidemark.snapshot(
    ${JSON.stringify(file)}, out=${JSON.stringify(out)}, source=${JSON.stringify(database.url)}, compression="zstd",
    split={"train": 0.5, "test": 0.5}, split_key="customer", mask={"customer": "hash"}, expect={"rows": {"min": 10}},
    tables={"few": {"query": "SELECT * FROM orders WHERE id < 100"}, "orders": {"table": "orders", "mask": {"price": "null"}}})
print(json.dumps([made.rows, {name: len(made.to_arrow(table=name)) for name in ("few", "orders")},
    sorted({part for part in ("train", "test") for _ in made.files(part, "few")})]))`,
      { TIDEMARK_MASK_KEY: 'a-key-of-32-characters-or-longer' },
    );
    expect(told).toEqual([10_099, { few: 99, orders: 10_000 }, ['test', 'train']]);
  });

  it('opens a chain, with all of its rows', async () => {
    await database.query('CREATE TABLE events AS SELECT i AS id FROM generate_series(1, 1000) i');
    const out = emptyFolder('out');
    const next = (name: string): string => `
made = tidemark.snapshot(source=${JSON.stringify(database.url)}, table="events", dataset="dataset://events/${name}", out=${JSON.stringify(out)},
    parent=${JSON.stringify(join(out, 'events'))}, first_run=True)
print(json.dumps([made.rows, sorted(made.to_pandas().id), len(tidemark.open(${JSON.stringify(join(out, 'events', name))}).files())]))`;
    const ids = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
    expect(await inPython(next('n1'))).toEqual([1000, ids(1000), 1]);
    await database.query('INSERT INTO events SELECT i FROM generate_series(1001, 1010) i');
    expect(await inPython(next('n2'))).toEqual([10, ids(1010), 2]);
  });

  it('makes and opens versions in a bucket, a chain too', async () => {
    await database.query('CREATE TABLE visits AS SELECT i AS id FROM generate_series(1, 500) i');
    const store = await startStrictS3();
    try {
      const next = (name: string): string => `
made = tidemark.snapshot(source=${JSON.stringify(database.url)}, table="visits", dataset="dataset://visits/${name}",
    out=${JSON.stringify(store.at('bucket/ml'))}, parent=${JSON.stringify(store.at('bucket/ml/visits'))}, first_run=True)
again = tidemark.open(${JSON.stringify(store.at(`bucket/ml/visits/${name}`))})
print(json.dumps([made.rows, tidemark.verify(made.location)["valid"], again == made, made.files(), sum(again.to_pandas().id)]))`;
      const told = (await inPython(next('n1'), store.env)) as unknown[];
      expect(told).toEqual([500, true, true, [expect.stringContaining('s3://bucket/ml/visits/n1/')], 125_250]);
      await database.query('INSERT INTO visits VALUES (501)');
      const [rows, valid, same, files, sum] = (await inPython(next('n2'), store.env)) as unknown[];
      expect([rows, valid, same, sum]).toEqual([1, true, true, 125_751]);
      expect(files).toEqual([told[3], expect.anything()].flat());
    } finally {
      store.stop();
    }
  });

  it('raises what goes wrong, with what to do', async () => {
    const told = await inPython(`
try:
    tidemark.snapshot(source=${JSON.stringify(database.url)}, table="oders", dataset="dataset://orders/3", out=${JSON.stringify(emptyFolder('out'))})
except tidemark.TidemarkError as error:
    print(json.dumps([str(error), error.hint, error.exit_code]))`);
    const [message, hint, code] = told as [string, string, number];
    expect([message, hint]).toEqual([expect.stringContaining('oders'), expect.stringContaining('orders')]);
    expect(code).toBe(3);
    const unknown = await inPython(`
try:
    tidemark.snapshot(tabel="orders", shard_size=-1)
except tidemark.TidemarkError as error:
    print(json.dumps(str(error)))`);
    expect(unknown).toMatch(/unknown key "tabel"\n[^]*shard-size: -1 is not allowed/);
    expect(unknown).not.toContain('options.json');
  });

  it.each([
    ['mysql://u@127.0.0.1:1/x', 'mysql'],
    ['redshift://u:p@127.0.0.1:1/x', 'redshift'],
    ['snowflake://a-b/x/y?host=https://127.0.0.1:1', 'snowflake'],
  ])('holds what a source needs: %s', async (source, kind) => {
    const words = ['snapshot', '--source', source, '--table', 't', '--dataset', 'dataset://t/1', '--out'];
    const env = { ...nowhere, SNOWFLAKE_USER: 'u', SNOWFLAKE_PASSWORD: 'p' };
    const run = await execa(join(built.bin!, 'tidemark'), [...words, emptyFolder('out'), '--stall-limit', '2s'], {
      ...{ env, extendEnv: false, reject: false, timeout: 100_000, cwd: emptyFolder('cwd') },
    });
    // Nobody is there; that is all that is wrong.
    expect([kind, run.exitCode, run.stderr]).toEqual([kind, 3, expect.not.stringContaining('defect')]);
  });

  it('holds what BigQuery needs', async () => {
    const service = await startBigQuery();
    try {
      await service.createTable({
        ...{ dataset: 'shop', table: 't', schema: [{ name: 'id', type: 'INT64' }] },
        rows: [{ id: '1' }, { id: '2' }],
      });
      const told = await inPython(
        `
made = tidemark.snapshot(source=${JSON.stringify(service.url('shop'))}, table="t", dataset="dataset://t/1", out=${JSON.stringify(emptyFolder('out'))})
print(json.dumps(sorted(made.to_pandas().id)))`,
        { ...service.env, GCP_IAM: '1' },
      );
      expect(told).toEqual([1, 2]);
    } finally {
      service.stop();
    }
  });

  it('holds what was said of the packages in it', () => {
    const lib = join(built.bin!, '..', 'lib');
    const folder = join(lib, readdirSync(lib)[0]!, 'site-packages', 'tidemark', '_node');
    expect(existsSync(join(folder, 'LICENSES.txt'))).toBe(true);
    expect(readdirSync(join(folder, 'node_modules')).sort()).toEqual([
      '@bokuweb',
      '@napi-rs',
      'parquet-wasm',
      'snappy',
    ]);
  });
});
