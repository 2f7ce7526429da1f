import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { digestByPython, skipWithoutPython } from '../readers/digest.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { type CliOptions, emptyFolder, type Snapshot, snapshotJson, tidemarkHere as tidemark } from '../support/cli.js';

interface Told {
  readonly digest?: string;
  readonly facts: { readonly sum?: string; readonly columns: readonly { readonly sum?: string }[] };
}
interface Version {
  readonly digest: string;
  readonly tables: readonly (Told & { readonly targets: readonly (Told & { readonly shards: readonly Told[] })[] })[];
}

async function make(url: string, args: readonly string[], options: CliOptions = {}): Promise<Snapshot> {
  const fixed = ['--dataset', 'dataset://same/v1', '--out', emptyFolder('digest')];
  return snapshotJson([...fixed, ...args], { ...options, env: { TIDEMARK_SOURCE: url, ...options.env } });
}

function versionOf({ location }: Snapshot): Version {
  const manifest = JSON.parse(readFileSync(join(location, '_manifest.v1.json'), 'utf8')) as { version: Version };
  return manifest.version;
}

const columns = `i AS id, (i % 1000)::smallint AS small, sqrt(i)::real AS single, sqrt(i) AS double,
  (i * 1.37)::numeric(15,2) AS price, i % 2 = 0 AS flag, md5(i::text) AS hash, (md5(i::text))::uuid AS uuid,
  date '2000-01-01' + i % 9000 AS day, timestamptz '2001-02-03 04:05:06+01' + i * interval '7 min' AS seen,
  decode(md5(i::text), 'hex') AS raw, jsonb_build_object('i', i, 't', md5(i::text)) AS doc,
  make_interval(days => i % 50, secs => i % 1000) AS age, array[i, NULL, i + 1] AS list,
  CASE WHEN i % 3 > 0 THEN repeat('x', i % 300) END AS pad`;
const makeTable = (name: string, rows = 40_000): string =>
  `CREATE TABLE ${name} AS SELECT ${columns} FROM generate_series(1, ${rows}) i`;

describe('the digest of a table', { timeout: 120_000 }, () => {
  let database: FreshDatabase;
  let digest: string;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    await database.query(makeTable('events'));
    ({ digest } = await make(database.url, ['--table', 'events', '--lanes', '1']));
  });

  it('stands in the manifest, and its sums add up', async () => {
    const version = versionOf(await make(database.url, ['--table', 'events', '--shard-size', '2MiB']));
    const [table] = version.tables;
    const [target] = table!.targets;
    expect(digest).toMatch(/^td1:[0-9a-f]{32}$/);
    expect([version.digest, table!.digest, target!.digest]).toEqual([digest, digest, digest]);
    expect(target!.shards.length).toBeGreaterThan(2);
    const halves = (text: string): bigint[] => [`0x${text.slice(0, 16)}`, `0x${text.slice(16)}`].map(BigInt);
    const total = target!.shards
      .map(({ facts }) => halves(facts.sum!))
      .reduce(([a, b], [c, d]) => [BigInt.asUintN(64, a! + c!), BigInt.asUintN(64, b! + d!)]);
    expect(halves(table!.facts.sum!)).toEqual(total);
    expect(table!.facts.columns.every(({ sum }) => /^[0-9a-f]{32}$/.test(sum!))).toBe(true);
  });

  it.each<[string, readonly string[]]>([
    ['2 lanes', ['--lanes', '2']],
    ['7 lanes', ['--lanes', '7']],
    ['many shards', ['--shard-size', '1MiB']],
    ['one file', ['--shard-size', '1GiB']],
    ['the cursor', ['--via', 'cursor']],
    ...['zstd', 'gzip', 'lz4_raw', 'none'].map((codec): [string, string[]] => [codec, ['--compression', codec]]),
  ])('is the same with %s', async (_, args) => {
    expect((await make(database.url, ['--table', 'events', ...args])).digest).toBe(digest);
  });

  it('of a million rows is that which the second implementation computes', async (context) => {
    await skipWithoutPython(context);
    await database.query(`CREATE TABLE million AS SELECT i AS id, (i * 1.37)::numeric(15,2) AS price, md5(i::text) AS hash, date '2000-01-01' + i % 9000 AS day,
      CASE WHEN i % 3 > 0 THEN i % 50 END AS few, sqrt(i) AS root FROM generate_series(1, 1000000) i`);
    const made = await make(database.url, ['--table', 'million']);
    const files = made.shards.map(({ path }) => join(made.location, path));
    expect(await digestByPython(files)).toMatchObject({ rows: 1_000_000, digest: made.digest });
  });

  it('is that of a query that gives the same rows, in another order', async () => {
    const query = ['--query', 'SELECT * FROM events ORDER BY hash', '--name', 'q-{version}-{index}'];
    expect((await make(database.url, query)).digest).toBe(digest);
  });

  it('is the same when the server has rewritten the table', async () => {
    await database.query(
      'CREATE TABLE moved AS TABLE events; CREATE INDEX by_hash ON moved (hash); CLUSTER moved USING by_hash',
    );
    expect((await make(database.url, ['--table', 'moved'])).digest).toBe(digest);
    await database.query('DELETE FROM moved WHERE id % 2 = 0; INSERT INTO moved SELECT * FROM events WHERE id % 2 = 0');
    expect((await make(database.url, ['--table', 'moved'])).digest).toBe(digest);
    await database.query('VACUUM FULL moved');
    expect((await make(database.url, ['--table', 'moved'])).digest).toBe(digest);
  });

  it('is the same on PostgreSQL 14', async () => {
    const other = await freshDatabase(inject('postgres14'));
    await other.query(makeTable('events'));
    expect((await make(other.url, ['--table', 'events'])).digest).toBe(digest);
  });

  it('is the same when columns become wider, and another one when they mean another thing', async () => {
    await database.query(`CREATE TABLE wider AS TABLE events;
      ALTER TABLE wider ALTER small TYPE bigint, ALTER price TYPE numeric(30,6)`);
    expect((await make(database.url, ['--table', 'wider'])).digest).toBe(digest);
    await database.query('ALTER TABLE wider ALTER small TYPE text');
    expect((await make(database.url, ['--table', 'wider'])).digest).not.toBe(digest);
  });

  it.each<[string, string]>([
    ...[
      ['a bigint', 'small = small + 1'],
      ['a real', 'single = single + 0.5'],
      ['a numeric', 'price = price + 0.01'],
      ['a bool', 'flag = NOT flag'],
      ['a text', "hash = hash || ' '"],
      ['a uuid', 'uuid = md5(hash)::uuid'],
      ['a date', 'day = day + 1'],
      ['a timestamp', "seen = seen + interval '1 microsecond'"],
      ['a bytea', "raw = raw || '\\x00'"],
      ['a jsonb', `doc = doc || '{"n": 1}'`],
      ['an interval', "age = age + interval '1 day'"],
      ['an array', 'list = list || NULL::int'],
      ['a text to NULL', 'hash = NULL'],
      ['a NULL to an empty text', "pad = ''"],
    ].map(([what, change]): [string, string] => [what!, `UPDATE changed SET ${change} WHERE id = 17999`]),
    ['a row doubled', 'INSERT INTO changed SELECT * FROM events WHERE id = 3'],
    ['a row gone', 'DELETE FROM changed WHERE id = 3'],
    ['a column renamed', 'ALTER TABLE changed RENAME hash TO hashed'],
    ['a column of NULLs more', 'ALTER TABLE changed ADD nothing int'],
  ])('is another one with %s', async (_, change) => {
    await database.query(
      `DROP TABLE IF EXISTS changed; CREATE TABLE changed AS SELECT * FROM events WHERE id < 100 OR id = 17999; UPDATE changed SET pad = NULL WHERE id = 17999`,
    );
    const before = (await make(database.url, ['--table', 'changed'])).digest;
    await database.query(change);
    expect((await make(database.url, ['--table', 'changed'])).digest).not.toBe(before);
  });

  it('is another one when two rows swap a value; no column’s sum is', async () => {
    await database.query(`DROP TABLE IF EXISTS changed; CREATE TABLE changed AS TABLE events;
      UPDATE changed a SET price = b.price FROM events b WHERE (a.id, b.id) IN ((5, 6), (6, 5))`);
    const [events, changed] = await Promise.all(
      ['events', 'changed'].map((table) => make(database.url, ['--table', table])),
    );
    expect(changed!.digest).not.toBe(digest);
    const sums = [events!, changed!].map((one) => versionOf(one).tables[0]!.facts.columns.map(({ sum }) => sum));
    expect(sums[1]).toEqual(sums[0]);
  });

  it('is not computed with --digest off, and the manifest says so', async () => {
    const made = await make(database.url, ['--table', 'events', '--digest', 'off']);
    const version = versionOf(made);
    expect([made.digest, version.digest, version.tables[0]!.digest]).toEqual(['off', 'off', undefined]);
    expect(JSON.stringify(version)).not.toContain('"sum"');
    expect((await tidemark(['verify', made.location])).code).toBe(0);
    expect((await tidemark(['show', made.location])).stdout).toMatch(/digest\s+off: not computed/);
  });

  it('of redacted columns no sums are told', async () => {
    const version = versionOf(await make(database.url, ['--table', 'events', '--redact-stats', 'small,flag']));
    const told = version.tables[0]!.facts.columns.map(({ sum }) => sum !== undefined);
    expect(told.flatMap((is, index) => (is ? [] : [index]))).toEqual([1, 5]);
    expect(version.digest).toBe(digest);
  });

  it('of a table without rows is that of its schema', async () => {
    await database.query('CREATE TABLE nothing (LIKE events); CREATE TABLE nothing_else (id int)');
    const made = await make(database.url, ['--table', 'nothing']);
    expect(versionOf(made).tables[0]!.facts.sum).toBe('0'.repeat(32));
    expect((await make(database.url, ['--table', 'nothing_else'])).digest).not.toBe(made.digest);
    expect((await tidemark(['verify', made.location])).code).toBe(0);
  });
});
