import { readdirSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { type CliRun, emptyFolder, type Snapshot, tidemarkHere } from '../support/cli.js';
import { dealt } from '../support/long-form.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
  await db.query('CREATE TABLE marker AS SELECT 42 AS answer');
});
afterAll(async () => {
  // Whatever a name has said, nothing of it was run.
  expect(await db.query('SELECT answer FROM marker')).toEqual([{ answer: 42 }]);
  await db.drop();
});

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A folder around the one that is written to, so that what is written beside it is seen. */
function outputs(): { readonly around: string; readonly out: string } {
  const around = emptyFolder('names');
  return { around, out: join(around, 'deep', 'er', 'out') };
}

async function attacked(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CliRun & { readonly out: string }> {
  const { around, out } = outputs();
  const run = await tidemarkHere([...args, '--out', out], { env: { TIDEMARK_SOURCE: db.url, ...env }, cwd: around });
  for (const name of readdirSync(around, { recursive: true, encoding: 'utf8' })) {
    const way = relative(out, join(realpathSync(around), name));
    const leads = ['..', '../..', '../../..', ''].includes(way) || !way.startsWith('..');
    expect(leads, `${name} was written outside`).toBe(true);
  }
  const said = run.stdout + run.stderr;
  expect([0, 2, 3, 6], said).toContain(run.code);
  expect(said).not.toMatch(/defect|internal\.bug|\n\s+at .*\.js:\d+/);
  // What is for programs has the marks of direction as they are, in JSON's own form.
  expect(args.includes('--json') ? run.stderr : said).not.toMatch(
    // eslint-disable-next-line no-control-regex -- a terminal would do what it says
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/,
  );
  return { ...run, out };
}

const names = [
  'x"; DROP TABLE marker; --',
  "x'; DROP TABLE marker; --",
  'x"."y',
  'two\nlines: error: none',
  '../../../escaped',
  '/etc/passwd',
  '..',
  '.hidden',
  '\u001b]0;owned\u0007\u001b[2J',
  'turned \u202e round \u2066',
  'C\u0301ON',
  'CON',
  'nul.txt',
  'a\\b',
  '%2e%2e%2f%s%n',
  '$$; DROP TABLE marker; $$',
  '${HOME} $(id) `id`',
  '__proto__',
  'constructor',
  'x'.repeat(63),
  'é'.repeat(31),
  ':param :"q" :\'v\'',
  '=1+1',
  ' ',
];

/** All that a user says of a name's kind. */
function sayings(name: string): readonly (readonly string[])[] {
  const table = ['snapshot', '--table', 'marker', '--dataset'];
  const marked = [...table, 'dataset://names/1'];
  const query = ['--query', 'SELECT answer, :p::text AS p FROM marker', '--param', `p=${name}`];
  return [
    [...table, `dataset://${name}/1`],
    [...table, `dataset://names/${name}`],
    [...marked, '--split', `${name}=0.5,b=0.5`, '--split-key', 'answer'],
    [...marked, '--tag', name, '--alias', name],
    [...marked, '--shard-name', name],
    [...marked, '--split-key', name, '--cast', `${name}=text`, '--partition-by', name],
    ['snapshot', '--table', name, '--dataset', 'dataset://names/1'],
    ['snapshot', ...query, '--dataset', 'dataset://names/1'],
  ];
}

describe.each(names.map((name, index) => ({ name, index })))('$name', ({ name, index }) => {
  test('as the name of a schema, a table and its columns', async () => {
    await db.query(`CREATE SCHEMA IF NOT EXISTS ${quoted(name)}; CREATE TABLE ${quoted(name)}.${quoted(name)} AS
      SELECT i AS ${quoted(name)}, ${literal(name)}::text AS "and ""more""" FROM generate_series(1, 20) i`);
    const table = `${quoted(name)}.${quoted(name)}`;
    const how = ['snapshot', '--table', table, '--dataset', 'dataset://names/1', '--json'];
    const run = await attacked(how);
    expect(run.code, run.stderr).toBe(0);
    const { shards, location } = JSON.parse(run.stdout) as Snapshot;
    const duck = await (await DuckDBInstance.create()).connect();
    const file = literal(join(location, shards[0]!.path));
    const rows = await duck.runAndReadAll(`SELECT * FROM read_parquet(${file}) LIMIT 1`);
    expect(rows.columnNames()).toEqual([name, 'and "more"']);
    expect(rows.getRows()[0]![1]).toBe(name);
    for (const command of ['show', 'verify']) {
      const { code, stdout, stderr } = await tidemarkHere([command, location]);
      expect(code, stderr).toBe(0);
      // eslint-disable-next-line no-control-regex -- a terminal would do what it says
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    }
    if (index % 3 !== 0) return;
    await attacked([
      'snapshot',
      '--table',
      table,
      '--dataset',
      'dataset://names/2',
      '--split',
      'a=0.5,b=0.5',
      '--split-key',
      name,
    ]);
    await attacked(['plan', '--table', table, '--dataset', 'dataset://names/3', '--order-by', name]);
  });

  test('as what a user says', async () => {
    for (const args of dealt(sayings(name), { to: index % 2, of: 2 })) await attacked(args);
    expect(await db.query('SELECT answer FROM marker')).toEqual([{ answer: 42 }]);
  });
});

test.each(['parquet', 'csv'])('values that rows are put into partitions by, in %s', async (format) => {
  const values = names.map((name) => `(${literal(name)}, ${literal(`${name},"${name}`)})`);
  await db.query(
    `CREATE TABLE IF NOT EXISTS parts (p text, v text); TRUNCATE parts; INSERT INTO parts VALUES ${values.join(', ')}`,
  );
  const how = ['--partition-by', 'p', '--format', format, '--json'];
  const run = await attacked(['snapshot', '--table', 'parts', '--dataset', 'dataset://parts/1', ...how]);
  expect(run.code, run.stderr).toBe(0);
  const { location } = JSON.parse(run.stdout) as Snapshot;
  expect((await tidemarkHere(['verify', location])).code).toBe(0);
  const duck = await (await DuckDBInstance.create()).connect();
  const files = literal(join(location, '*/*.' + format));
  const from =
    format === 'csv'
      ? `read_csv(${files}, header = true, hive_partitioning = false, all_varchar = true)`
      : `read_parquet(${files}, hive_partitioning = false)`;
  const found = (await duck.runAndReadAll(`SELECT v FROM ${from}`)).getRows().map(([value]) => value);
  expect(found.sort()).toEqual(names.map((name) => `${name},"${name}`).sort());
});

test('queries that write are refused by the server', async () => {
  await attacked(['snapshot', '--query', `SELECT 1 AS a; DROP TABLE marker`, '--dataset', 'dataset://names/1']);
  await attacked([
    'snapshot',
    '--query',
    `WITH gone AS (DELETE FROM marker RETURNING *) SELECT * FROM gone`,
    '--dataset',
    'dataset://names/1',
  ]);
  expect(await db.query('SELECT answer FROM marker')).toEqual([{ answer: 42 }]);
});
