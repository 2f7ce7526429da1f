import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { dealt } from '../../../support/long-form.js';
import { ChangingRun, failure } from './changing-run.js';
import { query, table } from '../open-fixture.js';

/** Changes that are none of the tables that are read, and still change which rows or values come out. */
/** What is tried is dealt out between them where time is short. */
const servers = ['postgres18', 'postgres14'] as const;

describe.each(servers)('%s: what is read means something else later', (key) => {
  let at: ChangingRun;
  const turn = { to: servers.indexOf(key), of: servers.length };
  beforeAll(async () => {
    at = await ChangingRun.create(inject(key));
    await at.sql(`
      CREATE SCHEMA aa; CREATE SCHEMA bb; GRANT USAGE ON SCHEMA bb TO guest;
      CREATE TABLE aa.t AS SELECT 1 AS id, 'aa' AS v; CREATE TABLE bb.t AS SELECT 1 AS id, 'bb' AS v;
      CREATE FUNCTION aa.f(int) RETURNS text LANGUAGE sql AS 'SELECT ''aa''||$1'; CREATE FUNCTION bb.f(int) RETURNS text LANGUAGE sql AS 'SELECT ''bb''||$1';
      GRANT SELECT ON aa.t, bb.t TO guest;
      CREATE TABLE secret (id int, tenant text); INSERT INTO secret VALUES (1, 'a'), (2, 'b'); GRANT SELECT ON secret TO guest;
      ALTER TABLE secret ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON secret USING (tenant = 'a');
      CREATE TABLE optional (id int, tenant text); INSERT INTO optional VALUES (1, 'a'), (2, 'b'); GRANT SELECT ON optional TO guest;
      ALTER TABLE optional ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON optional USING (tenant = coalesce(current_setting('app.maybe', true), tenant));
      CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
      CREATE TABLE texts (id int, body text); INSERT INTO texts VALUES (1, 'running dogs'); GRANT SELECT ON texts TO guest;
      ALTER TABLE texts ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON texts USING (to_tsvector('public.words', body) @@ to_tsquery('simple', 'running'));
      CREATE TABLE named (id int, c regclass, r regrole, a aclitem[]); INSERT INTO named VALUES (1, 'rates', 'friends', '{}');
      CREATE TABLE nothing_named (id int); CREATE TABLE renamed (id int);
      CREATE VIEW of_tenant AS SELECT * FROM bb.t WHERE v = current_setting('app.tenant');
      CREATE VIEW of_friends AS SELECT id FROM bb.t WHERE pg_has_role(current_user, 'friends', 'member'); GRANT SELECT ON of_friends, of_tenant TO guest;
      CREATE VIEW few AS SELECT * FROM rates LIMIT 1;
      CREATE FUNCTION through_view() RETURNS bigint STABLE LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM few); END';
      CREATE FUNCTION through_parent() RETURNS bigint STABLE LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM days); END';
      CREATE FUNCTION as_json() RETURNS json STABLE LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT json_agg(b) FROM bonus b); END';
      CREATE FUNCTION forgetful() RETURNS bigint STABLE LANGUAGE plpgsql AS 'DECLARE n bigint; BEGIN SELECT count(*) INTO n FROM bonus; PERFORM 1/0; RETURN n;
        EXCEPTION WHEN division_by_zero THEN RETURN n; END';
      CREATE FUNCTION foo(int) RETURNS text LANGUAGE sql AS 'SELECT ''old''';
      CREATE SEQUENCE counter;`);
  });
  afterEach(() => at.settle());
  afterAll(() => at.drop());

  const path = (url: string, schemas: string): string => `${url}?options=-c%20search_path%3D${schemas}`;

  it.each(
    dealt(
      [
        ['BYPASSRLS', 'ALTER ROLE guest BYPASSRLS', 'ALTER ROLE guest NOBYPASSRLS'],
        [
          'membership in the owner',
          'ALTER TABLE secret OWNER TO friends; GRANT friends TO guest',
          'REVOKE friends FROM guest',
        ],
      ],
      turn,
    ),
  )('row-level security that begins to count: %s', async (_, before, change) => {
    await at.sql(before);
    const message = await at.expectNoticed(table('secret'), change, 'ALTER TABLE secret OWNER TO postgres', at.guest);
    expect(message).toContain(`role ${at.guestName}`);
  });

  it('a right to use a schema changes what names mean', async () => {
    const url = path(at.guest, 'aa,bb');
    const [grant, revoke] = ['GRANT USAGE ON SCHEMA aa TO guest', 'REVOKE USAGE ON SCHEMA aa FROM guest'];
    for (const sql of ['SELECT id, v FROM t', 'SELECT f(7) AS v']) {
      expect(await at.expectNoticed(query(sql), grant, revoke, url)).toContain('names are looked up in');
    }
  });

  it.each(
    dealt(
      [
        [
          'ALTER TABLE rates RENAME TO renamed_rates',
          'ALTER TABLE renamed_rates RENAME TO rates',
          'name renamed_rates',
        ],
        [
          'ALTER ROLE friends RENAME TO others_of_test',
          'ALTER ROLE others_of_test RENAME TO friends',
          'others_of_test',
        ],
      ],
      turn,
    ),
  )('a column whose text is a name: %s', async (change, undo, words) => {
    for (const subject of [table('named'), query('SELECT c::text AS c, r::text AS r FROM named')]) {
      expect(await at.expectNoticed(subject, change, undo)).toContain(words.split(' ').at(-1));
    }
  });

  it('names that no column tells may change', async () => {
    const source = await at.start(table('moods'));
    const evidence = await at.read(source);
    await at.during('ALTER TABLE nothing_named RENAME TO x', 'ALTER TABLE x RENAME TO nothing_named', async () => {
      await source.confirm([evidence]);
    });
  });

  it('a text search configuration behind a policy, and one that a query names', async () => {
    const change = 'ALTER TEXT SEARCH CONFIGURATION words ALTER MAPPING FOR asciiword WITH english_stem';
    const undo = 'ALTER TEXT SEARCH CONFIGURATION words ALTER MAPPING FOR asciiword WITH simple';
    const sql = `SELECT to_tsvector('public.words', body)::text AS v FROM texts`;
    for (const subject of [table('texts'), query(sql)]) {
      expect(await at.expectNoticed(subject, change, undo)).toContain('text search configuration public.words');
    }
  });

  // PostgreSQL 14 takes no setting of the user's own from its configuration at run time.
  it.skipIf(key === 'postgres14')('a setting that was not set when the run began', async () => {
    const source = await at.start(table('optional'), at.guest);
    const lane = await at.lane(source);
    await at.sql(`ALTER SYSTEM SET app.maybe = 'b'`);
    await at.sql('SELECT pg_reload_conf()');
    try {
      await expect
        .poll(
          async () => (await at.db.query<{ v: string | null }>(`SELECT current_setting('app.maybe', true) AS v`))[0]!.v,
        )
        .toBe('b');
      const error = await failure(at.readOn(lane, source, 0));
      expect(error.message).toContain('the setting app.maybe is another one now');
    } finally {
      await at.sql('ALTER SYSTEM RESET app.maybe');
      await at.sql('SELECT pg_reload_conf()');
    }
  });

  it('settings that a view asks for are alike in all sessions', async () => {
    await at.sql(`ALTER ROLE guest SET app.tenant = 'bb'`);
    const source = await at.start(table('of_tenant'), at.guest);
    await at.sql(`ALTER ROLE guest SET app.tenant = 'zz'`);
    let rows = 0;
    const sink = {
      rows: (_: Uint8Array, __: number, ___: number, count: number) => void (rows += count),
      cut: () => undefined,
      batch: () => undefined,
    };
    await source.confirm([await at.readOn(await at.lane(source), source, 0, sink)]);
    expect(rows).toBe(1);
    await at.sql('ALTER ROLE guest RESET app.tenant');
  });

  it('a view that asks for roles', async () => {
    await at.sql('GRANT friends TO guest');
    const change = 'REVOKE friends FROM guest';
    expect(await at.expectNoticed(table('of_friends'), change, 'SELECT 1', at.guest)).toContain(`role ${at.guestName}`);
  });

  it.each(
    dealt(
      [
        [
          `SELECT jsonb_populate_record(NULL::public.pair, '{"a": 1}')::text AS v`,
          'ALTER TYPE pair RENAME ATTRIBUTE a TO zz',
          'ALTER TYPE pair RENAME ATTRIBUTE zz TO a',
          'row type public.pair',
        ],
        [
          'SELECT enum_range(NULL::mood)::text AS v',
          `ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'`,
          `ALTER TYPE mood RENAME VALUE 'fine' TO 'ok'`,
          `label 'ok' of public.mood`,
        ],
        [
          'SELECT U&"f\\006fo"(id) AS v FROM moods',
          `CREATE OR REPLACE FUNCTION foo(int) RETURNS text LANGUAGE sql AS 'SELECT ''new'''`,
          'SELECT 1',
          'function public.foo',
        ],
      ],
      turn,
    ),
  )('types and functions that only the query names: %s', async (sql, change, undo, words) => {
    expect(await at.expectNoticed(query(sql), change, undo)).toContain(words);
  });

  it.each(
    dealt(
      [
        [
          'through_view',
          'CREATE OR REPLACE VIEW few AS SELECT * FROM rates LIMIT 7',
          'CREATE OR REPLACE VIEW few AS SELECT * FROM rates LIMIT 1',
        ],
        [
          'through_parent',
          'ALTER TABLE days ATTACH PARTITION day_2 FOR VALUES IN (2)',
          'ALTER TABLE days DETACH PARTITION day_2',
        ],
        ['as_json', 'ALTER TABLE bonus ADD more int DEFAULT 5', 'ALTER TABLE bonus DROP more'],
        ['forgetful', 'TRUNCATE bonus', 'INSERT INTO bonus VALUES (9)'],
      ],
      turn,
    ),
  )('what the function %s reads by itself: %s', async (name, change, undo) => {
    await at.expectNoticed(query(`SELECT ${name}() AS v`), change, undo);
  });

  it('a sequence is of no moment', async () => {
    expect(await failure(at.start(table('counter')))).toMatchObject({ code: 'request.invalid' });
    const source = await at.start(query('SELECT last_value FROM counter'));
    expect(source.certificate.level).toBe('statement');
    expect(source.warnings.join()).toContain('public.counter: a sequence');
  });

  it('new objects that the query cannot mean raise no alarm', async () => {
    const source = await at.start(query('SELECT id FROM moods WHERE id = 1'));
    const evidence = await at.read(source);
    const made = `CREATE SCHEMA zz; CREATE FUNCTION zz.id(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
      CREATE TYPE other_kind AS ENUM ('a'); CREATE FUNCTION same(other_kind, other_kind) RETURNS bool LANGUAGE sql AS 'SELECT true';
      CREATE OPERATOR public.= (FUNCTION = same, LEFTARG = other_kind, RIGHTARG = other_kind)`;
    await at.during(made, 'DROP SCHEMA zz CASCADE; DROP TYPE other_kind CASCADE', async () => {
      await source.confirm([evidence]);
    });
    const captured = await at.start(query('SELECT id FROM moods WHERE id = 1'));
    const seen = await at.read(captured);
    const capturing = `CREATE FUNCTION less(int, int) RETURNS bool LANGUAGE sql AS 'SELECT false'; CREATE OPERATOR public.= (FUNCTION = less, LEFTARG = int, RIGHTARG = int)`;
    await at.during(capturing, 'DROP FUNCTION less CASCADE', async () => {
      expect((await failure(captured.confirm([seen]))).message).toContain('operator public."=" is new');
    });
  });

  it('many functions that call one another are looked through in a moment', async () => {
    const body = Array.from({ length: 40 }, (_, i) => `-- line ${i} of what it does and why`).join('\n');
    await at.sql(`DO $do$ BEGIN FOR i IN 1..400 LOOP EXECUTE format('CREATE FUNCTION chain_%s(int) RETURNS int LANGUAGE plpgsql AS $b$ BEGIN
      ${body}
      RETURN chain_%s($1); END $b$', i, i + 1); END LOOP; END $do$`);
    const source = await at.start(query('SELECT chain_1(id) AS v FROM moods WHERE false'));
    await source.confirm([await at.read(source)]);
    const message = await at.expectNoticed(
      query('SELECT chain_1(id) AS v FROM moods WHERE false'),
      'ALTER FUNCTION chain_390(int) COST 1; ALTER FUNCTION chain_390(int) STRICT',
      'ALTER FUNCTION chain_390(int) CALLED ON NULL INPUT',
    );
    expect(message).toContain('function public.chain_390');
  });
});
