import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type * as Library from '../../src/index.js';
import { pythonEnvironment, type PythonEnvironment } from '../platform/python.js';
import { freshDatabase } from '../servers/postgres.js';
import { emptyFolder } from '../support/cli.js';
import { queryDuckdb } from './index.js';
import { readersEnvironment } from './python.js';

const { delta, snapshot } = (await import(new URL('../../dist/index.js', import.meta.url).href)) as typeof Library;

/** Too large to be fetched for every run of the tests. */
const long = process.env['TIDEMARK_TEST_LONG'] === '1';
const large = (name: string, requirements: readonly string[]): Promise<PythonEnvironment> =>
  long
    ? pythonEnvironment(name, requirements)
    : Promise.resolve({ bin: undefined, reason: 'is hundreds of megabytes: TIDEMARK_TEST_LONG=1' });
const readers = await readersEnvironment();
const spark = await large('spark', ['pyspark==4.0.1', '--no-binary=pyspark']);
const torch = await large('torch', ['torch==2.14.1', 'numpy==2.4.6', 'pyarrow==26.0.1']);

const page = readFileSync(new URL('../../docs/reading.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```(python|sql)\n(.*?)```/gs)].map(([, language, code]) => ({
  language,
  code: code!,
}));

/** The one block of the page that has both words in it. */
function block(...words: readonly string[]): string {
  const found = blocks.filter(({ code }) => words.every((word) => code.includes(word)));
  if (found.length !== 1) throw new Error(`${found.length} blocks have ${words.join(' and ')}`);
  return found[0]!.code;
}

/** The folder in which the page's `outputs` is. */
const folder = emptyFolder('page');
const rows = { rows: 1060, sum: (1060 * 1061) / 2 };

beforeAll(async () => {
  const database = await freshDatabase(inject('postgres18'));
  const select = (from: number, to: number): string =>
    `SELECT i AS id, i / 2.0::float8 AS amount FROM generate_series(${from}, ${to}) i`;
  const night = async (table: string, day: number, options: object = {}): Promise<void> => {
    const out = join(folder, 'outputs');
    const dataset = `dataset://${table}/2024-01-0${day}`;
    const parent = join(out, table);
    await snapshot({ source: database.url, table, dataset, out, parent, firstRun: true, ...options }, { env: {} });
  };
  await database.query(`CREATE TABLE events AS ${select(1, 1000)}`);
  await night('events', 1);
  await database.query(`INSERT INTO events ${select(1001, 1050)}`);
  await night('events', 2);
  await database.query(`ALTER TABLE events ADD COLUMN note text`);
  await database.query(`INSERT INTO events SELECT *, 'new' FROM (${select(1051, 1060)})`);
  await night('events', 3, { schema: 'evolve' });
  await database.query(`CREATE TABLE customers AS SELECT i AS id, 'a' AS name FROM generate_series(1, 9) i`);
  const keyed = { mode: 'upsert', key: ['id'] };
  await night('customers', 1, keyed);
  await database.query(`UPDATE customers SET name = 'b' WHERE id > 5`);
  await night('customers', 2, keyed);
});

/** Runs code in the folder. @param told an expression whose value is given back */
async function python({ bin }: PythonEnvironment, code: string, told: string): Promise<unknown> {
  // Threads of some libraries outlive the interpreter, and abort it.
  const program = `${code}\nimport json, os\nprint("\\n" + json.dumps(${told}), flush=True)\nos._exit(0)\n`;
  const { stdout } = await execa(join(bin!, 'python'), ['-c', program], {
    cwd: folder,
    env: { PYTHONWARNINGS: 'ignore', SPARK_LOCAL_IP: '127.0.0.1' },
    timeout: 240_000,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

const pandasRows = '{"rows": len(events), "sum": int(events["id"].sum())}';
const polarsRows = '{"rows": events.height, "sum": events["id"].sum()}';

describe('the page about reading', () => {
  it('has no block that is not run here', () => {
    expect(blocks).toHaveLength(11);
  });

  it.skipIf(readers.bin === undefined)(`all files of a folder, by pandas and Polars ${readers.reason}`, async () => {
    expect(await python(readers, block('pd.read_parquet("outputs'), pandasRows)).toEqual(rows);
    const scan = block('scan_parquet("outputs');
    expect(await python(readers, `${scan}\nevents = events.collect()`, polarsRows)).toEqual(rows);
  });

  it('all files of a folder, by DuckDB', async () => {
    const sql = block('count(*), max(id)').replaceAll('outputs/', `${folder}/outputs/`);
    const read = await queryDuckdb(sql.replace('count(*), max(id)', 'count(*)::VARCHAR, sum(id)::VARCHAR'));
    expect(read.map(({ values }) => values)).toEqual([[String(rows.rows)], [String(rows.sum)]]);
  });

  const files = block('def files_of');
  it.skipIf(readers.bin === undefined)(
    `the files of one version, by pandas, Polars and DuckDB ${readers.reason}`,
    async () => {
      expect(await python(readers, files, '[f.rsplit("/", 2)[1] for f in files]')).toEqual([
        '2024-01-01',
        '2024-01-02',
        '2024-01-03',
      ]);
      const notes = '{"rows": len(events), "sum": int(events["id"].sum()), "notes": int(events["note"].count())}';
      expect(await python(readers, files + block('schema=pq.read_schema(files[-1]))', 'pd.read'), notes)).toEqual({
        ...rows,
        notes: 10,
      });
      const polars = '{"rows": events.height, "sum": events["id"].sum(), "notes": events["note"].count()}';
      expect(await python(readers, files + block('pl.read_parquet_schema'), polars)).toEqual({ ...rows, notes: 10 });
      const duckdb =
        'dict(zip(["rows", "sum", "notes"], duckdb.sql("SELECT count(*), sum(id)::BIGINT, count(note) FROM events").fetchone()))';
      expect(await python(readers, files + block('duckdb.read_parquet'), duckdb)).toEqual({ ...rows, notes: 10 });
    },
  );

  it.skipIf(spark.bin === undefined)(
    `the files of one version, by Spark, which ${spark.reason}`,
    { timeout: 240_000 },
    async () => {
      const told = 'events.selectExpr("count(*) rows", "sum(id) sum", "count(note) notes").first().asDict()';
      expect(await python(spark, files + block('SparkSession'), told)).toEqual({ ...rows, notes: 10 });
    },
  );

  it.skipIf(torch.bin === undefined)(
    `the files of one version, by PyTorch, which ${torch.reason}`,
    { timeout: 240_000 },
    async () => {
      const told = '{"rows": rows, "sum": int(sum(batch["id"].sum() for batch in loader))}';
      expect(await python(torch, files + block('IterableDataset'), told)).toEqual(rows);
    },
  );

  it('rows that were changed, by DuckDB', async () => {
    const sql = block('QUALIFY').replaceAll('outputs/', `${folder}/outputs/`).replace(';', '');
    const [read] = await queryDuckdb(`SELECT name FROM (${sql}) ORDER BY id`);
    expect(read!.values.join('')).toBe('aaaaabbbb');
  });

  it.skipIf(readers.bin === undefined)(`as a Delta table, by deltalake ${readers.reason}`, async () => {
    await delta(join(folder, 'outputs', 'events'));
    const told = '{"rows": len(events), "sum": int(events["id"].sum()), "first": len(first)}';
    expect(await python(readers, block('DeltaTable'), told)).toEqual({ ...rows, first: 1000 });
  });
});
