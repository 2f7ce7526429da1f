import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { duckdb, pyarrow, reportSkipped, type ReadColumn } from '../../readers/index.js';
import { type FreshDatabase, freshDatabase, type SharedServer } from '../../servers/postgres.js';
import { emptyFolder, tidemarkHere as tidemark } from '../../support/cli.js';
import { serverTexts } from './server-text.js';
import { type MadeVersion, makeVersion } from './version-files.js';

const tables = [
  ...['partitioned', 'by_list_of_range', 'no_partitions', 'parent', 'child', 'only_dropped_left', 'added_later'],
  ...['generated', 'plain_view', 'view_of_view', 'materialized', 'empty_materialized', 'empty', 'moved', 'filled'],
  ...['far', 'partly_far'],
];

const relations = `
  CREATE TABLE partitioned (id int, t text, n numeric(8,2)) PARTITION BY RANGE (id);
  CREATE TABLE part_1 PARTITION OF partitioned FOR VALUES FROM (0) TO (100);
  -- Its columns lie in another order than its parent's, and one was dropped.
  CREATE TABLE part_2 (gone text, n numeric(8,2), t text, id int);
  ALTER TABLE part_2 DROP COLUMN gone;
  ALTER TABLE partitioned ATTACH PARTITION part_2 FOR VALUES FROM (100) TO (200);
  CREATE TABLE part_rest PARTITION OF partitioned DEFAULT;
  INSERT INTO partitioned SELECT g, 'p' || g, g / 4.0 FROM generate_series(0, 249) g;

  CREATE TABLE by_list_of_range (id int, region text) PARTITION BY LIST (region);
  CREATE TABLE eu PARTITION OF by_list_of_range FOR VALUES IN ('eu') PARTITION BY RANGE (id);
  CREATE TABLE eu_low PARTITION OF eu FOR VALUES FROM (MINVALUE) TO (10);
  CREATE TABLE eu_high PARTITION OF eu FOR VALUES FROM (10) TO (MAXVALUE);
  CREATE TABLE us PARTITION OF by_list_of_range FOR VALUES IN ('us', NULL);
  INSERT INTO by_list_of_range SELECT g, (ARRAY['eu', 'us', NULL])[1 + g % 3] FROM generate_series(1, 30) g;
  CREATE TABLE no_partitions (id int, t text) PARTITION BY RANGE (id);

  CREATE TABLE parent (id int, t text);
  CREATE TABLE child (extra int) INHERITS (parent);
  CREATE TABLE grandchild () INHERITS (child);
  INSERT INTO parent VALUES (1, 'parent'); INSERT INTO child VALUES (2, 'child', 7); INSERT INTO grandchild VALUES (3, 'grand', 8);

  CREATE TABLE only_dropped_left (id int, a text, b int, c text);
  INSERT INTO only_dropped_left VALUES (1, 'dropped', 2, 'kept');
  ALTER TABLE only_dropped_left DROP COLUMN a, DROP COLUMN b;
  INSERT INTO only_dropped_left VALUES (2, 'new');

  CREATE TABLE added_later (id int); INSERT INTO added_later VALUES (1);
  ALTER TABLE added_later ADD COLUMN "default" text DEFAULT 'filled in', ADD COLUMN nothing int;
  INSERT INTO added_later VALUES (2, NULL, 5);

  CREATE TABLE generated (id int, price numeric(8,2), total numeric(9,2) GENERATED ALWAYS AS (price * 1.24) STORED,
    serial int GENERATED ALWAYS AS IDENTITY);
  INSERT INTO generated (id, price) VALUES (1, 10), (2, NULL);

  CREATE VIEW plain_view AS SELECT id, upper(t) AS t FROM partitioned WHERE id % 50 = 0;
  CREATE VIEW view_of_view AS SELECT v.id, p.t FROM plain_view v LEFT JOIN parent p USING (id);
  CREATE MATERIALIZED VIEW materialized AS SELECT id, t FROM partitioned WHERE id < 20;
  CREATE MATERIALIZED VIEW empty_materialized AS SELECT id, t FROM partitioned WHERE false;
  CREATE TABLE empty (id int, t text, d date);
  -- Old versions of rows, deleted rows, and pages that are empty in the middle.
  CREATE TABLE moved (id int, t text);
  INSERT INTO moved SELECT g, repeat('x', 500) FROM generate_series(1, 2000) g;
  UPDATE moved SET t = 'second' WHERE id % 3 = 0; DELETE FROM moved WHERE id BETWEEN 500 AND 1500;
  CREATE TABLE filled (id int, t text) WITH (fillfactor = 10);
  INSERT INTO filled SELECT g, 'f' FROM generate_series(1, 500) g`;

/** Tables of another server, which is this one. */
const foreignTables = ({ host, port, user }: SharedServer, database: string): string => `
  CREATE EXTENSION postgres_fdw;
  CREATE SERVER itself FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '${host}', port '${port}', dbname '${database}');
  CREATE USER MAPPING FOR CURRENT_USER SERVER itself OPTIONS (user '${user}');
  CREATE TABLE near (id int, t text, tags int[], n numeric(8,2));
  INSERT INTO near SELECT g, 'n' || g, ARRAY[g, NULL], g / 4.0 FROM generate_series(100, 400) g;
  CREATE FOREIGN TABLE far (id int, t text, tags int[], n numeric(8,2)) SERVER itself OPTIONS (table_name 'near');
  CREATE TABLE partly_far (id int, t text) PARTITION BY RANGE (id);
  CREATE TABLE partly_near PARTITION OF partly_far FOR VALUES FROM (0) TO (100);
  CREATE FOREIGN TABLE partly_there PARTITION OF partly_far FOR VALUES FROM (100) TO (1000) SERVER itself OPTIONS (table_name 'near');
  INSERT INTO partly_far SELECT g, 'here' || g FROM generate_series(0, 99) g`;

/** Rows by id, over all shards, each as its values' texts. */
function rowsOf(parts: readonly (readonly ReadColumn[])[]): (string | null)[][] {
  const rows = parts.flatMap((columns) =>
    columns[0]!.values.map((_, row) => columns.map(({ values }) => values[row]!)),
  );
  return rows.sort((a, b) => Number(a[0]) - Number(b[0]));
}

/** The server's texts, with arrays as readers show lists. */
async function textsOf(url: string, table: string): Promise<(string | null)[][]> {
  const rows = await serverTexts(url, `SELECT * FROM ${table} ORDER BY id`);
  const list = (text: string) => text.replace(/^\{(.*)\}$/, '[$1]').replaceAll('NULL', 'null');
  return rows.map((row) => row.map((text) => text && list(text)));
}

describe.each([
  { server: 'postgres18', version: 18 },
  { server: 'postgres14', version: 14 },
] as const)('every sort of table, on $server', ({ server, version }) => {
  const read = [...tables, ...(version >= 18 ? ['virtual'] : [])];
  let db: FreshDatabase;
  let copied: MadeVersion;
  beforeAll(async () => {
    db = await freshDatabase(inject(server));
    await db.query(relations);
    await db.query(foreignTables(inject(server), db.name));
    if (version >= 18) {
      await db.query(`CREATE TABLE virtual (id int, doubled int GENERATED ALWAYS AS (id * 2) VIRTUAL);
        INSERT INTO virtual VALUES (1), (-7)`);
    }
    copied = await makeVersion(db.url, ['--lanes', '2', ...read.flatMap((table) => ['--table', table])]);
  });
  afterAll(() => db.drop());

  it.each(read)('%s', async (table) => {
    const expected = await textsOf(db.url, table);
    const parts = await Promise.all(copied.files(table).map((file) => duckdb.read(file)));
    expect(copied.files(table).length).toBeGreaterThan(0);
    expect(rowsOf(parts)).toEqual(expected);
    const columns = await db.query<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    );
    expect(copied.table(table).schema.map(({ name }) => name)).toEqual(columns.map(({ name }) => name));
    expect(copied.table(table).facts.rows).toBe(expected.length);
  });

  it('whose rows are of another server says so', () => {
    for (const table of ['far', 'partly_far']) {
      expect(copied.warnings.filter((text) => text.includes('moment of the other server')).join()).toContain(
        table === 'far' ? 'far' : 'partly_there',
      );
    }
  });

  it('the cursor, with another number of lanes, brings the same bytes', async () => {
    const args = ['--via', 'cursor', '--lanes', '1', ...read.flatMap((table) => ['--table', table])];
    expect((await makeVersion(db.url, args)).manifest.version).toEqual(copied.manifest.version);
  });

  it('pyarrow sees the same rows', async () => {
    const reason = await pyarrow.unavailable();
    if (reason !== undefined) return reportSkipped(pyarrow, read.length, reason);
    for (const table of read) {
      const parts = await Promise.all(copied.files(table).map((file) => pyarrow.read(file)));
      expect(rowsOf(parts), table).toEqual(await textsOf(db.url, table));
    }
  });
});

describe('what is no table to read', () => {
  it.each([
    ['an index', 'CREATE TABLE t (id int); CREATE INDEX wanted ON t (id)', /wanted/],
    ['a table without columns', 'CREATE TABLE wanted ()', /no columns/],
    ['a composite type', 'CREATE TYPE wanted AS (a int)', /wanted/],
  ])('%s is refused', async (_, sql, message) => {
    const db = await freshDatabase(inject('postgres18'));
    await db.query(sql);
    const run = await tidemark(
      ['snapshot', '--table', 'wanted', '--dataset', 'dataset://a/v', '--out', emptyFolder('none')],
      { env: { TIDEMARK_SOURCE: db.url } },
    );
    expect(run.stderr).toMatch(message);
    expect([2, 3]).toContain(run.code);
    await db.drop();
  });
});
