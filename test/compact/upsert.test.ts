import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Chain } from '../incremental/chain.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
});
afterAll(() => database.drop());

const upsert = { mode: 'upsert', key: 'id' } as const;

/** What a merged version must have of a full snapshot. */
const ofAll = ({ rows, digest }: { readonly rows: number; readonly digest: string }) => ({ rows, digest });

describe('rows that were changed, and those of which the key came back', () => {
  it.each<[string, object]>([
    ['in Parquet', {}],
    [
      'of CSV files that went to another part and another partition',
      {
        format: 'csv',
        split: { train: 0.5, test: 0.5 },
        splitKey: 'owner',
        partitionBy: 'country,at:month',
        partitionColumns: 'path',
      },
    ],
    [
      'of which a part of the key stands in paths alone',
      { key: ['country', 'id'], partitionBy: 'country', partitionColumns: 'path' },
    ],
  ])('%s: the newest counts', async (what, options) => {
    const table = `u_${what.replaceAll(/\W/g, '_')}`;
    const few = (count: number): string => `id IN (SELECT id FROM ${table} ORDER BY random() LIMIT ${count})`;
    await database.query(
      `CREATE TABLE ${table} AS SELECT i AS id, i % 10 AS owner, (ARRAY['de', 'fi', 'se'])[1 + i % 3] AS country,
         timestamptz '2024-01-01' + i * interval '1 hour' AS at, md5(i::text) AS text FROM generate_series(1, 2000) i`,
    );
    const chain = new Chain(database.url, { table, ...upsert, ...options });
    await chain.next();
    for (let night = 1; night <= 2; night += 1) {
      const country = 'key' in options ? 'country' : `(ARRAY['de', 'fi', 'se'])[1 + (random() * 2)::int]`;
      await database.query(`UPDATE ${table} SET text = md5(random()::text), owner = random() * 10, country = ${country} WHERE ${few(50)};
        WITH gone AS (DELETE FROM ${table} WHERE ${few(20)} RETURNING id, owner, country)
          INSERT INTO ${table} SELECT id, owner, country, '2024-06-01', 'came back' FROM gone;
        INSERT INTO ${table} SELECT 2000 + ${night} * 100 + i, 3, 'no', '2024-05-05', 'new' FROM generate_series(1, 5) i`);
      await chain.next();
    }
    const versions = chain.made.reduce((sum, { rows }) => sum + rows, 0);
    expect(versions).toBeGreaterThan(2010);
    const newest = chain.made.at(-1)!;
    // Of all row versions together nobody knows which count, so no digest is told.
    expect(newest.chain).toEqual({ rows: versions, bytes: chain.made.reduce((sum, { bytes }) => sum + bytes, 0) });
    expect((await chain.verify(newest.location)).findings).toEqual([]);
    const merged = await chain.compact();
    expect(merged).toMatchObject(ofAll(await chain.whole()));
    expect((await chain.verify(merged.location)).findings).toEqual([]);
    // And it goes on from there.
    await database.query(`UPDATE ${table} SET text = 'again' WHERE id = 1`);
    expect(await chain.next()).toMatchObject({ rows: 1, parent: merged.version });
    expect(await chain.compact()).toMatchObject(ofAll(await chain.whole()));
  });

  it('by a window, and with tables that have keys of their own', async () => {
    await database.query(`CREATE TABLE customers AS SELECT i AS id, now() AS at, 'one' AS text FROM generate_series(1, 100) i;
      CREATE TABLE lines AS SELECT i / 4 AS bill, i % 4 AS line, now() AS at, 1.5::numeric(9,2) AS price FROM generate_series(0, 99) i`);
    const chain = new Chain(database.url, {
      tables: {
        customers: { query: 'SELECT * FROM customers', key: 'id', cursor: 'at' },
        lines: { query: 'SELECT * FROM lines', key: ['bill', 'line'], cursor: 'at' },
      } as never,
      mode: 'upsert',
      lag: '1m',
    });
    await chain.next();
    await database.query(
      `UPDATE customers SET text = 'two', at = now() WHERE id <= 10; UPDATE lines SET price = 2, at = now() WHERE bill = 3`,
    );
    expect(await chain.next()).toMatchObject({ rows: 14 });
    const merged = await chain.compact();
    expect(merged).toMatchObject({ rows: 200, digest: (await chain.whole()).digest });
  });
});

describe('refused are', () => {
  let chain: Chain;
  beforeAll(async () => {
    await database.query(
      `CREATE TABLE odd AS SELECT i AS id, i / 2 AS twice, nullif(i, 5) AS some, i::float8 AS number,       i::numeric AS wide FROM generate_series(1, 10) i`,
    );
    chain = new Chain(database.url, { table: 'odd' });
  });

  it.each<[string, object, RegExp]>([
    ['upserts without a key', { mode: 'upsert' }, /^key: goes with --mode upsert, and is missing/],
    ['a key without upserts', { key: 'id' }, /^key: id says nothing without --mode upsert/],
    ['a key that is no column', { ...upsert, key: 'ids' }, /^key: there is no column "ids"\. Did you mean "id"\?/],
    ['a key of floats', { ...upsert, key: 'number' }, /^key: "number" of odd \(double precision\) cannot be a key/],
    ['a key of numeric without a scale', { ...upsert, key: 'wide' }, /equal values may have different texts/],
    ['a masked key', { ...upsert, mask: { id: 'redact' } }, /^key: "id" of odd is masked by redact/],
  ])('%s', async (_, options, message) => {
    expect(await chain.refused(options)).toMatchObject({
      code: 'request.invalid',
      exitCode: 2,
      message: expect.stringMatching(message) as string,
    });
  });

  it.each<[string, object, RegExp]>([
    ['a key that comes twice', { ...upsert, key: 'twice' }, /odd: twice unique: /],
    ['a key with NULLs', { ...upsert, key: 'some' }, /odd: some not-null: /],
  ])('%s', async (_, options, message) => {
    expect(await chain.refused(options)).toMatchObject({
      code: 'data.expectations',
      exitCode: 6,
      message: expect.stringMatching(message) as string,
      hint: 'A key (--key) tells a row from all others, and is never NULL: name other columns, or mend the rows.',
    });
  });

  it('a parent whose rows are told by another key, or by none', async () => {
    await chain.next();
    expect((await chain.refused(upsert)).message).toMatch(
      /^key: rows are told by id, and were by nothing in dataset:\/\/events\/n/,
    );
    const keyed = new Chain(database.url, { table: 'odd', ...upsert });
    await keyed.next();
    expect((await keyed.refused({ mode: 'append', key: undefined })).message).toMatch(
      /rows are told by nothing, and were by id in/,
    );
  });
});
