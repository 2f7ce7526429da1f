import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { freshDatabase } from '../../../servers/postgres.js';
import { dealt } from '../../../support/long-form.js';
import { ChangingRun } from './changing-run.js';
import { never, query, table } from '../open-fixture.js';
import { requestOf } from '../open-request.js';
import { open } from '../../../../src/source/postgres/open.js';

const compare = (body: string): string =>
  `CREATE OR REPLACE FUNCTION point_compare(pt, pt) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN ${body}; END'`;
const same = (body: string): string =>
  `CREATE OR REPLACE FUNCTION point_same(pt, pt) RETURNS bool IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN ${body}; END'`;

/** What a query uses without a word of it, or in other words. */
/** What is tried is dealt out between them where time is short. */
const servers = ['postgres18', 'postgres14'] as const;

describe.each(servers)('%s: what a query uses and does not name', (key) => {
  let at: ChangingRun;
  const turn = { to: servers.indexOf(key), of: servers.length };
  beforeAll(async () => {
    at = await ChangingRun.create(inject(key));
    const operators = ['<', '<=', '=', '>=', '>'];
    await at.sql(`
      CREATE TYPE pt AS (x int, y int); CREATE TABLE pts AS SELECT g AS id, ROW(g % 5, g)::pt AS p FROM generate_series(1, 100) g;
      ${same('($1).x = ($2).x')}; ${compare('($1).x - ($2).x')};
      ${operators.map((sign) => `CREATE OPERATOR public.${sign} (LEFTARG = pt, RIGHTARG = pt, FUNCTION = point_same)`).join('; ')};
      CREATE OPERATOR public.~~ (LEFTARG = pt, RIGHTARG = pt, FUNCTION = point_same);
      CREATE OPERATOR CLASS public.point_order DEFAULT FOR TYPE pt USING btree AS
        ${operators.map((sign, i) => `OPERATOR ${i + 1} public.${sign}`).join(', ')}, FUNCTION 1 point_compare(pt, pt);
      CREATE VIEW first_points AS SELECT id FROM pts ORDER BY p LIMIT 10;
      CREATE FUNCTION among(pt) RETURNS bool STABLE LANGUAGE plpgsql AS 'BEGIN RETURN $1 IN (ROW(1, 2)::public.pt); END';
      CREATE SCHEMA rg; CREATE TABLE rg.t2 (id int); CREATE TABLE rg.log (id int, what regclass, ty regtype);
      CREATE TYPE rg.kind AS ENUM ('a'); INSERT INTO rg.log VALUES (1, 'rg.t2', 'rg.kind');
      CREATE COLLATION ca (provider = icu, locale = 'und-u-ks-level2', deterministic = false); CREATE COLLATION cb FROM "C";
      CREATE FUNCTION "q""x"(int) RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
      CREATE FUNCTION prix(int) RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
      CREATE FUNCTION escaped() RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN RETURN U&"pr\\0069x"(1); END';`);
  });
  afterEach(() => at.settle());
  afterAll(() => at.drop());

  it.each(
    dealt(
      [
        'SELECT id FROM pts WHERE p IN (ROW(1, 2)::pt)',
        'SELECT NULLIF(p, ROW(1, 2)::pt)::text AS p FROM pts',
        'SELECT CASE p WHEN ROW(1, 2)::pt THEN 1 END AS v FROM pts',
        'SELECT a.id FROM pts a JOIN pts b USING (p)',
        'SELECT id FROM pts WHERE p IS DISTINCT FROM ROW(1, 2)::pt',
        'SELECT id FROM pts WHERE p LIKE ROW(1, 2)::pt',
        'SELECT id FROM pts WHERE p BETWEEN ROW(1, 2)::pt AND ROW(3, 4)::pt',
        'SELECT id FROM pts WHERE among(p)',
      ],
      turn,
    ),
  )('an operator: %s', async (sql) => {
    const message = await at.expectNoticed(query(sql), same('true'), same('($1).x = ($2).x'));
    expect(message).toContain('function public.point_same is another one now');
  });

  it('how values of a type are ordered', async () => {
    for (const subject of [query('SELECT id FROM pts ORDER BY p LIMIT 10'), table('first_points')]) {
      const message = await at.expectNoticed(subject, compare('($2).x - ($1).x'), compare('($1).x - ($2).x'));
      expect(message).toContain('function public.point_compare is another one now');
    }
  });

  it('a new object by which another one is named with its schema', async () => {
    const url = `${at.db.url}?options=-c%20search_path%3Dpublic,rg`;
    for (const [change, undo, word] of [
      ['CREATE TABLE public.t2 (id int)', 'DROP TABLE public.t2', 't2'],
      ["CREATE TYPE public.kind AS ENUM ('b')", 'DROP TYPE public.kind', 'kind'],
    ] as const) {
      const message = await at.expectNoticed(table('rg.log'), change, undo, url);
      expect(message).toContain(`name ${word} is new`);
    }
  });

  it('a collation', async () => {
    const change = 'ALTER COLLATION ca RENAME TO cc; ALTER COLLATION cb RENAME TO ca';
    const undo = 'ALTER COLLATION ca RENAME TO cb; ALTER COLLATION cc RENAME TO ca';
    const message = await at.expectNoticed(query(`SELECT id FROM pts WHERE 'ab' = 'AB' COLLATE ca`), change, undo);
    expect(message).toContain('collation public.ca is gone');
  });

  it.each(
    dealt(
      [
        ['SELECT "q""x"(id) AS v FROM pts', '"q""x"'],
        [`SELECT U&"pr!0069x" UESCAPE '!' (id) AS v FROM pts`, 'prix'],
        ['SELECT escaped() AS v FROM pts', 'prix'],
      ],
      turn,
    ),
  )('a function in other letters: %s', async (sql, name) => {
    const now = (body: string): string =>
      `CREATE OR REPLACE FUNCTION ${name}(int) RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN RETURN ${body}; END'`;
    expect(await at.expectNoticed(query(sql), now('2'), now('1'))).toContain(`function public.${name} is another one`);
  });
});

it('postgres18: names in capital letters, in a database whose locale has other small letters', async () => {
  const db = await freshDatabase(inject('postgres18'));
  const name = `${db.name}_tr`;
  await db.query(`CREATE DATABASE ${name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR'`);
  const url = db.url.replace(db.name, name);
  const made = (body: string): string =>
    `CREATE OR REPLACE FUNCTION price_id(int) RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN RETURN ${body}; END'`;
  const { Client } = (await import('pg')).default;
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(made('1'));
    const source = await open(requestOf(url, query('SELECT PRICE_ID(1) AS v')), never);
    await client.query(made('2'));
    await expect(source.confirm([])).rejects.toThrow('function public.price_id is another one now');
    await source.close();
  } finally {
    await client.end();
    await db.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await db.drop();
  }
});
