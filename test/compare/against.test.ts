import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { snapshot, type SnapshotOptions, verifyAgainst } from '../../dist/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, tidemark } from '../support/cli.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
});
afterAll(() => db.drop());

const env = { TIDEMARK_MASK_KEY: 'a key of masks that is long enough', TIDEMARK_PARAM_LEAST: '10' };

async function filled(): Promise<void> {
  await db.query(`
    DROP TABLE IF EXISTS orders;
    CREATE TABLE orders AS SELECT i AS id, 'customer ' || i % 50 AS customer, (i / 8.0)::numeric(12,3) AS price,
      CASE WHEN i % 7 = 0 THEN NULL ELSE i % 3 END AS few, timestamp '2024-01-01' + i * interval '1 minute' AS at
      FROM generate_series(1, 5000) i;
    ANALYZE orders`);
}

async function made(options: SnapshotOptions): Promise<string> {
  const given = { source: db.url, dataset: 'dataset://orders/v1', out: emptyFolder('against'), ...options };
  return (await snapshot(given, { env })).location;
}

const against = (location: string): ReturnType<typeof verifyAgainst> => verifyAgainst(location, db.url, {}, { env });

describe('a version beside the source that it was read from', () => {
  beforeAll(filled);

  it.each<[string, SnapshotOptions]>([
    ['a table', { table: 'orders' }],
    ['a table on one lane, in CSV', { table: 'orders', lanes: 1, format: 'csv' }],
    [
      'a query with parameters',
      { query: 'SELECT * FROM orders WHERE id > :least AND few = :few', param: { few: '1' }, secretParam: ['least'] },
    ],
    [
      'casts and masks',
      { table: 'orders', cast: { price: 'decimal(20,5)' }, mask: { customer: 'hash', at: 'year', few: 'null' } },
    ],
    ['a split', { table: 'orders', split: { train: 0.8, test: 0.2 }, splitKey: 'customer' }],
    ['partitions', { table: 'orders', partitionBy: 'few' }],
    ['partitions in paths alone', { table: 'orders', partitionBy: 'few', partitionColumns: 'path' }],
    ['a sample', { table: 'orders', sample: 0.3, splitKey: 'customer', split: { a: 0.5, b: 0.5 } }],
    ['without a digest', { table: 'orders', digest: 'off' }],
    [
      'two tables, each with options of its own',
      { tables: { all: { table: 'orders' }, few: { query: 'SELECT id, few FROM orders', cast: { few: 'text' } } } },
    ],
  ])('has the same rows: %s', async (_, options) => {
    const { same, moment, tables } = await against(await made(options));
    expect(tables.map(({ same, schema, columns = [], only }) => [same, schema, columns, only])).toEqual(
      tables.map(() => [true, [], [], undefined]),
    );
    expect([same, moment]).toEqual([true, 'now']);
  });
});

describe('a version beside a source that has changed', () => {
  beforeEach(filled);

  it.each<[string, string, object]>([
    [
      'a value',
      'UPDATE orders SET price = price + 1 WHERE id = 17',
      { columns: ['price'], only: { version: 1, source: 1 } },
    ],
    [
      'a value that becomes NULL',
      'UPDATE orders SET few = NULL WHERE id IN (1, 2)',
      { columns: ['few'], only: { version: 2, source: 2 } },
    ],
    [
      'rows that are new',
      `INSERT INTO orders SELECT id + 5000, customer, price, few, at FROM orders WHERE id <= 3`,
      { rows: { version: 5000, source: 5003 }, only: { version: 0, source: 3 } },
    ],
    [
      'rows that are gone',
      'DELETE FROM orders WHERE id > 4990',
      { rows: { version: 5000, source: 4990 }, only: { version: 10, source: 0 } },
    ],
    [
      'the same row twice',
      'INSERT INTO orders SELECT * FROM orders WHERE id = 1',
      { rows: { version: 5000, source: 5001 }, only: { version: 0, source: 1 } },
    ],
    [
      'values that go to other rows',
      'UPDATE orders SET customer = (SELECT customer FROM orders o WHERE o.id = 3 - orders.id) WHERE id IN (1, 2)',
      { columns: [], only: { version: 2, source: 2 } },
    ],
    [
      'another type',
      'ALTER TABLE orders ALTER few TYPE bigint',
      { schema: [{ column: 'few', version: 'int32', source: 'int64' }], columns: undefined },
    ],
    ['a column more', 'ALTER TABLE orders ADD more text', { schema: [{ column: 'more', source: 'utf8' }] }],
    ['a column less', 'ALTER TABLE orders DROP few', { schema: [{ column: 'few', version: 'int32' }] }],
  ])('says what differs: %s', async (_, change, expected) => {
    const location = await made({ table: 'orders', shardSize: '64KiB' });
    await db.query(change);
    const { same, tables } = await against(location);
    expect([same, tables]).toEqual([false, [expect.objectContaining({ name: 'orders', same: false, ...expected })]]);
  });

  it.each<[string, SnapshotOptions]>([
    ['', {}],
    [', of a sample', { sample: 0.6 }],
    [', in partitions', { partitionBy: 'few' }],
  ])('a part of a split tells of its own rows alone%s', async (_, more) => {
    const location = await made({
      ...{ table: 'orders', split: { a: 0.5, b: 0.5 }, splitKey: 'id', splitDatasets: true, ...more },
      dataset: 'dataset://orders/{split}-v1',
    });
    const places = ['a', 'b'].map((part) => join(location, '..', `${part}-v1`));
    for (const place of places) expect(await against(place)).toMatchObject({ same: true });
    await db.query('UPDATE orders SET price = -1 WHERE id <= 200');
    const found = (await Promise.all(places.map(against))).map(({ tables }) => tables[0]!);
    for (const table of found) {
      const { columns, only } = table;
      expect([columns, only]).toEqual([['price'], { version: only!.source, source: only!.source }]);
    }
    const changed = found.reduce((sum, { only }) => sum + only!.source, 0);
    if (more.sample === undefined) expect(changed).toBe(200);
    else expect(changed).toBeGreaterThan(0);
  });

  it('is told on the command line, with exit code 5', async () => {
    const location = await made({ table: 'orders' });
    const asked = ['verify', location, '--against', db.url];
    const before = await tidemark(asked);
    expect([before.code, before.stdout]).toEqual([0, expect.stringContaining('the source has the same rows')]);
    await db.query('UPDATE orders SET price = price + 1 WHERE id <= 4; DELETE FROM orders WHERE id = 9');
    const { code, stdout } = await tidemark(asked);
    expect(code).toBe(5);
    expect(stdout).toContain('orders: 5,000 rows in the version, 4,999 in the source\n');
    expect(stdout).toContain('orders: 5 rows are in the version alone, 4 in the source alone\n');
    expect(stdout).toContain('the source has other rows');
    const json = await tidemark([...asked, '--json']);
    expect([json.code, JSON.parse(json.stdout)]).toMatchObject([
      5,
      { status: 'invalid', valid: true, against: { same: false } },
    ]);
  });
});

describe('a chain beside its source', () => {
  beforeEach(filled);

  const change = `
    INSERT INTO orders SELECT id + 5000, 'more', price, few, at FROM orders WHERE id <= 500;
    UPDATE orders SET price = 1 WHERE id BETWEEN 10 AND 30`;
  const chained = async (more: SnapshotOptions): Promise<string> => {
    const out = emptyFolder('chain');
    const options = { source: db.url, table: 'orders', out, parent: join(out, 'orders'), ...more };
    await snapshot({ ...options, dataset: 'dataset://orders/v1', firstRun: true }, { env });
    await db.query(change);
    return (await snapshot({ ...options, dataset: 'dataset://orders/v2' }, { env })).location;
  };

  it('of rows that are added has them all', async () => {
    await db.query(
      'DROP TABLE orders; CREATE TABLE orders AS SELECT i AS id, i % 9 AS few FROM generate_series(1, 900) i',
    );
    const out = emptyFolder('chain');
    const options = { source: db.url, table: 'orders', out, parent: join(out, 'orders') };
    await snapshot({ ...options, dataset: 'dataset://orders/v1', firstRun: true }, { env });
    await db.query('INSERT INTO orders SELECT i, 1 FROM generate_series(901, 1000) i');
    const { location } = await snapshot({ ...options, dataset: 'dataset://orders/v2' }, { env });
    expect(await against(location)).toMatchObject({ same: true, tables: [{ rows: { version: 1000, source: 1000 } }] });
    await db.query('DELETE FROM orders WHERE id = 5');
    expect(await against(location)).toMatchObject({ same: false, tables: [{ only: { version: 1, source: 0 } }] });
  });

  it('of rows that replace others by their key has those that count', async () => {
    const location = await chained({ mode: 'upsert', key: 'id' });
    expect(await against(location)).toMatchObject({ same: true, tables: [{ rows: { version: 5500, source: 5500 } }] });
    await db.query('UPDATE orders SET few = 9 WHERE id = 77');
    expect(await against(location)).toMatchObject({
      same: false,
      tables: [{ columns: ['few'], only: { version: 1, source: 1 } }],
    });
  });

  it('says which of redacted and masked columns have other values, too', async () => {
    const location = await made({ table: 'orders', redactStats: ['few'], mask: { customer: 'hash' } });
    await db.query("UPDATE orders SET few = few + 1, customer = 'somebody' WHERE id = 3");
    const told = { columns: ['customer', 'few'], only: { version: 1, source: 1 } };
    expect(await against(location)).toMatchObject({ same: false, tables: [told] });
  });

  it('whose deleted rows are known has the others', async () => {
    const location = await chained({ mode: 'upsert', key: 'id', deletes: 'scan' });
    expect(await against(location)).toMatchObject({ same: true, tables: [{ rows: { version: 5500, source: 5500 } }] });
    await db.query('DELETE FROM orders WHERE id < 3');
    expect(await against(location)).toMatchObject({ same: false, tables: [{ only: { version: 2, source: 0 } }] });
  });
});

describe('what cannot be compared is refused before anything is read', () => {
  let location: string;
  beforeAll(async () => {
    await filled();
    location = await made({
      query: 'SELECT * FROM orders WHERE id > :least',
      secretParam: ['least'],
      mask: { customer: 'hash' },
    });
  });

  it.each<[string, string, Record<string, string>, RegExp]>([
    ['a database of another kind', 'mysql://root@localhost/x', env, /was read from postgres, and this is mysql/],
    [
      'another key of masks',
      'own',
      { ...env, TIDEMARK_MASK_KEY: 'another key that is long enough' },
      /masked by another key.*fingerprint/,
    ],
    ['no key of masks', 'own', { TIDEMARK_PARAM_LEAST: '10' }, /by a hash needs a key/],
    [
      'no secret parameter',
      'own',
      { TIDEMARK_MASK_KEY: env.TIDEMARK_MASK_KEY },
      /secret parameter "least" has no value/,
    ],
    ['no such source', 'nothing', env, /^against: it is no source \(allowed: a URL such as/],
  ])('%s', async (_, source, variables, message) => {
    const url = source === 'own' ? db.url : source;
    await expect(verifyAgainst(location, url, {}, { env: variables })).rejects.toMatchObject({
      code: 'request.invalid',
      message: expect.stringMatching(message),
    });
  });
});
