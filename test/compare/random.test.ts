import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { diff, snapshot, verifyAgainst } from '../../dist/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder } from '../support/cli.js';
import { rounds } from '../support/long-form.js';

/** Columns of all kinds, each of a random number between 0 and 1, with the other values that a change makes of them. */
const columns = {
  small: ['smallint', '(r * 60000 - 30000)::smallint'],
  large: ['bigint', '(r * 9e15)::bigint'],
  price: ['numeric(20,5)', 'round((r * 1e9)::numeric, 5)'],
  word: ['text', `CASE WHEN r < 0.1 THEN '' ELSE 'w' || floor(r * 40) END`],
  long: ['text', `repeat(md5(r::text), 4)`],
  flag: ['boolean', 'r < 0.5'],
  day: ['date', `date '1999-12-01' + (r * 20000)::int`],
  at: ['timestamptz', `timestamptz '2000-01-01' + r * interval '40 years'`],
  clock: ['time', `time '00:00' + r * interval '23 hours'`],
  score: [
    'double precision',
    `CASE WHEN r < 0.05 THEN 'NaN' WHEN r < 0.1 THEN '-0' ELSE ((r - 0.5) * 1e10)::text END::float8`,
  ],
  token: ['uuid', 'md5(r::text)::uuid'],
  raw: ['bytea', `decode(md5(r::text), 'hex')`],
  doc: ['jsonb', `jsonb_build_object('a', floor(r * 9), 'b', NULL)`],
  list: ['int[]', 'ARRAY[floor(r * 9)::int, NULL, 3]'],
} as const;
const names = Object.keys(columns) as (keyof typeof columns)[];

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
});
afterAll(() => db.drop());

/** In a tenth of rows NULL. */
const valueOf = (name: keyof typeof columns): string => {
  const [type, sql] = columns[name];
  return `CASE WHEN random() < 0.1 THEN NULL ELSE (SELECT ${sql} FROM (SELECT random() AS r, i) x) END::${type}`;
};

const version = async (table: string): Promise<string> => {
  const given = {
    source: db.url,
    table,
    dataset: `dataset://t/${table}`,
    out: emptyFolder('random'),
    shardSize: '128KiB',
  };
  return (await snapshot(given, { env: {} })).location;
};

it.each(Array.from({ length: rounds({ short: 2, long: 40 }) }, (_, index) => index + 1))(
  'what PostgreSQL finds to be different is what is found, seed %i',
  { timeout: 120_000 },
  async (seed) => {
    const rows = 200 + ((seed * 7919) % 3000);
    await db.query(`DROP TABLE IF EXISTS a, b; SELECT setseed(${seed / 100});
      CREATE TABLE a AS SELECT i AS id, ${names.map((name) => `${valueOf(name)} AS ${name}`).join(', ')} FROM generate_series(1, ${rows}) i;
      CREATE TABLE b AS SELECT * FROM a WHERE random() > 0.1;
      ${names.map((name) => `UPDATE b SET ${name} = (SELECT ${valueOf(name)} FROM (SELECT b.id AS i) y) WHERE random() < 0.05;`).join('\n')}
      INSERT INTO b SELECT i + 100000, ${names.map(valueOf).join(', ')} FROM generate_series(1, ${Math.round(rows / 20)}) i;
      ANALYZE a; ANALYZE b`);
    // Values as texts: NaN is itself, and −0 is not 0 in a file.
    const texts = names.map((name) => `${name}::text`);
    const [expected] = await db.query<Record<string, number>>(`
      SELECT count(*) FILTER (WHERE a.id IS NULL)::int AS added, count(*) FILTER (WHERE b.id IS NULL)::int AS removed,
        count(*) FILTER (WHERE a.id = b.id AND (${texts.map((text) => `a.${text} IS DISTINCT FROM b.${text}`).join(' OR ')}))::int AS changed,
        ${names.map((name) => `count(*) FILTER (WHERE a.id = b.id AND a.${name}::text IS DISTINCT FROM b.${name}::text)::int AS "of ${name}"`).join(', ')}
      FROM a FULL JOIN b ON a.id = b.id`);
    const [a, b] = [await version('a'), await version('b')];
    const found = await diff(a, b, { key: 'id' }, { env: {} });
    const { added, removed, changed } = found.rows;
    const byColumn = found.tables[0]!.columns.map(({ name, changed: count }) => [`of ${name}`, count]);
    expect({ added, removed, changed, ...Object.fromEntries(byColumn) }).toEqual({ ...expected, 'of id': 0 });
    // Without a key, of rows in their whole; some of them twice.
    await db.query(
      `INSERT INTO b SELECT * FROM b WHERE random() < 0.02; INSERT INTO b SELECT * FROM a WHERE random() < 0.02`,
    );
    const whole = `id, ${texts.join(', ')}`;
    const [multiset] = await db.query<Record<string, number>>(`
      SELECT (SELECT count(*)::int FROM (SELECT ${whole} FROM b EXCEPT ALL SELECT ${whole} FROM a) x) AS added,
        (SELECT count(*)::int FROM (SELECT ${whole} FROM a EXCEPT ALL SELECT ${whole} FROM b) x) AS removed`);
    const bag = await diff(a, await version('b'), {}, { env: {} });
    expect({ added: bag.rows.added, removed: bag.rows.removed }).toEqual(multiset);
    await db.query('DROP TABLE a; ALTER TABLE b RENAME TO a');
    const against = await verifyAgainst(a, db.url, {}, { env: {} });
    expect(against.tables[0]!.only).toEqual({ version: multiset!['removed'], source: multiset!['added'] });
  },
);
