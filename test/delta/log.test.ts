import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type * as Library from '../../src/index.js';
import { Chain } from '../incremental/chain.js';
import { readersEnvironment } from '../readers/python.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';

const { delta } = (await import(new URL('../../dist/index.js', import.meta.url).href)) as typeof Library;
const script = new URL('../readers/delta.py', import.meta.url).pathname;
const { bin, reason } = await readersEnvironment();

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
});
afterAll(() => database.drop());

interface Read {
  readonly versions: readonly {
    readonly rows: readonly (readonly (string | null)[])[];
    readonly columns: readonly string[];
    readonly same?: boolean;
  }[];
  readonly operation: string;
  readonly partitions: readonly string[];
}

/**
 * The table, by a reader of Delta tables.
 * @param columns whose values are told; rows are sorted by the first
 * @param chain whose files each version of it is compared with
 */
async function read(location: string, columns: string, chain?: Chain): Promise<Read> {
  const files: string[] = [];
  const expected = (chain?.made ?? []).map((made, version) => {
    files.push(...made.shards.map(({ path }) => join(made.location, path)));
    return `${version}=${files.join(',')}`;
  });
  const { stdout } = await execa(join(bin!, 'python'), [script, location, columns, ...expected]);
  return JSON.parse(stdout) as Read;
}

const logIn = (folder: string): Record<string, string> => {
  const log = join(folder, '_delta_log');
  return Object.fromEntries(readdirSync(log).map((name) => [name, readFileSync(join(log, name), 'utf8')]));
};

describe.skipIf(bin === undefined)(`the log of a chain, read by deltalake ${reason}`, () => {
  it('has a version for each of the chain, with all types that there are, and grows', async () => {
    await database.query(`CREATE TABLE t AS SELECT i AS id, i::smallint AS small, i::bigint * 4000000000 AS big, i / 7.0::real AS single,
        i / 3.0::float8 AS double, (i * 1.01)::numeric(38,10) AS exact, i % 2 = 0 AS flag, 'é ' || i AS text, '\\x00ff'::bytea AS bytes,
        date '1969-12-31' + i AS day, timestamptz '2024-01-01 00:00:00.123456+02' + i * interval '1 h' AS at,
        timestamp '2024-01-01 00:00:00.000001' - i * interval '1 h' AS local, jsonb_build_object('a', i) AS doc,
        nullif(i % 3, 0) AS gap, ARRAY[i, NULL, -i] AS list FROM generate_series(1, 50) i`);
    const chain = new Chain(database.url, { table: 't', schema: 'evolve' });
    await chain.next();
    const first = await delta(chain.folder);
    expect(first).toEqual({ location: chain.folder, versions: [chain.made[0]!.version], written: 1, replaced: false });
    const before = logIn(chain.folder);
    await database.query(`INSERT INTO t (id, small) VALUES (51, 1)`);
    await chain.next();
    await database.query(`ALTER TABLE t ADD COLUMN extra text; INSERT INTO t (id, extra) VALUES (52, 'new')`);
    await chain.next();
    expect(await delta(chain.folder)).toMatchObject({ written: 2, replaced: false });
    expect(logIn(chain.folder)).toMatchObject(before);
    expect((await delta(chain.folder)).written).toBe(0);
    const { versions, operation } = await read(chain.folder, 'id', chain);
    expect(versions.map(({ rows, same }) => [rows.length, same])).toEqual([
      [50, true],
      [51, true],
      [52, true],
    ]);
    expect(versions.map(({ columns }) => columns.includes('extra'))).toEqual([false, false, true]);
    expect(operation).toBe('WRITE');
    // It lies outside of every version, and can be made again.
    for (const { location } of chain.made) expect((await chain.verify(location)).findings).toEqual([]);
    const all = logIn(chain.folder);
    rmSync(join(chain.folder, '_delta_log'), { recursive: true });
    expect((await delta(chain.made.at(-1)!.location)).written).toBe(3);
    expect(logIn(chain.folder)).toEqual(all);
    const temporary = readdirSync(join(chain.folder, '_delta_log')).filter((name) => name.startsWith('.'));
    expect(temporary).toEqual([]);
  });

  it('of partitions whose columns stand in paths alone, of a split, and of names that URLs have no place for', async () => {
    await database.query(`CREATE TABLE p AS SELECT i AS id, (ARRAY['a b', '50%', 'x=y/z', NULL, 'é'])[1 + i % 5] AS place,
        date '2024-01-01' + i % 2 AS day FROM generate_series(0, 199) i`);
    const options = {
      table: 'p',
      partitionBy: ['place', 'day'],
      partitionColumns: 'path',
      split: 'train=0.8,test=0.2',
    };
    const chain = new Chain(database.url, { ...options, splitKey: ['id'] } as object);
    await chain.next();
    await database.query(`INSERT INTO p VALUES (200, 'a b', '2024-01-05')`);
    await chain.next();
    await delta(chain.folder);
    const { versions, partitions } = await read(chain.folder, 'id,place,day,split');
    expect(partitions).toEqual(['split', 'place', 'day']);
    expect(versions.map(({ rows }) => rows.length)).toEqual([200, 201]);
    const rows = (await database.query(`SELECT id::text, place, day::text FROM p ORDER BY p.id`)) as unknown as {
      id: string;
      place: string | null;
      day: string;
    }[];
    const newest = versions[1]!.rows;
    expect(newest.map((row) => row.slice(0, 3))).toEqual(rows.map(({ id, place, day }) => [id, place, day]));
    expect(new Set(newest.map((row) => row[3]))).toEqual(new Set(['train', 'test']));
  });

  it('asks readers for what a column needs that came later, whatever others are called', async () => {
    await database.query(`CREATE TABLE n AS SELECT 1 AS id, 'a'::text AS timestamp_ntz`);
    const chain = new Chain(database.url, { table: 'n', schema: 'evolve' });
    await chain.next();
    await database.query(`ALTER TABLE n ADD COLUMN local timestamp; INSERT INTO n VALUES (2, 'b', '2024-01-01')`);
    await chain.next();
    await delta(chain.folder);
    const protocols = Object.values(logIn(chain.folder)).map((content) => /"minReaderVersion":\d/.exec(content)?.[0]);
    expect(protocols).toEqual(['"minReaderVersion":1', '"minReaderVersion":3']);
    expect((await read(chain.folder, 'id,local')).versions[1]!.rows).toEqual([
      ['1', null],
      ['2', '2024-01-01 00:00:00'],
    ]);
  });

  it('of a merged chain begins anew: with it, rows are replaced and gone', async () => {
    await database.query(`CREATE TABLE u AS SELECT i AS id, 'a' AS v FROM generate_series(1, 20) i`);
    const chain = new Chain(database.url, { table: 'u', mode: 'upsert', key: ['id'], deletes: 'scan' } as object);
    await chain.next();
    await delta(chain.folder);
    await database.query(`UPDATE u SET v = 'b' WHERE id < 5; DELETE FROM u WHERE id = 20`);
    await chain.next();
    const error = await delta(chain.folder).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'request.invalid', hint: expect.stringContaining('tidemark compact') });
    await chain.compact();
    expect(await delta(chain.folder)).toMatchObject({ written: 1, replaced: true });
    const { versions } = await read(chain.folder, 'id');
    expect(versions.map(({ rows }) => rows.length)).toEqual([19]);
  });
});

it('is refused for what is no such table, and where somebody else has written', async () => {
  await database.query(`CREATE TABLE r AS SELECT 1 AS id, time '10:00' AS span, uuid '00000000-0000-0000-0000-000000000001' AS name;
    CREATE TABLE s AS SELECT 1 AS id`);
  const refused = async (location: string, options = {}): Promise<string> => {
    const error = await delta(location, options).catch((thrown: unknown) => thrown as Library.TidemarkError);
    return error instanceof Error ? `${error.code}: ${error.message}` : 'not refused';
  };
  const foreign = new Chain(database.url, { table: 'r' });
  await foreign.next();
  expect(await refused(foreign.folder)).toBe(
    'request.invalid: delta: a Delta table has no type for span (time64[us]), name (uuid)',
  );
  await database.query(`CREATE TABLE twice AS SELECT 1 AS id, 'a' AS "A", 'b' AS a`);
  const twice = new Chain(database.url, { table: 'twice' });
  await twice.next();
  expect(await refused(twice.folder)).toContain('the columns "A" and "a" have the same name');
  await database.query(`INSERT INTO twice VALUES (2)`);
  await twice.next();
  expect(await refused(twice.made[0]!.location)).toContain('another version goes on from dataset://events/n0001');
  const csv = new Chain(database.url, { table: 's', format: 'csv' } as object);
  await csv.next();
  expect(await refused(csv.folder)).toContain('are csv');
  const several = new Chain(database.url, { tables: { r: { table: 'r' }, s: { table: 's' } } } as object);
  await several.next();
  expect(await refused(several.folder)).toContain('has 2 tables');
  expect(await refused(several.folder, { table: 'x' })).toContain('has no table "x"');
  expect(await delta(several.folder, { table: 's' })).toMatchObject({ written: 1 });
  const log = join(several.folder, '_delta_log');
  writeFileSync(join(log, '00000000000000000001.json'), '{"commitInfo":{"engineInfo":"other"}}\n');
  expect(await refused(several.folder, { table: 's' })).toContain('00000000000000000001.json');
  expect(statSync(join(log, '00000000000000000000.json')).size).toBeGreaterThan(0);
  rmSync(join(several.made[0]!.location, several.made[0]!.shards.find(({ path }) => path.startsWith('s/'))!.path));
  rmSync(log, { recursive: true });
  expect(await refused(several.folder, { table: 's' })).toContain('is not in');
});
