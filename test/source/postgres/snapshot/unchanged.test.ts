import { afterAll, afterEach, beforeAll, describe, inject, it } from 'vitest';
import { dealt } from '../../../support/long-form.js';
import { ChangingRun } from './changing-run.js';
import { query, table } from '../open-fixture.js';

/** What the query says could be mistaken for many things: columns, aliases, words and strings that are names elsewhere. */
const wordy = query(
  `WITH recent AS (SELECT id, status, total, name FROM public.small)
   SELECT id AS customer, status, total, name, 'a' AS a, price FROM recent JOIN public.prices USING (id) WHERE name <> 'orders'`,
);

/** Changes that touch nothing of what is read, whatever they are called. */
/** What is tried is dealt out between them where time is short. */
const servers = ['postgres18', 'postgres14'] as const;

describe.each(servers)('%s: no alarm', (key) => {
  let at: ChangingRun;
  const turn = { to: servers.indexOf(key), of: servers.length };
  beforeAll(async () => {
    at = await ChangingRun.create(inject(key));
    await at.sql(`
      CREATE TABLE small AS SELECT 1 AS id, 'new'::text AS status, 1.5::numeric(5,2) AS total, 'x'::text AS name;
      CREATE DOMAIN price AS numeric(5,2); CREATE TABLE prices AS SELECT 1 AS id, 2::price AS price, 'sad'::mood AS m, NULL::pair AS p;
      CREATE SCHEMA tenant2; CREATE TABLE tenant2.small (LIKE small); CREATE TABLE tenant2.name (id int); CREATE TABLE tenant2.orders (id int);
      CREATE FUNCTION tenant2.total(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
      CREATE EXTENSION hstore; CREATE SCHEMA el; CREATE TYPE el.color AS ENUM ('red');
      CREATE FUNCTION el.to_color(text) RETURNS el.color LANGUAGE sql AS 'SELECT ''red''::el.color'; CREATE CAST (text AS el.color) WITH FUNCTION el.to_color(text);`);
  });
  afterEach(() => at.settle());
  afterAll(() => at.drop());

  it.each(
    dealt(
      [
        ['an extension comes', 'CREATE EXTENSION citext', 'DROP EXTENSION citext'],
        ['another', 'CREATE EXTENSION cube', 'DROP EXTENSION cube'],
        ['an extension goes', 'DROP EXTENSION hstore', 'CREATE EXTENSION hstore'],
        [
          'a cast of types of its own',
          `CREATE TYPE shade AS ENUM ('red'); CREATE FUNCTION to_shade(text) RETURNS shade LANGUAGE sql AS 'SELECT ''red''::shade'; CREATE CAST (text AS shade) WITH FUNCTION to_shade(text)`,
          'DROP TYPE shade CASCADE',
        ],
        [
          'a cast goes',
          'DROP CAST (text AS el.color)',
          'CREATE CAST (text AS el.color) WITH FUNCTION el.to_color(text)',
        ],
        ['another schema is emptied', 'TRUNCATE tenant2.orders, tenant2.small', 'SELECT 1'],
        [
          'another schema has more columns',
          'ALTER TABLE tenant2.small ADD more int',
          'ALTER TABLE tenant2.small DROP more',
        ],
        ['another schema loses a table', 'DROP TABLE tenant2.name', 'CREATE TABLE tenant2.name (id int)'],
        [
          'another schema has another function',
          `CREATE OR REPLACE FUNCTION tenant2.total(int) RETURNS int LANGUAGE sql AS 'SELECT 2'`,
          'SELECT 1',
        ],
        ['a table like an alias', 'CREATE TABLE customer (id int)', 'DROP TABLE customer'],
        ['a table like a CTE', 'CREATE TABLE recent (id int)', 'DROP TABLE recent'],
        ['a table like a string', 'CREATE TABLE a (id int)', 'DROP TABLE a'],
        ['a type like a column', 'CREATE TYPE status AS ENUM ()', 'DROP TYPE status'],
        [
          'a trigger like a column',
          `CREATE FUNCTION total() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
          'DROP FUNCTION total()',
        ],
        ['the default of a domain', 'ALTER DOMAIN price SET DEFAULT 3', 'ALTER DOMAIN price DROP DEFAULT'],
        ['a domain without NULL', 'ALTER DOMAIN price SET NOT NULL', 'ALTER DOMAIN price DROP NOT NULL'],
        ['the owner of a type', 'ALTER TYPE pair OWNER TO friends', 'ALTER TYPE pair OWNER TO postgres'],
        ["a table that takes an array type's name", 'CREATE TABLE _mood (id int)', 'DROP TABLE _mood'],
      ],
      turn,
    ),
  )('%s', async (_, change, undo) => {
    for (const subject of [wordy, table('prices')]) {
      const source = await at.start(subject);
      const evidence = await at.read(source);
      await at.during(change, undo, () => source.confirm([evidence]).then(() => undefined));
    }
  });

  it("another session's temporary table", async () => {
    const other = await at.db.connect();
    await other.query('CREATE TEMP TABLE name (id int)');
    const source = await at.start(wordy);
    const evidence = await at.read(source);
    await other.query('DROP TABLE name');
    await other.end();
    await source.confirm([evidence]);
  });
});
