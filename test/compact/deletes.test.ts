import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Chain } from '../incremental/chain.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
});
afterAll(() => database.drop());

const scan = { mode: 'upsert', key: 'id', deletes: 'scan' } as const;

const live = (chain: Chain) => chain.manifest().version.tables.map((table) => table.live);

/** What a merged version must have of a full snapshot. */
const ofAll = ({ rows, digest }: { readonly rows: number; readonly digest: string }) => ({ rows, digest });

describe('rows that were deleted', () => {
  it.each<[string, object]>([
    ['of a table', {}],
    [
      'of CSV files, in parts and partitions',
      {
        format: 'csv',
        split: { train: 0.5, test: 0.5 },
        splitKey: 'owner',
        partitionBy: 'country',
        partitionColumns: 'path',
      },
    ],
  ])('%s are told by their keys, and every version tells the digest of a full snapshot', async (what, options) => {
    const table = `d_${what.replaceAll(/\W/g, '_')}`;
    const few = (count: number): string => `id IN (SELECT id FROM ${table} ORDER BY random() LIMIT ${count})`;
    await database.query(
      `CREATE TABLE ${table} AS SELECT i AS id, i % 10 AS owner, (ARRAY['de', 'fi', 'se'])[1 + i % 3] AS country, md5(i::text) AS text
         FROM generate_series(1, 1000) i`,
    );
    const chain = new Chain(database.url, { table, ...scan, ...options });
    await chain.next();
    expect(live(chain)).toMatchObject([{ rows: 1000, inserted: 1000, replaced: 0, gone: 0 }]);
    for (let night = 1; night <= 2; night += 1) {
      await database.query(`UPDATE ${table} SET text = md5(random()::text), country = 'no' WHERE ${few(30)};
        DELETE FROM ${table} WHERE ${few(20)};
        INSERT INTO ${table} SELECT id, 1, 'fi', 'came back' FROM generate_series(1, 1000) id WHERE id NOT IN (SELECT id FROM ${table}) LIMIT 5;
        INSERT INTO ${table} SELECT 1000 + ${night} * 100 + i, 3, 'no', 'new' FROM generate_series(1, 5) i`);
      await chain.next();
      const [counts] = live(chain);
      const full = await chain.whole();
      expect(counts!.rows).toBe(full.rows);
      expect(counts!.gone).toBeGreaterThan(10);
      expect(chain.made.at(-1)!.chain!.digest).toBe(full.digest);
      expect((await chain.verify(chain.made.at(-1)!.location)).findings).toEqual([]);
    }
    const merged = await chain.compact();
    const full = await chain.whole();
    expect(merged).toMatchObject(ofAll(full));
    expect((await chain.verify(merged.location)).findings).toEqual([]);
    // And it goes on from there; nothing but rows that are gone is a version, too.
    await database.query(`DELETE FROM ${table} WHERE ${few(7)}`);
    expect(await chain.refused({ expect: { rows: { 'max-change': 0.005 } } })).toMatchObject({
      code: 'data.expectations',
    });
    expect(await chain.next()).toMatchObject({ status: 'created', rows: 0, shards: [], parent: merged.version });
    const counts = { rows: full.rows - 7, inserted: 0, replaced: 0, gone: 7 };
    expect(live(chain)).toMatchObject([counts]);
    expect(chain.made.at(-1)!.live).toEqual(counts);
    expect(await chain.next()).toMatchObject({ status: 'unchanged' });
    expect(await chain.compact()).toMatchObject(ofAll(await chain.whole()));
    // Nothing is left.
    await database.query(`DELETE FROM ${table}`);
    await chain.next();
    const empty = await chain.compact();
    expect(empty).toMatchObject({ ...ofAll(await chain.whole()), rows: 0 });
    expect((await chain.verify(empty.location)).findings).toEqual([]);
    await database.query(`INSERT INTO ${table} VALUES (1, 2, 'fi', 'first')`);
    await chain.next();
    expect(await chain.compact()).toMatchObject(ofAll(await chain.whole()));
  });

  it('of several tables, and by a window, which tells of rows that it has lost', async () => {
    await database.query(
      `CREATE TABLE a AS SELECT i AS id, clock_timestamp() AS at FROM generate_series(1, 50) i; CREATE TABLE b AS TABLE a`,
    );
    const chain = new Chain(database.url, {
      tables: { a: { query: 'SELECT * FROM a', cursor: 'at' }, b: { query: 'SELECT * FROM b', cursor: 'at' } } as never,
      ...scan,
      lag: '1m',
    });
    await chain.next();
    await database.query(`DELETE FROM a WHERE id < 5; UPDATE b SET at = clock_timestamp() WHERE id = 1`);
    await chain.next();
    expect(live(chain)).toMatchObject([
      { rows: 46, gone: 4 },
      { rows: 50, replaced: 1, gone: 0 },
    ]);
    expect(await chain.compact()).toMatchObject({ rows: 96, digest: (await chain.whole()).digest });
    await database.query(`INSERT INTO a VALUES (1000, clock_timestamp() - interval '1 hour')`);
    expect(await chain.refused()).toMatchObject({
      code: 'data.parent',
      exitCode: 6,
      message: 'deletes: 1 rows of a are there, and in no version of the chain, by their id',
    });
  });
});

describe('refused are', () => {
  let chain: Chain;
  beforeAll(async () => {
    await database.query(`CREATE TABLE r AS SELECT i AS id FROM generate_series(1, 10) i`);
    chain = new Chain(database.url, { table: 'r', ...scan });
    await chain.next();
    await database.query(`INSERT INTO r VALUES (11)`);
  });

  it.each<[string, object, RegExp]>([
    ['deletes without upserts', { mode: 'append', key: undefined }, /^deletes: goes with --mode upsert and --key/],
    ['a sample', { sample: 0.5 }, /^deletes: does not go with sample: keys of all rows/],
    [
      'a query that says itself where its window ends',
      { table: undefined, query: 'SELECT id FROM r WHERE id > :low AND id <= :high', cursor: 'id', lag: '0' },
      /^deletes: does not go with :low and :high in a query: it gives the keys between them alone/,
    ],
    ['no digest', { digest: 'off' }, /^deletes: does not go with digest off/],
    [
      'a chain whose keys are known, without looking at them',
      { deletes: undefined },
      /^deletes: it is known which rows were deleted of/,
    ],
  ])('%s', async (_, options, message) => {
    expect(await chain.refused(options)).toMatchObject({
      code: 'request.invalid',
      message: expect.stringMatching(message) as string,
    });
  });

  it('a parent without keys, and one whose keys are missing or were changed', async () => {
    const without = new Chain(database.url, { table: 'r', mode: 'upsert', key: 'id' });
    await without.next();
    expect((await without.refused({ deletes: 'scan' })).message).toMatch(
      /^deletes: no keys of rows are kept beside dataset:\/\/events\/n0001/,
    );
    const { location } = chain.made[0]!;
    const file = join(
      location,
      readdirSync(location).find((name) => name.startsWith('_keys.'))!,
    );
    const bytes = readFileSync(file);
    const changed = Buffer.from(bytes);
    changed[5]! ^= 1;
    writeFileSync(file, changed);
    expect((await chain.refused()).message).toMatch(/_keys\..* has another sha-256 than is listed/);
    expect((await chain.verify()).findings).toMatchObject([{ kind: 'sha256' }]);
    // Not even whole records.
    writeFileSync(file, bytes.subarray(0, bytes.length - 5));
    expect((await chain.refused()).message).toMatch(/_keys\..* has 315 bytes, and 320 are listed/);
    expect((await chain.verify()).findings).toMatchObject([{ kind: 'sha256' }]);
    rmSync(file);
    expect((await chain.refused()).message).toMatch(/_keys\..* is missing/);
    writeFileSync(file, bytes);
    expect(await chain.plan()).toMatchObject({ keyBytes: { read: 320 } });
    expect(await chain.next()).toMatchObject({ rows: 1 });
  });
});
