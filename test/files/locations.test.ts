import { cpSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { queryDuckdb } from '../readers/index.js';
import { emptyFolder, tidemark } from '../support/cli.js';
import { adopt, hashesIn, verify, versionOf } from './foreign.js';

const folder = emptyFolder('locations');
const plain = join(folder, 'plain');

/** Files of so many rows each, as an engine leaves them. */
async function writeFiles(
  place: string,
  counts: readonly number[],
  columns = 'i AS id, i % 7 AS owner',
): Promise<void> {
  mkdirSync(place, { recursive: true });
  for (const [index, count] of counts.entries()) {
    const rows = `SELECT ${columns} FROM range(${index * 1000}, ${index * 1000 + count}) numbers(i)`;
    await queryDuckdb(`COPY (${rows}) TO '${place}/000${index}_part_00.parquet' (FORMAT parquet)`);
  }
}

const refused = (location: string, options = {}): Promise<unknown> =>
  adopt(location, options).then(
    () => 'adopted',
    (error: unknown) => error,
  );

beforeAll(() => writeFiles(plain, [100, 0, 50]));

describe('a folder', () => {
  it('is one table with its name, of all Parquet files in it', async () => {
    const odd = join(folder, 'My orders, 2024');
    cpSync(plain, join(odd, 'deeper'), { recursive: true });
    cpSync(join(plain, '0000_part_00.parquet'), join(odd, 'first.parquet'));
    for (const name of ['_SUCCESS', '_metadata', '.part.parquet.crc', 'notes.txt', '_temporary.parquet'])
      writeFileSync(join(odd, name), 'no rows');
    const made = await adopt(odd);
    expect(versionOf(made).tables.map(({ name, facts }) => [name, facts.rows])).toEqual([['My-orders-2024', 250]]);
    expect(made.shards).toHaveLength(4);
    expect(await verify(made.location)).toMatchObject({ valid: true });
  });

  it('of one file, and the file itself, are the same', async () => {
    const file = join(plain, '0000_part_00.parquet');
    const made = await adopt(file);
    expect(made).toMatchObject({ rows: 100 });
    expect(versionOf(made).tables[0]).toMatchObject({ name: '0000_part_00' });
    expect(made.shards.map(({ sha256 }) => sha256)).toEqual([hashesIn(plain)[0]]);
  });

  it('that is not there, or has no files, is refused', async () => {
    expect(await refused(join(folder, 'nowhere'))).toMatchObject({
      code: 'request.invalid',
      message: expect.stringMatching(/^location: there is nothing at /),
    });
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    writeFileSync(join(empty, 'rows.csv'), 'a,b\n');
    expect(await refused(empty)).toMatchObject({
      code: 'request.invalid',
      message: expect.stringMatching(/no file below .* ends in \.parquet/),
    });
  });

  it('whose files differ in their columns is refused, with both files and the column', async () => {
    const mixed = join(folder, 'mixed');
    cpSync(plain, mixed, { recursive: true });
    await queryDuckdb(`COPY (SELECT 1::BIGINT AS id, 'x' AS owner) TO '${mixed}/0009.parquet' (FORMAT parquet)`);
    expect(await refused(mixed)).toMatchObject({
      code: 'request.invalid',
      message:
        'location: column 2 is "owner" INT64 in 0000_part_00.parquet, and "owner" BYTE_ARRAY STRING in 0009.parquet',
    });
  });

  it('whose folders say what files do not is refused', async () => {
    const hive = join(folder, 'hive');
    cpSync(plain, join(hive, 'day=2024-01-01'), { recursive: true });
    expect(await refused(hive)).toMatchObject({
      code: 'request.invalid',
      message: expect.stringMatching(
        /the folders of day=2024-01-01.*parquet say what the file does not, the column "day"/,
      ),
    });
  });

  it('whose folders say what files say too is taken', async () => {
    const hive = join(folder, 'hive-whole');
    for (const day of ['2024-01-01', '2024-01-02']) {
      mkdirSync(join(hive, `day=${day}`), { recursive: true });
      await queryDuckdb(
        `COPY (SELECT i AS id, DATE '${day}' AS day FROM range(10) t(i)) TO '${hive}/day=${day}/0000_part_00.parquet' (FORMAT parquet)`,
      );
    }
    const made = await adopt(hive);
    expect(made.rows).toBe(20);
    expect((await verify(made.location)).findings).toEqual([]);
  });

  it.each<[string, (path: string) => void, RegExp]>([
    [
      'is cut short',
      (path) => truncateSync(path, statSync(path).size - 5),
      /^0000_part_00\.parquet: the Parquet file cannot be read/,
    ],
    [
      'is no Parquet file',
      (path) => writeFileSync(path, 'PAR1 and nothing more'),
      /^0000_part_00\.parquet: the Parquet file cannot be read/,
    ],
    ['is empty', (path) => writeFileSync(path, ''), /^0000_part_00\.parquet is empty: 0 bytes/],
    ['is damaged', damage, /^0000_part_00\.parquet: the Parquet file cannot be read: row group 0, column/],
  ])('with a file that %s makes no version', async (what, harm, message) => {
    const harmed = join(folder, `harmed ${what}`);
    cpSync(plain, harmed, { recursive: true });
    harm(join(harmed, '0000_part_00.parquet'));
    expect(await refused(harmed)).toMatchObject({
      code: 'verification.failed',
      message: expect.stringMatching(message),
    });
  });
});

/** The bytes of its first column. */
function damage(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0xff, 4, 60);
  writeFileSync(path, bytes);
}

describe('an UNLOAD of Redshift', () => {
  const unload = (
    name: string,
    change: (entries: Entry[]) => object = (entries) => ({ entries, meta: metaOf(entries) }),
  ): string => {
    const place = join(folder, name);
    cpSync(plain, place, { recursive: true });
    const entries = [100, 0, 50].map((rows, index) => {
      const url = join(place, `000${index}_part_00.parquet`);
      return { url, meta: { content_length: statSync(url).size, record_count: rows } };
    });
    writeFileSync(join(place, 'orders_manifest'), JSON.stringify(change(entries)));
    return place;
  };
  interface Entry {
    url: string;
    meta: { content_length: number; record_count: number };
  }
  const metaOf = (entries: readonly Entry[]): object => ({
    content_length: entries.reduce((sum, { meta }) => sum + meta.content_length, 0),
    record_count: entries.reduce((sum, { meta }) => sum + meta.record_count, 0),
  });

  it('is what its manifest lists, and no other file', async () => {
    const place = unload('unload');
    cpSync(join(place, '0000_part_00.parquet'), join(place, 'other.parquet'));
    for (const location of [place, join(place, 'orders_manifest')]) {
      const made = await adopt(location);
      expect(made.rows).toBe(150);
      expect(made.shards).toHaveLength(3);
    }
  });

  it.each<[string, (entries: Entry[]) => object, string]>([
    [
      'of another number of rows',
      ([first, ...others]) => ({ entries: [{ ...first!, meta: { ...first!.meta, record_count: 99 } }, ...others] }),
      '0000_part_00.parquet has 100 rows, and its engine tells 99',
    ],
    [
      'of another size',
      ([first, ...others]) => ({ entries: [{ ...first!, meta: { ...first!.meta, content_length: 7 } }, ...others] }),
      '0000_part_00.parquet has 1064 bytes, and its engine tells 7',
    ],
    [
      'that does not add up',
      (entries) => ({ entries, meta: { content_length: 1, record_count: 151 } }),
      'the manifest of UNLOAD tells 151 rows, and its entries 150 together',
    ],
    [
      'of a file that is gone',
      ([first, ...others]) => ({ entries: [{ ...first!, url: `${first!.url}.gone` }, ...others] }),
      '0000_part_00.parquet.gone is listed, and is not there',
    ],
  ])('with a manifest %s makes no version', async (what, change, message) => {
    const error = await refused(unload(`unload ${what}`, change));
    expect(error).toMatchObject({
      code: 'verification.failed',
      message: message.replace(/1064/, String(statSync(join(plain, '0000_part_00.parquet')).size)),
    });
  });
});

describe('an export of RDS', () => {
  const status = (target: string, more: object = {}): object => ({ target, status: 'COMPLETE', sizeGB: 0, ...more });
  const exported = async (name: string, tables: readonly object[], info: object = {}): Promise<string> => {
    const place = join(folder, name);
    await writeFiles(join(place, 'shop', 'public.orders', '1'), [10, 20]);
    await writeFiles(join(place, 'shop', 'public.people', '1'), [5], "i AS id, 'x' AS name");
    writeFileSync(join(place, 'export_info_nightly.json'), JSON.stringify({ status: 'COMPLETE', ...info }));
    const file = join(place, 'export_tables_info_nightly_from_1_to_2.json');
    writeFileSync(file, JSON.stringify({ perTableStatus: tables }));
    return place;
  };
  const both = [status('shop.public.orders'), status('shop.public.people')];

  it('of MySQL has no schemas', async () => {
    const place = join(folder, 'mysql');
    await writeFiles(join(place, 'shop', 'shop.orders', '1'), [10, 20]);
    writeFileSync(join(place, 'export_info_nightly.json'), JSON.stringify({ status: 'COMPLETE' }));
    const file = join(place, 'export_tables_info_nightly_from_1_to_1.json');
    writeFileSync(file, JSON.stringify({ perTableStatus: [status('shop.orders')] }));
    expect(versionOf(await adopt(place)).tables[0]).toMatchObject({ name: 'orders', facts: { rows: 30 } });
  });

  it('is all tables that it lists, or those that are asked for', async () => {
    const place = await exported('export', both);
    const all = await adopt(place);
    expect(versionOf(all).tables.map(({ name, facts }) => [name, facts.rows])).toEqual([
      ['orders', 30],
      ['people', 5],
    ]);
    expect(await verify(all.location)).toMatchObject({ valid: true });
    expect(versionOf(await adopt(place, { table: 'people' })).tables.map(({ name }) => name)).toEqual(['people']);
    expect(await refused(place, { table: 'persons' })).toMatchObject({
      code: 'request.invalid',
      message: 'table: there is no table "persons"',
      hint: 'Tables: shop.public.orders, shop.public.people.',
    });
  });

  it.each<[string, readonly object[], object, string]>([
    ['has not ended', both, { status: 'IN_PROGRESS' }, 'the export is IN_PROGRESS, and not COMPLETE'],
    [
      'has a table that failed',
      [status('shop.public.orders', { status: 'FAILED' })],
      {},
      'the table shop.public.orders is FAILED, and not COMPLETE',
    ],
    [
      'lists a table without files',
      [...both, status('shop.public.odd name')],
      {},
      'the table shop.public.odd name is listed, and has no files',
    ],
    ['lists nothing', [], {}, 'the export lists no tables'],
  ])('that %s makes no version', async (what, tables, info, message) => {
    expect(await refused(await exported(`export ${what}`, tables, info))).toMatchObject({
      code: 'verification.failed',
      message,
    });
  });
});

describe('what is asked for', () => {
  it.each<[string, object]>([
    ['parts', { split: { train: 0.8, test: 0.2 }, splitKey: 'owner' }],
    ['partitions', { partitionBy: 'owner' }],
    ['CSV', { format: 'csv' }],
    ['another shard size', { shardSize: '1KiB' }],
  ])('%s: files are written anew, with the same rows', async (_, options) => {
    const kept = await adopt(plain);
    const anew = await adopt(plain, options);
    expect(versionOf(anew).kept).toBeUndefined();
    expect(anew).toMatchObject({ rows: 150, digest: kept.digest });
    expect(await verify(anew.location)).toMatchObject({ valid: true });
  });

  it('a mask and a limit hold', async () => {
    const made = await adopt(plain, { mask: { owner: 'null' }, limit: 120 });
    expect(made.rows).toBe(120);
    const [ids, owners] = await queryDuckdb(
      `SELECT id, owner FROM read_parquet('${made.location}/**/*.parquet') ORDER BY id`,
    );
    expect(ids!.values.slice(0, 2)).toEqual(['0', '1']);
    expect(new Set(owners!.values)).toEqual(new Set([null]));
  });

  it('expectations are looked at, and keys that come twice are found', async () => {
    expect(await adopt(plain, { expect: { unique: [['id']], rows: { min: 150 } } })).toMatchObject({ rows: 150 });
    expect(await refused(plain, { expect: { unique: [['owner']] } })).toMatchObject({ code: 'data.expectations' });
  });

  it('the command says what it made, and how it is made again', async () => {
    const out = emptyFolder('out');
    const run = await tidemark(['adopt', plain, '--dataset', 'dataset://orders/1', '--out', out]);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain('created dataset://orders/1');
    const shown = await tidemark(['show', join(out, 'orders', '1')]);
    expect(shown.stdout).toContain(`tidemark adopt ${plain} --table plain --dataset dataset://orders/1`);
    expect((await tidemark(['adopt', plain, '--query', 'SELECT 1'])).code).toBe(2);
  });
});
