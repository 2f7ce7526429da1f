import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { Chain } from './chain.js';

/* What a cursor is for beside tables that go by transactions; and what increments have to do with all that else is asked for. */

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
});
afterAll(() => database.drop());

const latest = (chain: Chain): Promise<string[]> => chain.values('id', chain.made.slice(-1));

describe('of a table', () => {
  it('--cursor-floor lets an index find what is new, and the certificate says what that takes', async () => {
    await database.query(`CREATE TABLE big (id text, at timestamptz); CREATE INDEX ON big (at);
      INSERT INTO big SELECT 'old' || i, timestamptz '2024-01-01' + i * interval '1 s' FROM generate_series(1, 20000) i; ANALYZE big`);
    const chain = new Chain(database.url, { table: 'big', cursor: 'at', cursorFloor: '1m' });
    await chain.next();
    await database.query(
      `INSERT INTO big VALUES ('above', '2024-01-01 05:33+00'), ('below', '2024-01-01'), ('none', NULL)`,
    );
    const error = await chain.refused();
    expect(error).toMatchObject({ code: 'data.cursor' });
    await chain.next({ nullCursor: 'include' });
    expect(await latest(chain)).toEqual(['above', 'none']);
    const { assumed } = chain.manifest().run.increment!;
    expect(assumed.join()).toContain('big: no row is new whose at is below 2024-01-01 05:32:20+00');
  });

  it('the policy for NULL counts from the first run on where there is a floor', async () => {
    await database.query(`CREATE TABLE gaps (id text, at timestamptz)`);
    const chains = ['skip', 'include', 'fail'].map(
      (nullCursor) => new Chain(database.url, { table: 'gaps', cursor: 'at', cursorFloor: '1d', nullCursor } as object),
    ) as [Chain, Chain, Chain];
    for (const chain of chains) await chain.next();
    await database.query(`INSERT INTO gaps VALUES ('a', '2024-01-01'), ('none', NULL)`);
    const [skip, include, fail] = chains;
    expect((await skip.next()).warnings.join()).toContain('1 new rows have no value in their cursor');
    await include.next();
    expect(await skip.values('id')).toEqual(['a']);
    expect(await include.values('id')).toEqual(['a', 'none']);
    expect(await fail.refused()).toMatchObject({ code: 'data.cursor' });
    const first = new Chain(database.url, { table: 'gaps', cursor: 'at', cursorFloor: '1d' });
    expect(await first.refused()).toMatchObject({ code: 'data.cursor' });
    expect((await first.next({ nullCursor: 'skip' })).rows).toBe(1);
  });

  it('a floor in the future, below which all that comes lies, is refused', async () => {
    await database.query(`CREATE TABLE ahead AS SELECT 'a' AS id, now() + interval '1 year' AS at`);
    const chain = new Chain(database.url, { table: 'ahead', cursor: 'at', cursorFloor: '1d' });
    await chain.next();
    await database.query(`INSERT INTO ahead VALUES ('b', now())`);
    expect(await chain.refused()).toMatchObject({
      code: 'data.cursor',
      message: expect.stringContaining('beyond --cursor-floor 1d') as string,
    });
    // Without a floor the cursor does not matter, whatever it holds.
    await database.query(`INSERT INTO ahead VALUES ('c', 'infinity')`);
    await chain.next({ cursorFloor: undefined, infinity: 'null' });
    expect(await latest(chain)).toEqual(['b', 'c']);
  });

  it('several tables, each with a cursor of its own', async () => {
    await database.query(`CREATE VIEW v1 AS SELECT 'a'::text AS id, date '2024-01-01' AS day;
      CREATE TABLE many (id text, n int); INSERT INTO many VALUES ('x', 1)`);
    const chain = new Chain(database.url, {
      tables: { v: { table: 'v1', cursor: 'day' }, many: { query: 'SELECT * FROM many', cursor: 'n' } },
      lag: '0',
    });
    await chain.next();
    await database.query(`INSERT INTO many VALUES ('y', 2)`);
    const made = await chain.next();
    expect(made.shards.map(({ path }) => path)).toEqual(['many/events-n0002--many-00000.parquet']);
    expect(await latest(chain)).toEqual(['y']);
  });

  it('splits, partitions, masks and CSV: an old entity never moves, and sums add up', async () => {
    await database.query(`CREATE TABLE visits (customer int, country text, email text, at timestamptz);
      INSERT INTO visits SELECT i % 200, CASE WHEN i % 2 = 0 THEN 'FI' ELSE 'SE' END, 'c' || i % 200, timestamptz '2024-01-01' + i * interval '1 h'
        FROM generate_series(1, 1000) i`);
    const all = {
      split: { train: 0.7, test: 0.3 },
      splitKey: 'customer',
      partitionBy: 'country',
      mask: { email: 'hash' },
      format: 'csv',
    } as const;
    const chains = [{ table: 'visits' }, { query: 'SELECT * FROM visits', cursor: 'at', lag: '1d' }].map(
      (what) =>
        new Chain(database.url, { ...all, ...what }, 'visits', {
          TIDEMARK_MASK_KEY: 'a key of more than sixteen bytes',
        }),
    );
    for (const chain of chains) await chain.next();
    await database.query(
      `INSERT INTO visits SELECT i % 250, 'FI', 'c' || i % 250, timestamptz '2024-02-11' + i * interval '1 m' FROM generate_series(1, 300) i`,
    );
    for (const chain of chains) {
      const made = await chain.next();
      expect(made.rows).toBe(300);
      const full = await new Chain(database.url, { ...all, table: 'visits' }, 'visits', {
        TIDEMARK_MASK_KEY: 'a key of more than sixteen bytes',
      }).next();
      expect(chain.manifest().version.chain).toMatchObject({ rows: 1300, digest: full.digest });
      const parts = await chain.partsOf('customer');
      expect(parts.size).toBe(250);
      for (const of of parts.values()) expect(of.size).toBe(1);
      expect((await chain.refused({ splitSalt: 'other' })).message).toContain('split: rows would go elsewhere');
      const otherKey = await chain.refused({}, { TIDEMARK_MASK_KEY: 'another key of more than 16' });
      expect(otherKey).toMatchObject({
        code: 'data.parent',
        message: expect.stringContaining('key of masks') as string,
      });
    }
  });
});
