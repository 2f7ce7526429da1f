import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { TablePlan } from '../../../../src/core/source.js';
import { openSession } from '../../../../src/source/postgres/snapshot/session.js';
import { literalSelect, type RangeDetail, selectStatement } from '../../../../src/source/postgres/sql/statement.js';
import { never, OpenFixture, query, table, ticketOf } from '../open-fixture.js';

describe.each(['postgres18', 'postgres14'] as const)('%s: what is planned', (key) => {
  let at: OpenFixture;
  beforeAll(async () => {
    at = await OpenFixture.create(inject(key));
  });
  afterEach(() => at.settle());
  afterAll(() => at.drop());

  it('a table: generated columns are in, dropped ones are not', async () => {
    const source = await at.open(table('plain'));
    expect(source.tables[0]).toMatchObject({
      name: 't',
      table: 'public.plain',
      query: undefined,
      estimatedRows: 1000,
    });
    expect(source.tables[0]!.columns.map(({ name }) => name)).toEqual(['id', 'amount', 'twice', 'i']);
    expect(source.tables[0]!.sourceBytes).toBeGreaterThan(8192);
    expect(source.tables[0]!.rowBytes).toBeGreaterThan(30);
    expect(source.tables[0]!.rowBytes! * 1000).toBeLessThanOrEqual(source.tables[0]!.sourceBytes!);
    expect(source.warnings).toEqual(['t: 1 column is kept as exact text: twice (numeric)']);
    expect(source.server).toMatchObject({
      kind: 'postgres',
      database: at.db.name,
      user: 'postgres',
      host: '127.0.0.1',
    });
    expect(source.maxLanes).toBeGreaterThanOrEqual(1);
    expect(source.maxLanes).toBeLessThanOrEqual(16);
  });

  it('pages that are nearly empty: rows take little of them, large values too', async () => {
    await at.db.query(`CREATE TABLE emptied (id int, small text, large text);
      ALTER TABLE emptied ALTER large SET STORAGE EXTERNAL;
      INSERT INTO emptied SELECT g, repeat('s', 500), repeat('l', 5000) FROM generate_series(1, 2000) g`);
    const bytesOfRows = async () => {
      await at.db.query('ANALYZE emptied');
      const [{ rowBytes, estimatedRows, sourceBytes }] = (await at.open(table('emptied'))).tables as [TablePlan];
      return { bytes: sourceBytes!, share: (rowBytes! * estimatedRows!) / sourceBytes! };
    };
    const before = await bytesOfRows();
    expect(before.share).toBeGreaterThan(0.9);
    await at.settle();
    await at.db.query('DELETE FROM emptied WHERE id % 100 <> 0');
    const after = await bytesOfRows();
    expect(after.bytes).toBeGreaterThanOrEqual(before.bytes);
    expect(after.share).toBeLessThan(0.03);
  });

  it.each([
    '"Mixed Case"',
    'public."Mixed Case"',
    'deep.inner_table',
    'kept',
    'through',
    'PLAIN',
    'pg_catalog.pg_class',
  ])('a table by the name %s', async (name) => {
    const source = await at.open(table(name));
    expect(source.tables[0]!.columns.length).toBeGreaterThan(0);
  });

  it.each([
    [
      'SELECT id, amount FROM plain WHERE id > :low AND i > :span; -- end',
      { low: '5', span: '1 hour' },
      ['id', 'amount'],
    ],
    ["WITH x AS (SELECT 1 AS one) SELECT one, 'it''s :x' AS two FROM x", {}, ['one', 'two']],
    ["VALUES (1, 'a'), (2, 'b')", {}, ['column1', 'column2']],
    ['TABLE plain', {}, ['id', 'amount', 'twice', 'i']],
    ['SELECT 1 AS a -- the end', {}, ['a']],
  ])('%s', async (sql, parameters, names) => {
    const source = await at.open(query(sql, parameters as Record<string, string>));
    expect(source.tables[0]!.columns.map(({ name }) => name)).toEqual(names);
    expect(source.tables[0]!.ranges).toHaveLength(1);
    const lane = await openSession(ticketOf(source), never);
    const detail = source.tables[0]!.ranges[0]!.detail as RangeDetail;
    const statement = ticketOf(source).statements[0]!;
    const { text, values } = selectStatement(statement, detail);
    const rows = await lane.query(text, values);
    expect(rows).toEqual(await lane.query(literalSelect(statement, detail)));
    expect(rows.length).toBeGreaterThan(0);
    await lane.close();
  });

  it('limits tables and queries, in one range', async () => {
    const source = await at.open({ ...table('parted'), limit: 7 });
    expect(source.tables[0]!.ranges).toHaveLength(1);
    const range = source.tables[0]!.ranges[0]!.detail as RangeDetail;
    expect(await at.db.query(selectStatement(ticketOf(source).statements[0]!, range).text)).toHaveLength(7);
    const limited = await at.open({ ...query('SELECT * FROM plain ORDER BY id DESC'), limit: 2 });
    const { text } = selectStatement(
      ticketOf(limited).statements[0]!,
      limited.tables[0]!.ranges[0]!.detail as RangeDetail,
    );
    expect(await at.db.query(text)).toMatchObject([{ id: '1000' }, { id: '999' }]);
  });

  it('cuts a partitioned table by page numbers that hold for every leaf, and each leaf reads just its own', async () => {
    const source = await at.open({ ...table('parted') });
    const { ranges } = source.tables[0]!;
    expect(ranges.length).toBeGreaterThanOrEqual(3);
    // Whether it can be read so is asked, not what the planner likes better with the figures that it has just now.
    const session = await at.session();
    await session.query('SET enable_seqscan = off');
    let rows = 0;
    for (const range of ranges) {
      const { text } = selectStatement(ticketOf(source).statements[0]!, range.detail as RangeDetail);
      const [count] = await at.db.query<{ n: number }>(`SELECT count(*)::int AS n FROM (${text}) AS x`);
      rows += count!.n;
      const { rows: plan } = await session.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`);
      const nodes = plan.map((line) => line['QUERY PLAN']).filter((line) => line.includes('Scan'));
      expect(nodes).toHaveLength(3);
      expect(nodes.every((node) => node.includes('Tid Range Scan'))).toBe(true);
    }
    expect(rows).toBe(32000);
  });

  it('quotes a table as SQL does', async () => {
    const { tables } = await at.open(table('"Mixed Case"'));
    expect(tables[0]!.table).toBe('public."Mixed Case"');
  });

  it.each([
    ['SELECT id FROM plain WHERE id > 5', ['public.plain']],
    ['SELECT a FROM "Mixed Case" UNION ALL SELECT a FROM "Mixed Case"', ['public."Mixed Case"']],
    ['SELECT k FROM parted WHERE k = 1', ['public.parted']],
    ['SELECT k FROM parted_22', ['public.parted_22']],
    ['SELECT id FROM kept', ['public.kept']],
    ['SELECT a FROM deep.seen', undefined],
    ['SELECT p.id FROM plain p JOIN kept k USING (id)', undefined],
    ['SELECT 1 AS one', undefined],
    ["SELECT id, query_to_xml('SELECT 1', false, false, '')::text AS x FROM plain", undefined],
    ['SELECT id, doubled(id) AS d FROM plain', undefined],
  ])('names the one table of %s where that is sure', async (sql, expected) => {
    await at.db.query(
      'CREATE OR REPLACE FUNCTION doubled(n bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT count(*) FROM deep.inner_table) * n; END $$',
    );
    const { tables } = await at.open(query(sql));
    expect(tables[0]!.relations).toEqual(expected);
  });

  it('says what is special about what it reads', async () => {
    expect((await at.open(table('quick'))).warnings.join()).toContain('public.quick: unlogged');
    expect((await at.open(table('hidden'), at.readerUrl)).warnings.join()).toContain(
      'public.hidden: row-level security',
    );
  });
});
