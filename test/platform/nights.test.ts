import { copyFileSync, readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { freshDatabase, type FreshDatabase } from '../servers/postgres.js';
import { emptyFolder, tidemark } from '../support/cli.js';
import { type Execution, Platform } from './platform.js';
import { pythonEnvironment } from './python.js';

const folder = new URL('../../examples/nightly/', import.meta.url).pathname;
const requirements = readFileSync(join(folder, '..', 'valohai', 'requirements.txt'), 'utf8')
  .trim()
  .split('\n');
const trainer = await pythonEnvironment('train', requirements);

describe('a week of nights', () => {
  const platform = new Platform(join(folder, 'valohai.yaml'));
  let db: FreshDatabase;
  let environment: Record<string, string>;

  beforeAll(async () => {
    const server = inject('postgres18');
    db = await freshDatabase(server);
    await db.query(`CREATE TABLE events (event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id int,
      happened_at timestamptz DEFAULT '2024-03-04 12:00+00')`);
    environment = { DB_HOST: server.host, DB_PORT: String(server.port), DB_NAME: db.name, DB_USER: server.user };
  });
  afterAll(() => db.drop());

  const night = (date: string, parameters: Record<string, string> = {}): Promise<Execution> =>
    platform.run('nightly-events', { parameters: { date, ...parameters }, environment });
  /** Rows of the version of a date, with all that it inherits; the input must hold. */
  const rowsOf = async (date: string): Promise<number> => {
    const mounted = emptyFolder('mounted');
    for (const { path, stored } of platform.datasets.files(`dataset://events/${date}`)) {
      copyFileSync(stored, join(mounted, basename(path)));
    }
    const { code, stdout } = await tidemark(['verify', '--json', join(mounted, `_manifest.${date}.json`)]);
    const found = JSON.parse(stdout) as {
      findings: unknown[];
      rows: number;
      inherited?: { rows: number; missing: number };
    };
    expect([code, found.findings, found.inherited?.missing ?? 0], date).toEqual([0, [], 0]);
    return found.rows + (found.inherited?.rows ?? 0);
  };
  const made = async (execution: Execution, date: string, rows: number): Promise<void> => {
    expect(execution.code, execution.stderr).toBe(0);
    expect(execution.complaints).toEqual([]);
    expect(await rowsOf(date)).toBe(rows);
  };

  it('every morning the version of the day is there, whatever the night was', async () => {
    await db.query(`INSERT INTO events (customer_id) SELECT i % 10 FROM generate_series(1, 100) i`);
    const late = await db.connect();
    await late.query(`BEGIN; INSERT INTO events (customer_id) VALUES (1)`);
    const first = await night('2024-03-04');
    expect(first.stderr).toContain('this is a first run, which reads all rows');
    await made(first, '2024-03-04', 100);
    // A transaction that was open in the night before.
    await late.query('COMMIT');
    await late.end();
    await db.query(`INSERT INTO events (customer_id) VALUES (2), (3)`);
    await made(await night('2024-03-05'), '2024-03-05', 103);
    // A quiet day.
    const quiet = await night('2024-03-06');
    await made(quiet, '2024-03-06', 103);
    expect(quiet.outputs.map(({ path }) => basename(path)).sort()).toEqual([
      '_manifest.2024-03-06.json',
      'valohai.metadata.jsonl',
    ]);
    // Thursday's run is missed, and filled in after Friday's: nothing is new by then.
    await db.query(`INSERT INTO events (customer_id) VALUES (4)`);
    await made(await night('2024-03-08'), '2024-03-08', 104);
    await made(await night('2024-03-07'), '2024-03-07', 104);
    // The schema changes: the night fails, with the difference, and is made again when that is agreed.
    await db.query(`ALTER TABLE events ADD COLUMN kind text; INSERT INTO events (customer_id, kind) VALUES (5, 'new')`);
    const failed = await night('2024-03-09');
    expect([failed.code, failed.outputs]).toEqual([6, []]);
    expect(failed.stderr).toContain('kind utf8 is new');
    await made(await night('2024-03-09', { schema: 'evolve' }), '2024-03-09', 105);
    // A table that is written anew: the chain is begun again.
    await db.query(`ALTER TABLE events ALTER customer_id TYPE bigint`);
    expect((await night('2024-03-10')).code).toBe(6);
    await made(await night('2024-03-10', { full: 'true' }), '2024-03-10', 105);
    await db.query(`INSERT INTO events (customer_id) VALUES (6)`);
    await made(await night('2024-03-11'), '2024-03-11', 106);
    expect(platform.datasets.uris()).toHaveLength(8);
  });

  it.skipIf(trainer.bin === undefined)(
    `is trained on, by a fixed version, an alias and latest, ${trainer.reason}`,
    async () => {
      const trained = await platform.run('train', { path: trainer.bin! });
      expect(trained.code, trained.stderr).toBe(0);
      expect(trained.metrics).toEqual([
        { input: 'fixed', version: 'dataset://events/2024-03-05', rows: 103 },
        { input: 'aliased', version: 'dataset://events/2024-03-11', rows: 106 },
        { input: 'newest', version: 'dataset://events/2024-03-11', rows: 106 },
      ]);
    },
  );

  it('a month of nights is merged, and the next night goes on from that', async () => {
    const merged = await platform.run('monthly-merge');
    expect(merged.code, merged.stderr).toBe(0);
    expect(merged.complaints).toEqual([]);
    await made(merged, '2024-03-11-compact', 106);
    await db.query(`INSERT INTO events (customer_id) VALUES (7)`);
    await made(await night('2024-03-12'), '2024-03-12', 107);
    const files = platform.datasets.files('dataset://events/2024-03-12').map(({ path }) => basename(path));
    expect(files.filter((name) => name.startsWith('_manifest.'))).toHaveLength(2);
  });

  it('all rows of a table, of which the files that changed alone are uploaded', async () => {
    // A vacuum of its own time would tell of room between the rows, and new rows would come there and not at the end.
    await db.query(`CREATE TABLE customers WITH (autovacuum_enabled = false) AS SELECT i AS id, md5(i::text) || md5((-i)::text) AS text
      FROM generate_series(1, 60000) i`);
    const nightly = (date: string): Promise<Execution> =>
      platform.run('nightly-customers', { parameters: { date }, environment });
    const shardsIn = (outputs: readonly { path: string }[]): string[] =>
      outputs.map(({ path }) => basename(path)).filter((name) => name.endsWith('.parquet'));
    const customers = async (execution: Execution, date: string, rows: number): Promise<string[]> => {
      expect(execution.code, execution.stderr).toBe(0);
      expect(execution.complaints).toEqual([]);
      const mounted = emptyFolder('mounted');
      const files = platform.datasets.files(`dataset://customers/${date}`);
      for (const { path, stored } of files) copyFileSync(stored, join(mounted, basename(path)));
      const { code, stdout } = await tidemark(['verify', '--json', mounted]);
      expect([code, JSON.parse(stdout)]).toMatchObject([0, { rows, findings: [] }]);
      return shardsIn(execution.outputs);
    };
    const first = await customers(await nightly('2024-03-04'), '2024-03-04', 60_000);
    expect(first.length).toBeGreaterThan(4);
    await db.query(`INSERT INTO customers SELECT i, md5(i::text) FROM generate_series(60001, 60600) i`);
    const grown = await nightly('2024-03-05');
    expect((await customers(grown, '2024-03-05', 60_600)).length).toBeLessThanOrEqual(2);
    const own = grown.outputs.find(({ path }) => path.endsWith('_manifest.2024-03-05.json'))!;
    expect(JSON.parse(readFileSync(own.stored, 'utf8'))).toMatchObject({
      version: { reuses: { uri: 'dataset://customers/2024-03-04' } },
      run: { publishing: { exclude: [first.at(-1), '_manifest.2024-03-04.json'] } },
    });
    // A night in which nothing happened; and one after that: files are those of versions long before.
    expect(await customers(await nightly('2024-03-06'), '2024-03-06', 60_600)).toEqual([]);
    await db.query(`DELETE FROM customers WHERE id = 60000`);
    expect((await customers(await nightly('2024-03-07'), '2024-03-07', 60_599)).length).toBeLessThanOrEqual(2);
    const outputs = emptyFolder('outputs');
    for (const { path, stored } of grown.outputs) {
      await mkdir(join(outputs, path, '..'), { recursive: true });
      copyFileSync(stored, join(outputs, path));
    }
    // In the outputs of the run the other files are not there: that is said, and no error.
    const alone = await tidemark(['verify', '--json', outputs]);
    expect([alone.code, JSON.parse(alone.stdout)]).toMatchObject([
      0,
      { findings: [{ severity: 'warning', kind: 'missing' }] },
    ]);
  });

  it('daily features are of their day', async () => {
    const features = await platform.run('daily-features', { parameters: { date: '2024-03-05' }, environment });
    expect(features.code, features.stderr).toBe(0);
    expect(platform.datasets.files('dataset://daily-features/2024-03-05').map(({ path }) => basename(path))).toContain(
      '_manifest.2024-03-05.json',
    );
  });
});

describe('the step is started from outside', () => {
  /** A `vh` that writes down how it was called. */
  async function withCommand(script: string, env: Record<string, string>): Promise<string[]> {
    const bin = emptyFolder('bin');
    for (const name of ['vh', 'pip']) {
      await writeFile(join(bin, name), `#!/bin/sh\necho "${name} $*" >> ${join(bin, 'calls')}\n`);
      await chmod(join(bin, name), 0o755);
    }
    await execa('bash', ['-e', '-c', script], {
      env: { PATH: `${bin}:${process.env['PATH']}`, ...env },
      extendEnv: false,
    });
    return readFileSync(join(bin, 'calls'), 'utf8').trim().split('\n');
  }

  it('by GitHub Actions', async () => {
    const workflow = parse(readFileSync(join(folder, 'github-actions.yml'), 'utf8')) as {
      jobs: { snapshot: { steps: { run?: string }[] } };
    };
    const script = workflow.jobs.snapshot.steps.map(({ run }) => run ?? '').join('\n');
    expect(await withCommand(script, { VALOHAI_PROJECT: 'org/churn', DATE: '' })).toEqual([
      'pip install --quiet valohai-cli',
      'vh project link org/churn',
      'vh execution run nightly-events --watch',
    ]);
    const dated = await withCommand(script, { VALOHAI_PROJECT: 'org/churn', DATE: '2024-03-07' });
    expect(dated.at(-1)).toBe('vh execution run nightly-events --watch --date=2024-03-07');
  });

  it('by Airflow, a day for every run', async () => {
    // Airflow itself is large: what the file asks of it is written down by a stand-in of the two classes.
    const modules = emptyFolder('airflow');
    await mkdir(join(modules, 'airflow', 'operators'), { recursive: true });
    await writeFile(
      join(modules, 'airflow', '__init__.py'),
      `class DAG:\n  def __init__(self, **given): self.given = given\n  def __enter__(self): return self\n  def __exit__(self, *_): pass\n`,
    );
    await writeFile(join(modules, 'airflow', 'operators', '__init__.py'), '');
    await writeFile(
      join(modules, 'airflow', 'operators', 'bash.py'),
      `import json\nclass BashOperator:\n  def __init__(self, **given): print(json.dumps(given))\n`,
    );
    const { stdout } = await execa('python3', [join(folder, 'airflow_dag.py')], { env: { PYTHONPATH: modules } });
    const task = JSON.parse(stdout) as { bash_command: string };
    const script = task.bash_command.replace('{{ ds }}', '2024-03-07');
    expect(await withCommand(script, { VALOHAI_PROJECT: 'org/churn' })).toEqual([
      'vh project link org/churn',
      'vh execution run nightly-events --watch --date=2024-03-07',
    ]);
  });
});
