import { readFileSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { encodeManifest } from '../../src/manifest/encode.js';
import { manifestSeal, versionId } from '../../src/manifest/identity.js';
import type { Manifest } from '../../src/manifest/shape.js';
import { readTable } from '../../src/version/read.js';
import { python, skipWithoutPython } from '../readers/digest.js';
import { queryDuckdb } from '../readers/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, type Snapshot, snapshotJson, tidemarkHere as tidemark } from '../support/cli.js';

const rows = 12_000;
const partitionReader = new URL('../readers/partitions.py', import.meta.url).pathname;

describe('partitions', { timeout: 120_000 }, () => {
  let database: FreshDatabase;
  let whole: Snapshot;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    await database.query(`CREATE TABLE events AS SELECT i AS id, i % 900 AS entity,
        (ARRAY['DE', 'fi', '01', NULL, 'a/b c', 'Ü=%{}', 'a--b', 'De'])[i % 8 + 1] AS country,
        timestamptz '2024-01-30 00:00+00' + i * interval '11 min' AS at, (i % 3)::smallint AS n, nullif(i % 5, 4)::bigint AS big,
        i % 2 = 0 AS ok, date '2023-12-30' + i % 5 AS day, (i % 4 * 1.5)::numeric(5,2) AS amount, md5(i::text) AS note
      FROM generate_series(1, ${rows}) i;
      CREATE TABLE odd (id int, word text);
      INSERT INTO odd VALUES (1, ''), (2, NULL), (3, 'x'), (4, '__HIVE_DEFAULT_PARTITION__'), (5, '')`);
    whole = await make([]);
  });

  const environment = () => ({ TIDEMARK_SOURCE: database.url, TIDEMARK_MASK_KEY: 'a key of more than sixteen bytes' });
  const make = (args: readonly string[], table = 'events'): Promise<Snapshot> =>
    snapshotJson(['--table', table, '--dataset', 'dataset://events/v1', '--out', emptyFolder('partitions'), ...args], {
      env: environment(),
    });
  const refused = async (args: readonly string[], table = 'events') => {
    const words = ['--table', table, '--dataset', 'dataset://events/v1', '--out', emptyFolder('partitions'), ...args];
    const { code, stderr } = await tidemark(['snapshot', ...words], { env: environment() });
    return { code, stderr };
  };
  const byFour = new Map<string, Promise<Snapshot>>();
  /** By columns of four types, which stand in the files or in their paths alone: made once for all who read it. */
  const fourColumns = (columns: string): Promise<Snapshot> => {
    const made = byFour.get(columns) ?? make(['--partition-by', 'country,n,ok,day', '--partition-columns', columns]);
    byFour.set(columns, made);
    return made;
  };
  const manifestOf = (location: string): Manifest =>
    JSON.parse(readFileSync(join(location, '_manifest.v1.json'), 'utf8')) as Manifest;
  const foldersOf = ({ shards }: Snapshot): string[] => [...new Set(shards.map(({ path }) => dirname(path)))].sort();

  it('are folders that hold the rows of their values, and nothing else', async () => {
    const made = await make(['--partition-by', 'country,at:month']);
    expect([made.rows, made.digest]).toEqual([rows, whole.digest]);
    const groups = (await database.query(
      `SELECT country, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, count(*)::int AS rows, min(id) AS least FROM events GROUP BY 1, 2`,
    )) as unknown as { country: string | null; month: string; rows: number; least: number }[];
    const { tables } = manifestOf(made.location).version;
    expect(tables[0]!.partition).toEqual({
      by: [{ column: 'country' }, { column: 'at', unit: 'month' }],
      columns: 'files',
    });
    const told = tables[0]!.targets.map(({ partition: values, facts }) => [
      values!['country'],
      values!['at_month'],
      facts.rows,
      Number(facts.columns[0]!.min),
    ]);
    const expected = groups.map(({ country, month, rows: count, least }) => [country, month, count, least]);
    const inOrder = (list: unknown[][]): unknown[] => list.map((one) => JSON.stringify(one)).sort();
    expect(inOrder(told)).toEqual(inOrder(expected));
    expect(made.shards.map(({ path }) => path)).toContain(
      'country=DE/at_month=2024-01/events-v1--country-DE--at_month-2024-01-00000.parquet',
    );
    expect(foldersOf(made)).toEqual(
      groups.map(({ country, month }) => `country=${hive(country)}/at_month=${month}`).sort(),
    );
    const bases = made.shards.map(({ path }) => basename(path).toLowerCase());
    expect(new Set(bases).size).toBe(bases.length);
    expect(bases.filter((name) => !/^[a-z0-9._-]+$/.test(name))).toEqual([]);
    expect((await tidemark(['verify', made.location])).code).toBe(0);
    const { stdout } = await tidemark(['show', made.location]);
    expect(stdout).toMatch(/Partitions of events\n {2}by +country, month of at\n {2}country=\S+, at_month=2024-/);
  });

  const hive = (value: string | null): string =>
    value === null
      ? '__HIVE_DEFAULT_PARTITION__'
      : value.replaceAll('/', '%2F').replaceAll('=', '%3D').replaceAll('%{', '%25%7B');

  it('lie in a flat folder as well, where they verify and every reader finds all columns', async () => {
    const { location, shards } = await make(['--partition-by', 'country,day']);
    const flat = emptyFolder('flat');
    for (const { path } of shards) await copyFile(join(location, path), join(flat, basename(path)));
    await copyFile(join(location, '_manifest.v1.json'), join(flat, '_manifest.v1.json'));
    expect((await tidemark(['verify', flat])).code).toBe(0);
    const [count] = await queryDuckdb(
      `SELECT count(*)::VARCHAR FROM read_parquet('${flat}/*.parquet') WHERE country = '01'`,
    );
    expect(count!.values).toEqual([String(rows / 8)]);
  });

  it('have the same bytes with 1, 2 and 5 lanes, with a split and 1,000 folders', async () => {
    await database.query(
      `CREATE TABLE many AS SELECT i AS id, i % 4001 AS entity, (i::bigint * 7919 % 520)::int AS p, md5(i::text) AS note FROM generate_series(1, 20000) i`,
    );
    const args = ['--partition-by', 'p', '--split', 'train=0.8,test=0.2', '--split-key', 'entity'];
    const [one, ...others] = await Promise.all(
      ['1', '2', '5'].map((lanes) => make([...args, '--lanes', lanes], 'many')),
    );
    expect(foldersOf(one!).length).toBeGreaterThan(1000);
    expect(new Set(foldersOf(one!).map((folder) => folder.split('/')[1])).size).toBe(520);
    for (const other of others) expect(other.shards).toEqual(one!.shards);
    expect(one!.digest).toBe((await make([], 'many')).digest);
    const split = await make(args.slice(2), 'many');
    expect(one!.splits).toEqual(split.splits);
    expect((await tidemark(['verify', one!.location])).code).toBe(0);
    expect((await tidemark(['show', one!.location])).stdout).toMatch(
      /Split of many\n.*\n {2}train +[\d,]+ rows, [\d.]+ %.*td1:/,
    );
  });

  it.each([['files'], ['path']])('read right as the page says, with columns in %s', async (columns) => {
    const made = await fourColumns(columns);
    expect([made.rows, made.digest]).toEqual([rows, whole.digest]);
    expect((await tidemark(['verify', made.location])).code).toBe(0);
    const types = "{'country': VARCHAR, 'n': SMALLINT, 'ok': BOOLEAN, 'day': DATE}";
    const how = columns === 'path' ? `hive_types = ${types}` : 'hive_partitioning = false';
    const all = (folder: string, options: string): string =>
      `(SELECT id, entity, country, "at", n, big, ok, day, amount, note FROM read_parquet('${folder}/**/*.parquet'${options}))`;
    const differing = (a: string, b: string): Promise<unknown> =>
      queryDuckdb(`SELECT count(*)::VARCHAR AS rows FROM (${a} EXCEPT ALL ${b})`).then(([column]) => column!.values);
    const [plain, partitioned] = [all(whole.location, ''), all(made.location, `, ${how}`)];
    expect(await differing(plain, partitioned)).toEqual(['0']);
    expect(await differing(partitioned, plain)).toEqual(['0']);
    const [stored] = await queryDuckdb(
      `SELECT DISTINCT name FROM parquet_schema('${made.location}/**/*.parquet') WHERE name IN ('country', 'n', 'ok', 'day') ORDER BY 1`,
    );
    expect(stored!.values).toEqual(columns === 'path' ? [] : ['country', 'day', 'n', 'ok']);
  });

  it.for([['files'], ['path']] as const)(
    'read right in pandas, pyarrow and Polars, with columns in %s',
    async ([columns], context) => {
      await skipWithoutPython(context);
      const made = await fourColumns(columns);
      expect(await python([partitionReader, whole.location, made.location, columns])).toBe(
        'equal: pandas, pyarrow, polars',
      );
    },
  );

  it.each([['files'], ['path']])('are read by the library with all columns, with columns in %s', async (columns) => {
    const made = await fourColumns(columns);
    const rowsOf = async (location: string, names?: readonly string[]): Promise<string[]> => {
      const found: string[] = [];
      for await (const batch of readTable(location, 'events', names ? { columns: names } : {})) {
        for (const row of batch.toArray())
          found.push(JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}n` : value) as unknown));
      }
      return found.sort();
    };
    expect(await rowsOf(made.location)).toEqual(await rowsOf(whole.location));
    for (const names of [['day', 'id'], ['country', 'ok', 'n'], ['id']]) {
      expect(await rowsOf(made.location, names)).toEqual(await rowsOf(whole.location, names));
    }
    const reading = readTable(made.location, 'events', { columns: ['id', 'nothing'] }).next();
    await expect(reading).rejects.toMatchObject({ code: 'request.invalid' });
  });

  it('by masked columns are by the hash, and nothing of the value is written', async () => {
    const made = await make(['--partition-by', 'country', '--mask', 'country=hash']);
    expect(foldersOf(made).length).toBe(8);
    expect(foldersOf(made).every((folder) => /^country=([0-9a-f]{32}|__HIVE_DEFAULT_PARTITION__)$/.test(folder))).toBe(
      true,
    );
    expect((await tidemark(['verify', made.location])).code).toBe(0);
  });

  it('of empty texts are those of NULL where files tell them apart, and refused where they do not', async () => {
    const made = await make(['--partition-by', 'word'], 'odd');
    expect(foldersOf(made)).toEqual(['word=__HIVE_DEFAULT_PARTITION__', 'word=x']);
    expect(made.shards.map((shard) => shard.rows).sort()).toEqual([1, 4]);
    expect((await tidemark(['verify', made.location])).code).toBe(0);
    const { code, stderr } = await refused(['--partition-by', 'word', '--partition-columns', 'path'], 'odd');
    expect([code, stderr]).toEqual([
      6,
      expect.stringMatching(/Column "word" \(text\): "" cannot be told from NULL .* row 1 /),
    ]);
  });

  it('of numbers without a precision are refused, since equal ones may have different texts', async () => {
    await database.query('CREATE VIEW priced AS SELECT id, amount::numeric AS price FROM events');
    const { code, stderr } = await refused(['--partition-by', 'price'], 'priced');
    expect([code, stderr]).toEqual([2, expect.stringContaining('equal values may have different texts')]);
    expect(foldersOf(await make(['--partition-by', 'price', '--cast', 'price=decimal(5,1)'], 'priced'))).toEqual(
      ['0.0', '1.5', '3.0', '4.5'].map((price) => `price=${price}`),
    );
  });

  it('of no rows are one file, which has the schema', async () => {
    await database.query('CREATE TABLE nothing AS SELECT * FROM events LIMIT 0');
    const args = ['--partition-by', 'country,at:day', '--split', 'a=0.5,b=0.5', '--split-key', 'id'];
    const made = await make(args, 'nothing');
    expect(foldersOf(made)).toEqual(
      ['a', 'b'].map((part) => `${part}/country=__HIVE_DEFAULT_PARTITION__/at_day=__HIVE_DEFAULT_PARTITION__`),
    );
    expect((await tidemark(['verify', made.location])).code).toBe(0);
  });

  it('more than 10,000 end the run, and nothing stays', async () => {
    const { code, stderr } = await refused(['--partition-by', 'id']);
    expect([code, stderr]).toEqual([
      6,
      expect.stringMatching(/partition-by: id gives more than 10,000 partitions[^]*hint: Partition by fewer columns/),
    ]);
  });

  it('of a name too long end the run, and say where the value is', async () => {
    await database.query(
      `CREATE TABLE long AS SELECT i AS id, repeat('ä', CASE i WHEN 7 THEN 130 ELSE 1 END) AS word FROM generate_series(1, 9) i`,
    );
    const { code, stderr } = await refused(['--partition-by', 'word'], 'long');
    expect([code, stderr]).toEqual([
      6,
      expect.stringMatching(/is too long for the name of a folder \(at most 255 bytes\), in row 7 /),
    ]);
  });

  it('are looked at by verify, row by row', async () => {
    const { location } = await make(['--partition-by', 'n']);
    const { version, run } = manifestOf(location);
    const [table] = version.tables;
    const [a, b, ...rest] = table!.targets;
    const targets = [{ ...a!, partition: b!.partition! }, { ...b!, partition: a!.partition! }, ...rest];
    const swapped = { ...version, tables: [{ ...table!, targets }] };
    const unsealed = { id: versionId(swapped), version: swapped, run };
    await writeFile(join(location, '_manifest.v1.json'), encodeManifest({ ...unsealed, seal: manifestSeal(unsealed) }));
    const { code, stdout } = await tidemark(['verify', location]);
    expect(code).toBe(5);
    expect(
      stdout.match(/4,000 rows belong to another part, another partition, or are not in the sample/g)?.length,
    ).toBe(2);
  });

  it('are told by plan, and made again by the command that the manifest has', async () => {
    const { location } = await make(['--partition-by', 'country,at:month']);
    expect(manifestOf(location).run.command).toContain('--partition-by country,at:month');
    const args = [
      'plan',
      '--table',
      'events',
      '--dataset',
      'dataset://events/v2',
      '--partition-by',
      'country,at:month',
    ];
    const { stdout, code } = await tidemark(args, { env: environment() });
    expect(code).toBe(0);
    expect(stdout).toMatch(/partitions +country, at_month\n/);
    expect(stdout).toContain('country=VALUE/at_month=VALUE/events-v2--country-VALUE--at_month-VALUE-00000.parquet');
    expect(stdout).toMatch(/scratch +about/);
  });

  it.each<[readonly string[], string]>([
    [['--partition-by', 'contry'], 'partition-by: there is no column "contry". Did you mean "country"?'],
    [['--partition-by', 'country,country:day'], 'column "country" (text, written as utf8) has no days'],
    [['--partition-by', 'note:month'], 'has no months'],
    [['--partition-by', 'at:month,at:day', '--partition-columns', 'sideways'], 'allowed: files or path'],
    [
      ['--partition-by', 'at', '--partition-columns', 'path'],
      'partition-columns: path is for booleans, whole numbers, texts and dates',
    ],
    [['--partition-columns', 'path'], 'partition-columns: there are no partitions'],
    [
      ['--partition-by', 'country', '--redact-stats', 'country'],
      'is redacted, and the names of folders would tell its values',
    ],
    [
      ['--partition-by', 'country', '--mask', 'country=redact'],
      'is masked, and the names of folders would tell its values',
    ],
    [['--partition-by', 'country', '--name', '{version}-{index}'], 'needs {partition}'],
    [
      ['--partition-by', 'country', '--name', '{version}-{partition}-{index}'],
      'needs "--" between {version} and {partition}',
    ],
    [['--partition-by', 'Country,country'], 'partition-by: two folders would be named'],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await refused(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
