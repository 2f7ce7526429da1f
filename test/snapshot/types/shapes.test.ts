import { createHash } from 'node:crypto';
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { hyparquet, parquetjsLite, parquetWasm, queryDuckdb, readers } from '../../readers/index.js';
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.js';
import { emptyFolder, tidemarkHere as tidemark } from '../../support/cli.js';
import { createManyRows, manyColumns, rows } from './many-rows.js';
import { oddNames } from './odd-names.js';
import { expectReadersAgree } from './readers-agree.js';
import { serverTexts } from './server-text.js';
import { createSpecimenTable, expectedColumns } from './specimen-table.js';
import type { Specimen } from './specimens.js';
import { type MadeVersion, makeVersion } from './version-files.js';

const roads = ['copy', 'cursor'] as const;
let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
});
afterAll(() => db.drop());

/** By both roads, which must bring the same bytes. */
async function byBothRoads(args: readonly string[]): Promise<MadeVersion> {
  const [copied, read] = await Promise.all(roads.map((via) => makeVersion(db.url, [...args, '--via', via])));
  expect(read!.manifest.version).toEqual(copied!.manifest.version);
  return copied!;
}

async function rowGroupsOf(file: string) {
  const { row_groups: groups } = await parquetMetadataAsync(await asyncBufferFromFile(file));
  return groups.map(({ num_rows: count, columns }) => ({
    rows: Number(count),
    nulls: columns.map((column) => Number(column.meta_data!.statistics!.null_count)),
  }));
}

describe('many rows', { timeout: 180_000 }, () => {
  it('over pages and row groups, with pages of nothing but NULL: readers show what the server shows', async () => {
    await createManyRows(db);
    const made = await byBothRoads(['--table', 'many']);
    expect(made.table().facts.rows).toBe(rows);
    expect((await rowGroupsOf(made.files()[0]!)).length).toBeGreaterThan(1);
    const pad = { name: 'pad', sql: 'text', arrow: 'utf8', values: [] };
    await expectReadersAgree(made.files(), await expectedColumns(db.url, 'many', [...manyColumns, pad]));
  });

  it('of a query with ORDER BY keep their order over row groups, one of which is nothing but NULL', async () => {
    const group = 131_072;
    await db.query(`CREATE TABLE places AS
      SELECT g AS id, row_number() OVER (ORDER BY hashint8(g), g DESC) AS place FROM generate_series(1, ${2 * group + 5000}) g`);
    const filled = `place NOT BETWEEN ${group + 1} AND ${2 * group}`;
    const query = `SELECT id, CASE WHEN ${filled} THEN hashint8(id) END AS i, CASE WHEN ${filled} THEN left(md5(id::text), 8) END AS t,
      CASE WHEN ${filled} THEN (id / 7.0)::numeric(20,6) END AS n FROM places ORDER BY place`;
    const made = await byBothRoads(['--query', query, '--lanes', '2']);
    const all = (count: number) => [0, count, count, count];
    expect(await rowGroupsOf(made.files()[0]!)).toEqual([
      { rows: group, nulls: all(0) },
      { rows: group, nulls: all(group) },
      { rows: 5000, nulls: all(0) },
    ]);
    const line = `concat(id, '|', i, '|', t, '|', n)`;
    const [rows] = await serverTexts(
      db.url,
      `SELECT md5(string_agg(${line}, ',' ORDER BY place)) FROM (SELECT *, row_number() OVER () AS place FROM (${query}) q) r`,
    );
    const [column] = await queryDuckdb(
      `SELECT md5(string_agg(${line}, ',' ORDER BY file_row_number))
         FROM read_parquet('${made.files()[0]!}', file_row_number = true)`,
    );
    expect(column!.values).toEqual([rows![0]]);
  });
});

describe('odd shapes', { timeout: 180_000 }, () => {
  it('a text of 64 MiB, larger than a row group, between small ones', async () => {
    // 16 bytes in 9 characters of one to four bytes.
    await db.query(`CREATE TABLE large (id int, t text);
      ALTER TABLE large ALTER t SET STORAGE EXTERNAL;
      INSERT INTO large VALUES (1, 'a'), (2, repeat('häß🦆€0123', 4194304)), (3, 'z')`);
    const expected = await serverTexts(db.url, 'SELECT md5(t), octet_length(t) FROM large ORDER BY id');
    expect(expected[1]![1]).toBe(String(16 * 4_194_304));
    const [file] = (await byBothRoads(['--table', 'large'])).files();
    const md5 = (text: string | null) => createHash('md5').update(text!).digest('hex');
    for (const reader of [parquetWasm, hyparquet]) {
      const [, column] = await reader.read(file!);
      expect(column!.values.map(md5)).toEqual(expected.map(([hash]) => hash));
    }
    const [hashes] = await queryDuckdb(`SELECT md5(t) FROM read_parquet('${file}') ORDER BY id`);
    expect(hashes!.values).toEqual(expected.map(([hash]) => hash));
  });

  it('1,000 columns', async () => {
    const kinds = [
      { sql: 'int', arrow: 'int32', values: ['1', '-7'] },
      { sql: 'text', arrow: 'utf8', values: ['', 'ä'] },
      { sql: 'numeric(20,3)', arrow: 'decimal128(20,3)', values: ['0.125'] },
      { sql: 'timestamptz', arrow: 'timestamp[us, UTC]', values: ['2024-02-29 12:00:00.000001+00'] },
      { sql: 'int[]', arrow: 'list<int32>', shape: { elements: 'int32' }, values: ['{1,NULL}'] },
    ];
    const specimens: Specimen[] = Array.from({ length: 999 }, (_, i) => ({
      ...kinds[i % kinds.length]!,
      name: `c${i}`,
    }));
    await createSpecimenTable(db, 'broad', specimens);
    const made = await byBothRoads(['--table', 'broad']);
    await expectReadersAgree(made.files(), await expectedColumns(db.url, 'broad', specimens));
  });

  it('names with quotes, dots, line breaks, reserved words, and such that differ in case alone', async () => {
    const specimens: Specimen[] = oddNames.map((name, i) =>
      i % 2 === 0
        ? { name, sql: 'int', arrow: 'int32', values: [String(i)] }
        : { name, sql: 'point', arrow: 'utf8', values: [`(${i},1)`] },
    );
    await createSpecimenTable(db, '"odd ""table"".x"', specimens);
    const made = await byBothRoads(['--table', '"odd ""table"".x"']);
    expect(made.table().schema.map(({ name }) => name)).toEqual(['id', ...oddNames]);
    const names = (await parquetWasm.read(made.files()[0]!)).map(({ name }) => name);
    expect(names).toEqual(['id', ...oddNames]);
    // hyparquet makes objects of rows, in which a column __proto__ is lost.
    const use = readers.filter((reader) => reader !== hyparquet && reader !== parquetjsLite);
    await expectReadersAgree(made.files(), await expectedColumns(db.url, '"odd ""table"".x"', specimens), use);
    expect(await tidemark(['verify', made.location])).toMatchObject({ code: 0 });
  });

  it.each([
    ['SELECT 1 AS a, 2 AS b, 3 AS a', 'two columns are named "a"', 'copy', 'SELECT a.a AS a_a'],
    ['SELECT 1, 2', 'two columns are named "?column?"', 'cursor', 'SELECT 1 AS first'],
    ['SELECT * FROM places a JOIN places b USING (place)', 'two columns are named "id"', 'copy', 'Name them apart'],
  ])('%s: two columns of one name are refused', async (query, message, via, hint) => {
    const out = emptyFolder('names');
    const run = await tidemark(
      ['snapshot', '--query', query, '--via', via, '--dataset', 'dataset://a/v', '--out', out],
      { env: { TIDEMARK_SOURCE: db.url } },
    );
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(message);
    expect(run.stderr).toContain(hint);
  });
});
