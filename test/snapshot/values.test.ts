import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { CanonicalText } from '../readers/canonical.js';
import { duckdb, parquetWasm, readers, reportSkipped } from '../readers/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson, tidemark } from '../support/cli.js';
import { canonical, columns, preamble, textColumns, type TestColumn } from './extremes.js';

const all = [...columns, ...textColumns];
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const rows = Math.max(...all.map((column) => column.values.length)) + 3;

/** Row by row the values of every column in turn, then NULL; the last rows are NULL throughout. */
const insert = Array.from({ length: rows }, (_, row) => {
  const values = all.map(({ values: own, type }) => (row < own.length ? `${own[row]}::${type}` : 'NULL'));
  return `(${row}, ${values.join(', ')})`;
});

/** The server's own text of every value, in the canonical form; by column, in the order of rows. */
async function oracle(
  database: FreshDatabase,
  table: string,
  wanted: readonly TestColumn[],
): Promise<CanonicalText[][]> {
  const client = await database.connect();
  try {
    await client.query(`SET DateStyle = ISO; SET TimeZone = UTC; SET IntervalStyle = postgres; SET bytea_output = hex;
      SET extra_float_digits = 1; SET lc_monetary = 'C'`);
    const result = await client.query<(string | null)[]>({
      text: `SELECT ${wanted.map(({ name }) => quoted(name)).join(', ')} FROM ${table} ORDER BY row`,
      rowMode: 'array',
      types: { getTypeParser: () => (text: string) => text },
    });
    return wanted.map(({ kind }, i) =>
      result.rows.map((row) => (row[i] === null ? null : canonical(kind, row[i] as string))),
    );
  } finally {
    await client.end();
  }
}

/** Where a reader has no room for what the type holds; everything else must be exact. */
const limits: Readonly<Record<string, readonly string[]>> = {
  polars: ['date', 'uuid', 'json', 'jsonb'],
  hyparquet: [
    'real',
    'numeric(15,2)',
    'numeric(9,0)',
    'numeric(18,18)',
    'numeric(38,0)',
    'numeric(38,37)',
    'date',
    'time',
  ].concat('timestamp', 'timestamptz', 'json', 'jsonb'),
};

describe.each([18, 14] as const)('every value of PostgreSQL %i', { timeout: 120_000 }, (version) => {
  let database: FreshDatabase;
  let expected: CanonicalText[][];
  const tally = { exact: 0, limited: 0 };

  beforeAll(async () => {
    database = await freshDatabase(inject(`postgres${version}`));
    await database.query(`${preamble}
      CREATE TABLE extremes (row int, ${all.map(({ name, type }) => `${quoted(name)} ${type}`).join(', ')});
      INSERT INTO extremes VALUES ${insert.join(', ')}`);
    expected = await oracle(database, 'extremes', all);
  });
  afterAll(async () => {
    console.log(`PostgreSQL ${version}: ${tally.exact} columns exact, ${tally.limited} within a reader's limit`);
    await database.drop();
  });

  it.each([
    ['a table by COPY', ['--table', 'extremes']],
    ['a table by cursor', ['--table', 'extremes', '--via', 'cursor']],
    ['a query by COPY', ['--query', 'SELECT * FROM extremes ORDER BY row', '--compression', 'zstd']],
    ['a query by cursor', ['--query', 'SELECT * FROM extremes ORDER BY row', '--via', 'cursor']],
  ])('is what readers read: %s', async (_, args) => {
    const { location, shards } = await snapshotJson(
      [...args, '--dataset', 'dataset://values/v1', '--out', emptyFolder('values')],
      { env: { TIDEMARK_SOURCE: database.url } },
    );
    expect(shards.length).toBe(1);
    const manifest = JSON.parse(readFileSync(join(location, '_manifest.v1.json'), 'utf8')) as {
      version: { tables: { schema: { name: string; type: string; exactness: string }[] }[] };
    };
    const ledger = manifest.version.tables[0].schema.slice(1);
    expect(ledger.map(({ name, type }) => ({ name, type }))).toEqual(
      all.map(({ name, arrow }) => ({ name, type: arrow })),
    );
    for (const reader of readers.filter(({ name }) => name !== 'parquetjs-lite')) {
      const reason = await reader.unavailable();
      if (reason !== undefined) {
        reportSkipped(reader, all.length, reason);
        continue;
      }
      const read = (await reader.read(join(location, shards[0].path))).slice(1);
      for (const [i, { type }] of all.entries()) {
        if (limits[reader.name]?.includes(type)) tally.limited += 1;
        else {
          expect({ reader: reader.name, type, values: read[i].values }).toEqual({
            reader: reader.name,
            type,
            values: expected[i],
          });
          tally.exact += 1;
        }
      }
    }
  });
});

describe('rows in number', { timeout: 120_000 }, () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
  });
  afterAll(() => database.drop());

  const make = (args: readonly string[]): ReturnType<typeof snapshotJson> =>
    snapshotJson([...args, '--dataset', 'dataset://many/v1', '--out', emptyFolder('many')], {
      env: { TIDEMARK_SOURCE: database.url },
    });

  it('over pages and row groups, with nothing but NULL in the middle, in their order', async () => {
    const wanted: TestColumn[] = [
      { name: 'n', type: 'bigint', kind: 'same', values: [], arrow: '' },
      { name: 'at', type: 'timestamptz', kind: 'timestamptz', values: [], arrow: '' },
      { name: 'd', type: 'numeric(20,4)', kind: 'same', values: [], arrow: '' },
      { name: 't', type: 'text', kind: 'same', values: [], arrow: '' },
    ];
    await database.query(`CREATE TABLE many AS SELECT i AS row,
        CASE WHEN NOT hidden THEN i::bigint * 7919 % 1000003 END AS n,
        CASE WHEN NOT hidden THEN timestamptz '2020-01-01' + i * interval '1.000003 s' END AS at,
        CASE WHEN NOT hidden THEN (i * 1.2345)::numeric(20,4) END AS d,
        CASE WHEN NOT hidden THEN md5(i::text) END AS t
      FROM generate_series(0, 299999) i, LATERAL (SELECT i BETWEEN 60000 AND 160000) h(hidden)`);
    const expected = await oracle(database, 'many', wanted);
    const { location, shards, rows: count } = await make(['--query', 'SELECT * FROM many ORDER BY row']);
    expect(count).toBe(300_000);
    for (const reader of [duckdb, parquetWasm]) {
      const read = await reader.read(join(location, shards[0].path));
      wanted.forEach((_, i) => {
        const wrong = read[i + 1].values.findIndex((value, row) => value !== expected[i][row]);
        expect([reader.name, read[i + 1].name, wrong]).toEqual([reader.name, wanted[i].name, -1]);
      });
    }
  });

  it('zero: a valid file with the whole schema', async () => {
    await database.query(`CREATE TABLE nothing (a bigint, b numeric(15,2), c timestamptz, d text[])`);
    for (const args of [
      ['--table', 'nothing'],
      ['--query', 'SELECT * FROM nothing'],
      ['--table', 'nothing', '--via', 'cursor'],
    ]) {
      const { location, shards, rows: count } = await make(args);
      expect([count, shards.length]).toEqual([0, 1]);
      const read = await duckdb.read(join(location, shards[0].path));
      expect(read.map(({ name, type, values }) => [name, type, values.length])).toEqual([
        ['a', 'BIGINT', 0],
        ['b', 'DECIMAL(15,2)', 0],
        ['c', 'TIMESTAMP WITH TIME ZONE', 0],
        ['d', 'VARCHAR', 0],
      ]);
      expect((await tidemark(['verify', location])).code).toBe(0);
    }
  });

  it('a value of 64 MiB, and a thousand columns of odd names', async () => {
    const names = Array.from({ length: 1000 }, (_, i) =>
      i === 0 ? 'select' : i === 1 ? 'a."b"\nc' : i === 2 ? 'A' : `a${i}`,
    );
    await database.query(`CREATE TABLE wide (${names.map((name) => `${quoted(name)} int`).join(', ')});
      INSERT INTO wide VALUES (${names.map((_, i) => i).join(', ')});
      CREATE TABLE huge AS SELECT 1 AS id, repeat('0123456789abcdef', 4 * 1024 * 1024) AS t`);
    const wide = await make(['--table', 'wide']);
    const read = await parquetWasm.read(join(wide.location, wide.shards[0].path));
    expect(read.map(({ name, values }) => [name, values[0]])).toEqual(names.map((name, i) => [name, String(i)]));
    const huge = await make(['--table', 'huge']);
    const [, text] = await duckdb.read(join(huge.location, huge.shards[0].path));
    expect(text.values[0] === '0123456789abcdef'.repeat(4 * 1024 * 1024)).toBe(true);
  });

  it('two columns of one name are refused, and the message says what to do', async () => {
    const args = [
      'snapshot',
      '--query',
      'SELECT 1 AS a, 2 AS a',
      '--dataset',
      'dataset://d/v1',
      '--out',
      emptyFolder('two'),
    ];
    const { code, stderr } = await tidemark(args, { env: { TIDEMARK_SOURCE: database.url } });
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(/"a"[^]*AS/);
  });
});
