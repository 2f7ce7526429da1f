import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { TidemarkError } from '../../../src/core/errors.js';
import type { OpenSource, SourceRequest } from '../../../src/core/source.js';
import { open } from '../../../src/source/postgres/open.js';
import { openSession, type Ticket } from '../../../src/source/postgres/session.js';
import { copyStatement, type RangeDetail, selectStatement } from '../../../src/source/postgres/statement.js';
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.js';
import { requestOf } from './open-request.js';

const never = new AbortController().signal;

describe.each(['postgres18', 'postgres14'] as const)('%s', (key) => {
  let db: FreshDatabase;
  const opened: OpenSource[] = [];
  const clients: pg.Client[] = [];

  beforeAll(async () => {
    db = await freshDatabase(inject(key));
    await db.query(`
      CREATE TABLE plain (id bigint PRIMARY KEY, gone int, amount numeric(15,2), twice numeric GENERATED ALWAYS AS (amount * 2) STORED, i interval);
      ALTER TABLE plain DROP COLUMN gone;
      INSERT INTO plain (id, amount, i) SELECT g, g / 100.0, '1 day' FROM generate_series(1, 1000) g;
      CREATE TABLE "Mixed Case" (a int);
      CREATE SCHEMA deep; CREATE TABLE deep.inner_table (a int); INSERT INTO deep.inner_table VALUES (1), (2);
      CREATE VIEW deep.seen AS SELECT a FROM deep.inner_table;
      CREATE VIEW through AS SELECT s.a, p.amount FROM deep.seen s JOIN plain p ON p.id = s.a;
      CREATE MATERIALIZED VIEW kept AS SELECT id FROM plain WHERE id <= 10;
      CREATE UNLOGGED TABLE quick (a int);
      CREATE INDEX an_index ON plain (amount);
      CREATE TABLE hidden (a int, owner text); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON hidden USING (owner = current_user);
      CREATE TABLE parted (k int, filler text) PARTITION BY LIST (k);
      CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
      CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2, 3) PARTITION BY LIST (k);
      CREATE TABLE parted_22 PARTITION OF parted_2 FOR VALUES IN (2);
      CREATE TABLE parted_23 PARTITION OF parted_2 FOR VALUES IN (3);
      INSERT INTO parted SELECT 1 + (g > 30000)::int + (g > 31000)::int, repeat('x', 1500) FROM generate_series(1, 32000) g;
      CREATE TABLE nothing ();
      ANALYZE plain;
    `);
    const role = `reader_${db.name}`;
    await db.query(`CREATE ROLE ${role} LOGIN; GRANT USAGE ON SCHEMA deep TO ${role}; GRANT SELECT ON deep.seen, hidden TO ${role};
      GRANT SELECT (id) ON plain TO ${role}`);
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.end()));
    await Promise.all(opened.splice(0).map((source) => source.close()));
  });
  afterAll(async () => {
    await db.query(`DROP OWNED BY reader_${db.name}; DROP ROLE reader_${db.name}`);
    await db.drop();
  });

  async function openOn(rest: Partial<SourceRequest>, url = db.url): Promise<OpenSource> {
    const source = await open(requestOf(url, rest), never);
    opened.push(source);
    return source;
  }
  const table = (name: string): Partial<SourceRequest> => ({ tables: [{ name: 't', table: name }] });
  const query = (sql: string, parameters: Record<string, string> = {}, secret = false): Partial<SourceRequest> => ({
    tables: [{ name: 'q', query: sql }],
    parameters: Object.entries(parameters).map(([name, value]) => ({ name, value, secret })),
  });
  async function failure(rest: Partial<SourceRequest>, url = db.url): Promise<TidemarkError> {
    const error: unknown = await openOn(rest, url).then(
      () => new Error('it opened'),
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(TidemarkError);
    return error as TidemarkError;
  }
  const asReader = (): string => db.url.replace('postgres@', `reader_${db.name}@`);
  async function session(): Promise<pg.Client> {
    const client = await db.connect();
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  }
  const ticketOf = (source: OpenSource): Ticket => source.ticket as Ticket;

  describe('what it plans', () => {
    it('a table: generated columns are in, dropped ones are not', async () => {
      const source = await openOn(table('plain'));
      expect(source.tables[0]).toMatchObject({
        name: 't',
        table: 'public.plain',
        query: undefined,
        estimatedRows: 1000,
      });
      expect(source.tables[0]!.columns.map(({ name }) => name)).toEqual(['id', 'amount', 'twice', 'i']);
      expect(source.tables[0]!.sourceBytes).toBeGreaterThan(8192);
      expect(source.warnings).toEqual(['t: 2 columns are kept as exact text: twice (numeric), i (interval)']);
      expect(source.server).toMatchObject({ kind: 'postgres', database: db.name, user: 'postgres', host: '127.0.0.1' });
      expect(source.maxLanes).toBeGreaterThanOrEqual(1);
      expect(source.maxLanes).toBeLessThanOrEqual(16);
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
      const source = await openOn(table(name));
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
      const source = await openOn(query(sql, parameters as Record<string, string>));
      expect(source.tables[0]!.columns.map(({ name }) => name)).toEqual(names);
      expect(source.tables[0]!.ranges).toHaveLength(1);
      const lane = await openSession(ticketOf(source), never);
      const detail = source.tables[0]!.ranges[0]!.detail as RangeDetail;
      const statement = ticketOf(source).statements[0]!;
      const { text, values } = selectStatement(statement, detail);
      const rows = await lane.query(text, values);
      const literal = copyStatement(statement, detail).replace(/^COPY \(|\) TO STDOUT.*$/g, '');
      expect(rows).toEqual(await lane.query(literal));
      expect(rows.length).toBeGreaterThan(0);
      await lane.close();
    });

    it('limits tables and queries, in one range', async () => {
      const source = await openOn({ ...table('parted'), limit: 7 });
      expect(source.tables[0]!.ranges).toHaveLength(1);
      const range = source.tables[0]!.ranges[0]!.detail as RangeDetail;
      expect(await db.query(selectStatement(ticketOf(source).statements[0]!, range).text)).toHaveLength(7);
      const limited = await openOn({ ...query('SELECT * FROM plain ORDER BY id DESC'), limit: 2 });
      const { text } = selectStatement(
        ticketOf(limited).statements[0]!,
        limited.tables[0]!.ranges[0]!.detail as RangeDetail,
      );
      expect(await db.query(text)).toMatchObject([{ id: '1000' }, { id: '999' }]);
    });

    it('cuts a partitioned table by page numbers that hold for every leaf, and each leaf reads just its own', async () => {
      const source = await openOn({ ...table('parted'), shardSize: 8 * 2 ** 20 });
      const { ranges } = source.tables[0]!;
      expect(ranges.length).toBeGreaterThanOrEqual(3);
      let rows = 0;
      for (const range of ranges) {
        const { text } = selectStatement(ticketOf(source).statements[0]!, range.detail as RangeDetail);
        const [count] = await db.query<{ n: number }>(`SELECT count(*)::int AS n FROM (${text}) AS x`);
        rows += count!.n;
        const plan = await db.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`);
        const nodes = plan.map((line) => line['QUERY PLAN']).filter((line) => line.includes('Scan'));
        expect(nodes).toHaveLength(3);
        expect(nodes.every((node) => node.includes('Tid Range Scan'))).toBe(true);
      }
      expect(rows).toBe(32000);
    });

    it('says what is special about what it reads', async () => {
      expect((await openOn(table('quick'))).warnings.join()).toContain('public.quick: unlogged');
      expect((await openOn(table('hidden'), asReader())).warnings.join()).toContain(
        'public.hidden: row-level security',
      );
    });
  });

  describe('what it refuses', () => {
    it.each<[string, () => Partial<SourceRequest>, string, string, string]>([
      ['a missing table', () => table('plane'), 'source.not-found', 'there is no "plane"', 'plain'],
      ['a name in the wrong case', () => table('mixed case'), 'source.not-found', 'mixed case', 'need double quotes'],
      [
        'a missing schema',
        () => table('depth.inner_table'),
        'source.not-found',
        'depth.inner_table',
        'deep.inner_table',
      ],
      ['an index', () => table('an_index'), 'request.invalid', 'public.an_index is an index', 'Give a table'],
      ['a table without columns', () => table('nothing'), 'source.unsupported', 'has no columns', ''],
      [
        'a missing table in a query',
        () => query('SELECT * FROM plane'),
        'source.not-found',
        '"plane" does not exist',
        'Nearest: plain',
      ],
      [
        'a missing column',
        () => query('SELECT amont FROM plain'),
        'source.not-found',
        'at line 1, column 8: "amont FROM plain"',
        'plain.amount',
      ],
      ['wrong SQL', () => query('SELECT *\nFRM plain'), 'source.sql', 'at line 2, column 1: "FRM plain"', ''],
      [
        'two columns of one name',
        () => query('SELECT 1 AS a, 2 AS a'),
        'request.invalid',
        'two columns are named "a"',
        'AS a_',
      ],
      ['no columns', () => query('SELECT FROM plain'), 'request.invalid', 'no columns', ''],
      [
        'INSERT',
        () => query('INSERT INTO quick VALUES (1) RETURNING a'),
        'request.invalid',
        'not a SELECT',
        'nothing that writes',
      ],
      ['DELETE', () => query('DELETE FROM quick'), 'request.invalid', 'not a SELECT', ''],
      ['SHOW', () => query('SHOW work_mem'), 'request.invalid', 'not a SELECT', ''],
      [
        'a closed bracket too many',
        () => query('SELECT 1) AS q; DROP TABLE plain; --'),
        'request.invalid',
        'more than one statement',
        '',
      ],
      ['the same without a semicolon', () => query('SELECT 1) AS q UNION (SELECT 2'), 'source.sql', 'at line 1', ''],
      ['an open comment', () => query('SELECT 1 /* x'), 'source.sql', 'comment', ''],
      [
        'an unknown column in a cast',
        () => ({ ...table('plain'), casts: { amuont: 'text' } }),
        'request.invalid',
        'no column "amuont"',
        '"amount"',
      ],
      [
        'an unknown column to redact',
        () => ({ ...table('plain'), redacted: ['x'] }),
        'request.invalid',
        'redact-stats: there is no column "x"',
        'Columns: id',
      ],
      ['a missing parameter', () => query('SELECT :x'), 'request.invalid', 'uses :x', ''],
    ])('%s', async (_, request, code, message, hint) => {
      const error = await failure(request());
      expect(`${error.code}: ${error.message}`).toContain(`${code}: `);
      expect(error.message).toContain(message);
      expect(error.hint ?? '').toContain(hint);
    });

    it('a table that the user may not read, with the GRANT that helps', async () => {
      const error = await failure(table('quick'), asReader());
      expect(error.code).toBe('source.permission');
      expect(error.hint).toContain(`GRANT SELECT ON public.quick TO "reader_${db.name}"`);
      expect((await failure(table('plain'), asReader())).code).toBe('source.permission');
    });

    it('reads what a view shows without rights on what is under it, and single columns', async () => {
      const source = await openOn(table('deep.seen'), asReader());
      expect(source.certificate['relations']).toEqual(['deep.inner_table', 'deep.seen']);
      const columns = await openOn(query('SELECT id FROM plain'), asReader());
      expect(ticketOf(columns).locks).toEqual([]);
      expect(ticketOf(columns).watched.map(({ name }) => name)).toEqual(['public.plain']);
    });

    it('never shows the value of a secret parameter', async () => {
      const secret = "top's \\ecret";
      const error = await failure(query('SELECT id FROM plain WHERE id = :id', { id: secret }, true));
      expect(error.code).toBe('source.sql');
      expect(error.message).toContain('***');
      const shown = `${error.message} ${error.hint} ${error.stack} ${String(error.cause)} ${JSON.stringify(error.cause)}`;
      expect(shown).not.toContain('ecret');
      const literal = await failure(query('SELECT id + amount::int FROM plain WHERE i = :id', { id: secret }, true));
      expect(`${literal.message} ${literal.stack}`).not.toContain('ecret');
    });
  });

  describe('the moment', () => {
    it('is certified, and lanes see it whatever happens after', async () => {
      const source = await openOn(table('plain'));
      expect(source.certificate).toMatchObject({
        level: 'snapshot',
        isolation: 'repeatable read, read only',
        inRecovery: false,
        lockMode: 'access share',
        relations: ['public.plain'],
      });
      expect(source.certificate['snapshotId']).toMatch(/^[0-9A-F]{8}-[0-9A-F]{8}-\d+$/);
      expect(source.certificate['snapshot']).toMatch(/^\d+:\d+:/);
      expect(source.certificate['lsn']).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
      expect(source.certificate['systemIdentifier']).toMatch(/^\d+$/);
      expect(source.certificate['at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      const [before] = await db.query<{ n: number }>('SELECT count(*)::int AS n FROM plain');
      await db.query(`INSERT INTO plain (id) VALUES (-1)`);
      const lane = await openSession(ticketOf(source), never);
      expect(await lane.query('SELECT count(*)::int AS n FROM plain')).toEqual([before]);
      await expect(lane.query('CREATE TABLE x ()')).rejects.toThrow('read-only');
      await lane.close();
      await db.query('DELETE FROM plain WHERE id = -1');
    });

    it('pins what output depends on, whatever database and role are set to', async () => {
      const settings = `TimeZone = 'Asia/Tokyo'; DateStyle = 'SQL, DMY'; IntervalStyle = 'iso_8601'; extra_float_digits = -2; bytea_output = escape`;
      for (const setting of settings.split('; ')) await db.query(`ALTER DATABASE ${db.name} SET ${setting}`);
      try {
        const source = await openOn(table('plain'));
        const lane = await openSession(ticketOf(source), never);
        const [row] = await lane.query(
          `SELECT format('%s|%s|%s|%s|%s', timestamptz '2024-01-02 03:04:05+00', interval '1 day 2 hours', 0.1::float8 + 0.2, '\\x00'::bytea,
             current_setting('synchronize_seqscans')) AS text`,
        );
        expect(row).toEqual({ text: '2024-01-02 03:04:05+00|1 day 02:00:00|0.30000000000000004|\\x00|off' });
        await lane.close();
      } finally {
        await db.query(`ALTER DATABASE ${db.name} RESET ALL`);
      }
    });

    it.each([
      'TRUNCATE deep.inner_table',
      'ALTER TABLE deep.inner_table ALTER a TYPE text',
      'DROP VIEW deep.seen CASCADE',
    ])('makes %s wait, and later sessions fail rather than wait behind it', async (change) => {
      const source = await openOn(query('SELECT * FROM deep.seen'));
      const writer = await session();
      await writer.query('BEGIN');
      const changed = writer.query(change).then(
        () => 'done',
        (error: Error) => error.message,
      );
      const { rows } = await (await session()).query('SELECT 1');
      expect(rows).toHaveLength(1);
      await expect
        .poll(() => db.query(`SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'`), {
          timeout: 3000,
        })
        .toHaveLength(1);
      const error = (await openSession(ticketOf(source), never).catch((thrown: unknown) => thrown)) as TidemarkError;
      expect(error.code).toBe('source.locked');
      expect(error.hint).toContain('during the run');
      await source.close();
      expect(['done', 'cannot alter type of a column used by a view or rule']).toContain(await changed);
      await writer.query('ROLLBACK');
    });

    it('waits for a TRUNCATE that came before, and sees what it left', async () => {
      const writer = await session();
      await writer.query('BEGIN; TRUNCATE deep.inner_table; INSERT INTO deep.inner_table VALUES (9)');
      const opening = openOn(query('SELECT a FROM deep.seen'));
      await expect
        .poll(() => db.query(`SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessShareLock'`), {
          timeout: 3000,
        })
        .toHaveLength(1);
      await writer.query('COMMIT');
      const lane = await openSession(ticketOf(await opening), never);
      expect(await lane.query('SELECT a FROM deep.seen')).toEqual([{ a: 9 }]);
      await lane.close();
      await (await opening).close();
      await db.query('TRUNCATE deep.inner_table; INSERT INTO deep.inner_table VALUES (1), (2)');
    });

    it('gives up after 10 s on a table that stays locked, and says who holds it', async () => {
      const holder = await session();
      await holder.query(`SET application_name = 'nightly alter'; BEGIN; LOCK TABLE deep.inner_table`);
      const error = await failure(query('SELECT * FROM deep.seen'));
      expect(error.code).toBe('source.locked');
      expect(error.message).toContain('(nightly alter) of user postgres has AccessExclusiveLock on deep.inner_table');
    });

    it('keeps a materialized view from being refreshed', async () => {
      const source = await openOn(table('kept'));
      expect(ticketOf(source).watched).toHaveLength(1);
      const writer = await session();
      await writer.query(`SET lock_timeout = '200ms'`);
      await expect(writer.query('REFRESH MATERIALIZED VIEW kept')).rejects.toThrow('lock timeout');
      const moved = { ...ticketOf(source), watched: [{ ...ticketOf(source).watched[0]!, filenode: '1' }] };
      await expect(openSession(moved, never)).rejects.toMatchObject({ code: 'source.snapshot' });
    });

    it('is lost with the coordinator', async () => {
      const source = await openOn(table('plain'));
      await db.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tidemark coordinator' AND datname = $1`,
        [db.name],
      );
      await expect(source.lost).rejects.toMatchObject({ code: 'source.lost' });
      const error = (await openSession(ticketOf(source), never).catch((thrown: unknown) => thrown)) as TidemarkError;
      expect(error.code).toBe('source.snapshot');
      expect(error.hint).toContain('--consistency none');
    });

    it('is not held with consistency none, and the certificate says so', async () => {
      const source = await openOn({ ...table('plain'), consistency: 'none' });
      expect(source.certificate).toEqual({ level: 'none', isolation: 'read committed, read only' });
      expect(
        await db.query(`SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'tidemark%' AND datname = $1`, [
          db.name,
        ]),
      ).toEqual([]);
      const lane = await openSession(ticketOf(source), never);
      const [row] = await lane.query('SELECT count(*)::int AS n FROM plain');
      expect(row).toEqual({ n: 1000 });
      await lane.close();
    });

    it('leaves no session behind', async () => {
      const source = await openOn(table('plain'));
      await source.close();
      await failure(table('nowhere'));
      await expect
        .poll(() =>
          db.query(`SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'tidemark%' AND datname = $1`, [
            db.name,
          ]),
        )
        .toEqual([]);
    });
  });

  it('tells a statement timeout by its name', async () => {
    const url = `${db.url}?options=-c%20statement_timeout%3D150ms`;
    const source = await openOn(query('SELECT pg_sleep(5)::text AS x'), url);
    expect(ticketOf(source).statementTimeout).toBe(150);
    const lane = await openSession(ticketOf(source), never);
    const error = (await lane.query('SELECT pg_sleep(5)').catch((thrown: unknown) => thrown)) as TidemarkError;
    expect(error.code).toBe('source.timeout');
    expect(error.hint).toContain('statement_timeout');
    await lane.close();
  });
});
