import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { diff, type DiffOptions, snapshot, type SnapshotOptions, type VersionDiff } from '../../dist/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, tidemark } from '../support/cli.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
});
afterAll(() => db.drop());

const filled = `
  DROP TABLE IF EXISTS orders;
  CREATE TABLE orders AS SELECT i AS id, 'customer ' || i % 50 AS customer, (i / 8.0)::numeric(12,3) AS price,
    CASE WHEN i % 7 = 0 THEN NULL ELSE i % 3 END AS few, timestamp '2024-01-01' + i * interval '1 minute' AS at,
    ARRAY[i, i % 5] AS pair FROM generate_series(1, 5000) i;
  ANALYZE orders`;

let made = 0;
async function version(options: SnapshotOptions = {}): Promise<string> {
  const name = `dataset://orders/v${(made += 1)}`;
  const given = { source: db.url, table: 'orders', dataset: name, out: emptyFolder('diff'), shardSize: '64KiB' };
  return (await snapshot({ ...given, ...options }, { env: {} })).location;
}

/** Versions before and after a change. */
async function around(change: string, options: SnapshotOptions = {}): Promise<readonly [string, string]> {
  await db.query(filled);
  const before = await version(options);
  await db.query(change);
  return [before, await version(options)];
}

async function diffOf(change: string, options: DiffOptions = {}, how: SnapshotOptions = {}): Promise<VersionDiff> {
  return diff(...(await around(change, how)), options, { env: {} });
}

describe('versions whose digests agree', () => {
  beforeEach(() => db.query(filled));

  it.each<[string, SnapshotOptions, SnapshotOptions]>([
    ['made alike', {}, {}],
    ['of other files, other codecs, another format', { compression: 'zstd' }, { format: 'csv', shardSize: '1MiB' }],
    ['of which one is split', {}, { split: { a: 0.5, b: 0.5 }, splitKey: 'id' }],
  ])('are the same, and no file is read: %s', async (_, one, other) => {
    const found = await diff(await version(one), await version(other), { key: 'id' }, { env: {} });
    expect(found).toMatchObject({
      ...{ same: true, read: false, schema: [] },
      rows: { added: 0, removed: 0, changed: 0, same: 5000 },
      tables: [{ name: 'orders', same: true, rows: { from: 5000, to: 5000 } }],
    });
  });

  it('also where an order is another one, and where there is no digest, which takes reading', async () => {
    const before = await version({ digest: 'off' });
    await db.query(
      'CREATE TABLE o AS SELECT * FROM orders ORDER BY id DESC; DROP TABLE orders; ALTER TABLE o RENAME TO orders',
    );
    expect(await diff(before, await version(), {}, { env: {} })).toMatchObject({ same: true, read: true });
  });
});

describe('rows that differ', () => {
  const change = `
    UPDATE orders SET price = price + 1, few = 7 WHERE id IN (3, 5);
    UPDATE orders SET few = NULL WHERE id = 8;
    DELETE FROM orders WHERE id > 4990;
    INSERT INTO orders SELECT id + 10000, customer, price, few, at, pair FROM orders WHERE id <= 4`;

  it('are told by a key, with the columns that changed', async () => {
    const found = await diffOf(change, { key: 'id', rows: 2 });
    expect(found).toMatchObject({
      ...{ same: false, read: true, schema: [] },
      from: { rows: 5000 },
      to: { rows: 4994 },
      rows: { added: 4, removed: 10, changed: 3, same: 4987 },
    });
    const [{ columns, samples, key }] = found.tables as [VersionDiff['tables'][number]];
    expect(key).toEqual(['id']);
    expect(columns.filter(({ changed }) => changed! > 0).map(({ name, changed }) => [name, changed])).toEqual([
      ['price', 2],
      ['few', 3],
    ]);
    expect([samples.added.length, samples.removed.length, samples.changed.length]).toEqual([2, 2, 2]);
    for (const { from, to } of samples.changed) {
      expect(from['id']).toBe(to['id']);
      expect(['3', '5', '8']).toContain(from['id']);
      if (from['id'] === '3')
        expect([from, to]).toMatchObject([
          { price: '0.375', few: '0', at: '2024-01-01T00:03:00', pair: '[3,3]' },
          { price: '1.375', few: '7' },
        ]);
      if (from['id'] === '8') expect([from['few'], to['few']]).toEqual(['2', null]);
    }
    for (const row of samples.added) expect(Number(row['id'])).toBeGreaterThan(10_000);
    for (const row of samples.removed) expect(Number(row['id'])).toBeGreaterThan(4990);
  });

  it('without a key are removed and added', async () => {
    const found = await diffOf(change, { rows: 100 });
    expect(found.rows).toEqual({ added: 7, removed: 13, changed: 0, same: 4987 });
    const [{ samples, columns }] = found.tables as [VersionDiff['tables'][number]];
    expect([samples.added.length, samples.removed.length, samples.changed.length]).toEqual([7, 13, 0]);
    expect(
      samples.removed
        .map(({ id }) => Number(id))
        .toSorted((a, b) => a - b)
        .slice(0, 3),
    ).toEqual([3, 5, 8]);
    expect(columns.every(({ changed }) => changed === undefined)).toBe(true);
  });

  it('that come several times are counted as often', async () => {
    const twice =
      'INSERT INTO orders SELECT * FROM orders WHERE id IN (1, 2); INSERT INTO orders SELECT * FROM orders WHERE id = 1';
    expect((await diffOf(twice)).rows).toEqual({ added: 4, removed: 0, changed: 0, same: 5000 });
  });

  it('whose values went to other rows are seen, though no column has others', async () => {
    const swap =
      'UPDATE orders SET customer = (SELECT customer FROM orders o WHERE o.id = 3 - orders.id) WHERE id IN (1, 2)';
    const found = await diffOf(swap, { key: 'id' });
    expect(found.rows).toEqual({ added: 0, removed: 0, changed: 2, same: 4998 });
    expect(found.tables[0]!.columns.filter(({ changed }) => changed! > 0).map(({ name }) => name)).toEqual([
      'customer',
    ]);
  });

  it('by a key of several columns', async () => {
    const found = await diffOf('UPDATE orders SET price = 0 WHERE id = 77', { key: ['customer', 'id'] });
    expect(found.rows).toEqual({ added: 0, removed: 0, changed: 1, same: 4999 });
  });

  it('in splits, partitions and CSV', async () => {
    for (const how of [
      { split: { a: 0.5, b: 0.5 }, splitKey: 'id' },
      { partitionBy: 'few', partitionColumns: 'path' },
      { format: 'csv' },
    ] satisfies SnapshotOptions[]) {
      const table =
        'CREATE TABLE flat AS SELECT id, customer, price, few, at FROM orders; DROP TABLE orders; ALTER TABLE flat RENAME TO orders';
      await db.query(`${filled}; ${table}`);
      const before = await version(how);
      await db.query('UPDATE orders SET few = 2 WHERE id = 4; DELETE FROM orders WHERE id = 9');
      const found = await diff(before, await version(how), { key: 'id' }, { env: {} });
      expect(found.rows).toEqual({ added: 0, removed: 1, changed: 1, same: 4998 });
    }
  });
});

describe('columns that differ', () => {
  it('are told, and rows are compared by the others', async () => {
    const found = await diffOf(
      `ALTER TABLE orders DROP few; ALTER TABLE orders ADD more text; ALTER TABLE orders ALTER id TYPE bigint;
       ALTER TABLE orders ALTER at TYPE date; UPDATE orders SET price = 1 WHERE id = 1`,
      { key: 'id' },
    );
    expect(found.schema).toEqual([
      { table: 'orders', column: 'id', from: 'int32', to: 'int64' },
      { table: 'orders', column: 'few', from: 'int32' },
      { table: 'orders', column: 'at', from: 'timestamp[us]', to: 'date32' },
      { table: 'orders', column: 'more', to: 'utf8' },
    ]);
    expect(found).toMatchObject({ same: false, rows: { added: 0, removed: 0, changed: 1, same: 4999 } });
    expect(found.tables[0]!.compared).toEqual(['id', 'customer', 'price', 'pair']);
  });

  it('alone make versions that are not the same', async () => {
    const found = await diffOf('ALTER TABLE orders ADD more text');
    expect(found).toMatchObject({ same: false, rows: { added: 0, removed: 0, changed: 0, same: 5000 } });
  });

  it('tell how their values lie', async () => {
    const found = await diffOf(`
      UPDATE orders SET price = price * 3 WHERE id % 2 = 0;
      UPDATE orders SET few = NULL WHERE id % 5 = 0;
      UPDATE orders SET customer = 'customer ' || id`);
    const columns = new Map(found.tables[0]!.columns.map((column) => [column.name, column]));
    expect(columns.get('price')).toMatchObject({
      min: { from: '0.125', to: '0.125' },
      max: { from: '625.000', to: '1875.000' },
    });
    expect(columns.get('price')!.psi).toBeGreaterThan(0.25);
    expect(columns.get('few')!.nulls).toEqual({ from: 714, to: 1572 });
    expect(columns.get('few')!.psi).toBeGreaterThan(0.05);
    expect(columns.get('id')).toMatchObject({ psi: 0, nulls: { from: 0, to: 0 }, min: { from: '1', to: '1' } });
    const { from, to } = columns.get('customer')!.distinct;
    expect(from).toBe(50);
    expect(Math.abs(to - 5000) / 5000).toBeLessThan(0.05);
    expect(columns.get('at')!.distinct.from).toBe(columns.get('at')!.distinct.to);
  });

  it('that are redacted tell nothing of their values', async () => {
    const found = await diffOf(
      "UPDATE orders SET customer = 'secret ' || id WHERE id < 4",
      { key: 'id', rows: 5 },
      { redactStats: 'customer' },
    );
    expect(found.rows.changed).toBe(3);
    expect(JSON.stringify(found)).not.toMatch(/secret|customer \d/);
    expect(found.tables[0]!.columns.find(({ name }) => name === 'customer')).toMatchObject({
      changed: 3,
      psi: undefined,
    });
  });
});

describe('chains', () => {
  it('are compared with all that they inherit, and share files', async () => {
    await db.query(filled);
    const out = emptyFolder('chain');
    const options = {
      source: db.url,
      table: 'orders',
      out,
      parent: join(out, 'orders'),
      mode: 'upsert',
      key: 'id',
    } as const;
    await snapshot({ ...options, dataset: 'dataset://orders/a', firstRun: true }, { env: {} });
    await db.query(`UPDATE orders SET price = 0 WHERE id <= 20;
      INSERT INTO orders SELECT id + 5000, customer, price, few, at, pair FROM orders WHERE id > 4970`);
    await snapshot({ ...options, dataset: 'dataset://orders/b' }, { env: {} });
    const [a, b] = ['a', 'b'].map((name) => join(out, 'orders', name)) as [string, string];
    const found = await diff(a, b, {}, { env: {} });
    expect(found).toMatchObject({
      rows: { added: 30, removed: 0, changed: 20, same: 4980 },
      from: { version: 'dataset://orders/a', rows: 5000 },
      to: { version: 'dataset://orders/b', rows: 5030 },
      tables: [{ key: ['id'] }],
    });
    expect(found.files.shared).toBe(found.files.from);
    expect(found.files.to).toBeGreaterThan(found.files.from);
    // All rows, read at once, are those of the chain.
    expect(await diff(b, await version(), { key: 'id' }, { env: {} })).toMatchObject({ same: true });
  });
});

describe('what cannot be', () => {
  it.each<[string, DiffOptions, RegExp]>([
    ['a key that is in no table', { key: 'nothing' }, /^key: no table of both versions has "nothing"/],
    [
      'a key that tells no row apart',
      { key: 'customer' },
      /^key: customer does not tell rows of orders apart: 4,950 rows of the first version/,
    ],
    ['rows that are none', { rows: 'many' }, /^rows: "many" is not allowed/],
    ['too many rows', { rows: 10_001 }, /^rows: 10001 is not allowed \(allowed: a whole number from 0 to 10,000\)/],
    ['no key', { key: '' }, /^key: "" is not allowed/],
  ])('%s is refused', async (_, options, message) => {
    await expect(diffOf('UPDATE orders SET price = 0 WHERE id = 1', options)).rejects.toMatchObject({
      code: 'request.invalid',
      message: expect.stringMatching(message),
    });
  });
});

describe('on the command line', () => {
  it('people read what changed', async () => {
    const [before, after] = await around('UPDATE orders SET price = 9 WHERE id = 4; DELETE FROM orders WHERE id = 10');
    const { code, stdout } = await tidemark(['diff', before, after, '--key', 'id', '--rows', '1']);
    expect(code).toBe(0);
    expect(stdout).toContain('differs: 1 row removed, 1 changed\n');
    expect(stdout).toMatch(/^ {2}column +changed +NULL +distinct, about +psi +smallest +largest$/m);
    expect(stdout).toMatch(/^ {2}price +1 +0 +/m);
    expect(stdout).toMatch(/^ {2}- id=10, /m);
    expect(stdout).toMatch(/^ {2}~ id=4, .*price=0\.500 → 9\.000/m);
    const same = await tidemark(['diff', before, before]);
    expect([same.code, same.stdout]).toEqual([0, expect.stringMatching(/^the same rows\n/)]);
  });

  it('programs get it all', async () => {
    const [before, after] = await around('DELETE FROM orders WHERE id = 10');
    const { code, stdout } = await tidemark(['diff', before, after, '--json']);
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      { same: false, rows: { added: 0, removed: 1, changed: 0 }, schema: [] },
    ]);
  });

  it('what is missing is said', async () => {
    const { code, stderr } = await tidemark(['diff', '/tmp']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('diff: TO is missing')]);
    expect(stderr).toContain('tidemark diff ./outputs/customers/2024-q1 ./outputs/customers/2024-q2. ');
  });
});
