import { cpSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { queryDuckdb } from '../readers/index.js';
import { emptyFolder } from '../support/cli.js';
import { adopt, filesIn, hashesIn, verify, versionOf } from './foreign.js';

const folder = emptyFolder('partitions');
const hive = join(folder, 'hive');

const rows = `SELECT i AS id, ['DE', 'F/R %', 'a=b', 'ü', NULL][1 + i % 5] AS country, DATE '2024-01-01' + (i % 2)::INT AS day,
  i % 3 = 0 AS paid, (i % 4 - 1)::INT AS grade, (i / 2)::DECIMAL(9,1) AS price, repeat('x', (i % 3)::INT) AS word FROM range(2000) numbers(i)`;

const partitioned = (place: string, by: readonly string[], query = rows): Promise<unknown> =>
  queryDuckdb(
    `COPY (${query}) TO '${place}' (FORMAT parquet, PARTITION_BY (${by.join(', ')}), WRITE_PARTITION_COLUMNS true)`,
  );

beforeAll(() => partitioned(hive, ['country', 'day']));

const refused = (location: string, options: Parameters<typeof adopt>[1]): Promise<unknown> =>
  adopt(location, options).then(
    () => 'adopted',
    (error: unknown) => error,
  );

describe('folders of another engine', () => {
  it.each<[string, readonly string[]]>([
    ['texts and dates', ['country', 'day']],
    ['booleans', ['paid']],
    ['numbers', ['grade', 'paid']],
    ['texts of which some are empty', ['word']],
  ])('of %s stay partitions, file by file', async (name, by) => {
    const place = join(folder, name);
    await partitioned(place, by);
    const partitionBy = [...by];
    const kept = await adopt(place, { partitionBy });
    expect(versionOf(kept).kept).toEqual({ codecs: ['SNAPPY'] });
    expect(kept.shards.map(({ sha256 }) => sha256).toSorted()).toEqual(hashesIn(place).toSorted());
    expect(await verify(kept.location)).toMatchObject({ valid: true, findings: [] });
    const anew = await adopt(place, { partitionBy, compression: 'zstd' });
    expect(versionOf(anew).kept).toBeUndefined();
    const places = ({ shards }: typeof kept): readonly string[] => [
      ...new Set(shards.map(({ path }) => path.slice(0, path.lastIndexOf('/')))),
    ];
    expect([kept.rows, kept.digest, places(kept)]).toEqual([2000, anew.digest, places(anew)]);
  });

  it('hold several files, which are counted in each', async () => {
    const place = join(folder, 'several');
    cpSync(hive, place, { recursive: true });
    const day = join(place, 'country=DE', 'day=2024-01-01');
    await queryDuckdb(
      `COPY (SELECT * REPLACE (id + 9000 AS id) FROM '${day}/data_0.parquet') TO '${day}/more.parquet' (FORMAT parquet)`,
    );
    const { shards, rows: count } = await adopt(place, { partitionBy: ['country', 'day'] });
    expect(count).toBe(2200);
    expect(shards.filter(({ path }) => path.startsWith('country=DE/')).map(({ path }) => path)).toEqual([
      'country=DE/day=2024-01-01/adopted-1--country-DE--day-2024-01-01-00000.parquet',
      'country=DE/day=2024-01-01/adopted-1--country-DE--day-2024-01-01-00001.parquet',
      'country=DE/day=2024-01-02/adopted-1--country-DE--day-2024-01-02-00000.parquet',
    ]);
  });

  it.each<[string, Parameters<typeof adopt>[1]]>([
    ['in another order', { partitionBy: ['day', 'country'] }],
    ['of fewer columns', { partitionBy: ['country'] }],
    ['of other columns', { partitionBy: ['grade'] }],
    ['of months', { partitionBy: ['country', 'day:month'] }],
    ['that alone have the column', { partitionBy: ['country', 'day'], partitionColumns: 'path', limit: 10 }],
    ['of parts', { partitionBy: ['country', 'day'], split: { a: 0.5, b: 0.5 }, splitKey: 'id' }],
  ])('that are wanted %s are written anew', async (_, options) => {
    const made = await adopt(hive, options);
    expect(versionOf(made).kept).toBeUndefined();
    expect(await verify(made.location)).toMatchObject({ valid: true, findings: [] });
  });

  it('are told by numbers, and where a number has several texts rows are written anew', async () => {
    const place = join(folder, 'prices');
    await partitioned(place, ['price'], `SELECT * FROM (${rows}) LIMIT 40`);
    const made = await adopt(place, { partitionBy: 'price' });
    expect(versionOf(made).kept).toBeUndefined();
    expect(made.rows).toBe(40);
  });

  it('of which one has rows of another make no version', async () => {
    const place = join(folder, 'wrong');
    cpSync(hive, place, { recursive: true });
    const [de, fr] = ['DE', 'F%2FR%20%25'].map((country) => join(place, `country=${country}`, 'day=2024-01-02'));
    await queryDuckdb(
      `COPY (FROM '${de}/data_0.parquet' UNION ALL (FROM '${fr}/data_0.parquet' LIMIT 1)) TO '${place}/both.parquet' (FORMAT parquet)`,
    );
    renameSync(join(place, 'both.parquet'), join(de!, 'data_0.parquet'));
    const partitionBy = ['country', 'day'];
    expect(await refused(place, { partitionBy })).toMatchObject({
      code: 'verification.failed',
      message:
        'country=DE/day=2024-01-02/data_0.parquet lies in the folder of country=DE/day=2024-01-02, and has rows of country=F%2FR %25/day=2024-01-02',
      hint: expect.stringContaining('--compression zstd'),
    });
    const anew = await adopt(place, { partitionBy, compression: 'zstd' });
    expect(await verify(anew.location)).toMatchObject({ valid: true, findings: [] });
  });

  it('of odd values and names stay, and the version is one that is read again', async () => {
    const place = join(folder, 'odd');
    const values = [0, 0x2028, 0x2029, 0x1f, 0x7f, 0x1f600].map((code) => `a${String.fromCodePoint(code)}b`);
    const texts = values.map((text) => `decode(unhex('${Buffer.from(text).toString('hex')}'))`);
    await partitioned(
      place,
      ['"order date ü"'],
      `SELECT i AS id, [${texts.join(', ')}][1 + i % ${texts.length}] AS "order date ü" FROM range(60) numbers(i)`,
    );
    const kept = await adopt(place, { partitionBy: ['order date ü'] });
    expect(versionOf(kept).kept).toBeDefined();
    expect(await verify(kept.location)).toMatchObject({ valid: true, findings: [] });
    const anew = await adopt(place, { partitionBy: ['order date ü'], compression: 'zstd' });
    expect([anew.rows, anew.digest]).toEqual([60, kept.digest]);
    expect(new Set(anew.shards.map(({ path }) => path))).toEqual(new Set(kept.shards.map(({ path }) => path)));
    expect((await adopt(place)).digest).toBe(kept.digest);
  });

  it.each<[string, string, string]>([
    ['that have no name here', `c=${'#'.repeat(100)}`, '#'.repeat(100)],
    ['that begin as hidden ones do', '_c=a', 'a'],
    ['that begin with a capital in the files', 'c=a', 'a'],
    ['of days that are none', 'c=2024-13-45', 'a'],
    ['of numbers that the column does not hold', 'c=99999999999999999999', 'a'],
  ])('%s are read, and say why they are no partitions', async (name, own, value) => {
    const place = join(folder, name);
    mkdirSync(join(place, own), { recursive: true });
    const column = own.startsWith('_') ? '_c' : name.includes('capital') ? 'C' : 'c';
    const type = own.includes('2024') ? 'DATE' : own.includes('999') ? 'BIGINT' : 'TEXT';
    const cell = type === 'TEXT' ? `'${value}'` : 'NULL';
    await queryDuckdb(
      `COPY (SELECT i AS id, ${cell}::${type} AS "${column}" FROM range(9) numbers(i)) TO '${join(place, own)}/a.parquet' (FORMAT parquet)`,
    );
    expect(await adopt(place)).toMatchObject({ rows: 9 });
    const made = await adopt(place, { partitionBy: [column] }).catch((error: unknown) => error);
    if (made instanceof Error)
      expect(made.message).toMatch(/is too long for the name of a folder|begins with "_", and readers pass over/);
    else expect(versionOf(made as Awaited<ReturnType<typeof adopt>>).kept).toBeUndefined();
  });

  it('that are named by numbers keep their order, or are refused', async () => {
    const place = join(folder, 'named by numbers');
    await partitioned(
      place,
      ['grade', '"10"'],
      'SELECT i AS id, i % 2 AS grade, i % 3 AS "10" FROM range(9) numbers(i)',
    );
    expect(await refused(place, { partitionBy: ['grade', '10'] })).toMatchObject({
      code: 'request.invalid',
      message: expect.stringContaining('"10" is a number'),
    });
  });

  it('of a table of the manifest of an UNLOAD, brought here with it', async () => {
    const place = join(folder, 'unloaded');
    mkdirSync(place);
    const files = join(place, 'files');
    await partitioned(files, ['country']);
    for (const name of readdirSync(files)) cpSync(join(files, name), join(place, name), { recursive: true });
    const entries = filesIn(files).map((path) => ({
      url: `s3://lake/unload/${path}`,
      meta: { content_length: statSync(join(files, path)).size },
    }));
    writeFileSync(join(place, 'manifest'), JSON.stringify({ entries }));
    const kept = await adopt(place, { partitionBy: 'country' });
    expect(versionOf(kept).kept).toBeDefined();
    expect(kept.rows).toBe(2000);
    expect(await verify(kept.location)).toMatchObject({ valid: true, findings: [] });
  });
});
