import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson, tidemark } from '../support/cli.js';
import { relationsAndTypes, twins } from './shadows.js';

const objects = `
  CREATE SCHEMA shop;
  CREATE TYPE shop.pair AS (a int, b text); CREATE DOMAIN shop.price AS numeric(10,2);
  CREATE TABLE shop.kinds (id int PRIMARY KEY, free numeric, span interval, list text[], p shop.pair, bits bit(3), money money, price shop.price, day date);
  INSERT INTO shop.kinds SELECT g, g / 3.0, interval '1 day', ARRAY['a', NULL], ROW(g, 'x')::shop.pair, bit '101', g::money, 1.5,
    date '2024-01-01' + g FROM generate_series(1, 500) g;
  INSERT INTO shop.kinds (id) VALUES (0);
  CREATE TABLE shop.wide (id int, pad text); ALTER TABLE shop.wide ALTER pad SET STORAGE PLAIN;
  INSERT INTO shop.wide SELECT g, repeat('x', 1500) FROM generate_series(1, 25000) g;
  CREATE TABLE shop.days (id int) PARTITION BY LIST (id); CREATE TABLE shop.day_1 PARTITION OF shop.days FOR VALUES IN (1);
  INSERT INTO shop.days VALUES (1); CREATE VIEW shop.seen AS SELECT id, free FROM shop.kinds;
  CREATE MATERIALIZED VIEW shop.kept AS SELECT id FROM shop.kinds;
  CREATE TABLE shop.guarded (id int, owner name); INSERT INTO shop.guarded SELECT g, 'nobody' FROM generate_series(1, 5) g;
  CREATE TABLE shop.edge (day date); INSERT INTO shop.edge VALUES ('infinity');`;

/** What is read, one line a run. Queries use what the search path of the user offers, so they name nothing but columns. */
const requests: readonly (readonly string[])[] = [
  ['--table', 'shop.kinds'],
  ['--table', 'shop.kinds', '--via', 'cursor'],
  ['--table', 'shop.kinds', '--limit', '7'],
  ['--table', 'shop.wide', '--lanes', '2', '--shard-size', '8MiB'],
  ['--table', 'shop.wide', '--max-statement', '2s'],
  ['--table', 'shop.days'],
  ['--table', 'shop.seen'],
  ['--table', 'shop.kept'],
  ['--query', 'SELECT id, free, list, span, p FROM shop.kinds ORDER BY id'],
  [
    '--query',
    'SELECT id, :x AS x, CAST(:n AS int) AS n FROM shop.kinds ORDER BY id',
    '--param',
    'x=it',
    '--param',
    'n=3',
  ],
  ['--query', 'SELECT id, :x AS x FROM shop.kinds ORDER BY id', '--param', 'x=it', '--via', 'cursor'],
];

describe.each(['postgres18', 'postgres14'] as const)('%s: names of other people', (key) => {
  let clean: FreshDatabase;
  let hostile: FreshDatabase;
  const out = emptyFolder('shadows');
  beforeAll(async () => {
    [clean, hostile] = [await freshDatabase(inject(key)), await freshDatabase(inject(key))];
    for (const db of [clean, hostile]) {
      await db.query(objects);
      await db.query(`CREATE ROLE guest_${db.name} LOGIN; GRANT USAGE ON SCHEMA shop TO guest_${db.name};
        GRANT SELECT ON ALL TABLES IN SCHEMA shop TO guest_${db.name}; ALTER TABLE shop.guarded ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON shop.guarded USING (id OPERATOR(pg_catalog.>) 2)`);
    }
    await hostile.query(twins);
    await hostile.query(relationsAndTypes);
  }, 120_000);
  afterAll(async () => {
    for (const db of [clean, hostile]) {
      await db.query(`SET search_path = pg_catalog; DROP OWNED BY guest_${db.name}`);
      await db.drop();
    }
  });

  let count = 0;
  const idOf = async (url: string, request: readonly string[]): Promise<string> => {
    count += 1;
    const place = ['--dataset', 'dataset://d/v', '--date', '2024-01-15', '--out', `${out}/${count}`];
    return (await snapshotJson([...request, ...place], { env: { TIDEMARK_SOURCE: url } })).id;
  };
  const path = (url: string, searchPath: string): string => `${url}?options=-c%20search_path%3D${searchPath}`;

  const long = process.env['TIDEMARK_HOSTILE_RUNS'] !== undefined;
  const part = key === 'postgres18' ? 0 : 1;
  const tried = long ? requests : requests.filter((_, i) => i % 3 === part);
  it.each(tried.map((request) => [request.join(' '), request] as const))(
    '%s',
    { timeout: 120_000 },
    async (_, request) => {
      const id = await idOf(clean.url, request);
      // The user's own path: what the query names is looked up there, what we name is not.
      expect(await idOf(path(hostile.url, 'public,pg_catalog'), request)).toBe(id);
      // With the server's own names first, those of others are taken where their arguments fit better.
      if (long || request === tried[0]) expect(await idOf(hostile.url, request)).toBe(id);
    },
  );

  it('rows behind row-level security', async () => {
    const as = (db: FreshDatabase): string => db.url.replace('postgres@', `guest_${db.name}@`);
    const id = await idOf(as(clean), ['--table', 'shop.guarded']);
    expect(await idOf(path(as(hostile), 'public,pg_catalog'), ['--table', 'shop.guarded'])).toBe(id);
  });

  it('errors say the same', async () => {
    for (const request of [
      ['--table', 'shop.kind'],
      ['--table', 'shop.edge'],
      ['--table', 'shop.kinds', '--cast', 'free=decimal(5,2)'],
      ['--query', 'SELECT id FROM shop.kindz'],
    ]) {
      const run = async (url: string): Promise<string> => {
        const args = ['snapshot', ...request, '--dataset', 'dataset://d/v', '--out', `${out}/failed`];
        const { code, stderr } = await tidemark(args, { env: { TIDEMARK_SOURCE: url } });
        expect(code).toBeGreaterThan(0);
        return stderr.replaceAll(/t_[0-9a-f]{12}/g, 'db');
      };
      const said = await run(clean.url);
      expect(said).not.toContain('shadow');
      // Tables of the shadow are tables too: only what is near is left out of the comparison.
      const found = await run(path(hostile.url, 'public,pg_catalog'));
      expect(found.replace(/Nearest:.*/s, '')).toBe(said.replace(/Nearest:.*/s, ''));
    }
    expect(readdirSync(out)).not.toContain('failed');
  });
});
