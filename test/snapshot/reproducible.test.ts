import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { type CliOptions, emptyFolder, type Snapshot, snapshotJson, tidemark } from '../support/cli.js';
import { nodeBinary, nodeVersions } from '../support/node-versions.js';

/** What a version is: its id, its files, and the hashed part of its manifest. */
interface Made {
  readonly id: string;
  readonly shards: Snapshot['shards'];
  readonly version: unknown;
}

const fixed = ['--dataset', 'dataset://same/v1', '--date', '2024-01-15', '--shard-size', '1MiB'];

async function make(url: string, args: readonly string[], options: CliOptions = {}): Promise<Made> {
  const { id, shards, location } = await snapshotJson([...fixed, '--out', emptyFolder('same'), ...args], {
    ...options,
    env: { TIDEMARK_SOURCE: url, ...options.env },
  });
  const manifest = JSON.parse(readFileSync(join(location, '_manifest.v1.json'), 'utf8')) as { version: unknown };
  return { id, shards, version: manifest.version };
}

const columns = `i AS id, (i % 1000)::smallint AS small, i::int AS whole, sqrt(i)::real AS single, sqrt(i) AS double,
  (i * 1.37)::numeric(15,2) AS price, (i::numeric / 7) AS ratio, i % 2 = 0 AS flag, md5(i::text) AS hash,
  (md5(i::text))::uuid AS uuid, date '2000-01-01' + i % 9000 AS day, time '00:00' + i * interval '1.5 s' AS clock,
  timestamp '2001-02-03 04:05:06' + i * interval '1.000001 s' AS at, timestamptz '2001-02-03 04:05:06+01' + i * interval '7 min' AS seen,
  decode(md5(i::text), 'hex') AS raw, jsonb_build_object('i', i, 't', md5(i::text)) AS doc,
  make_interval(days => i % 50, secs => i % 1000) AS age, (i * 1.5)::numeric::money AS cash, array[i, NULL, i + 1] AS list,
  CASE WHEN i % 3 > 0 THEN repeat('x', i % 300) END AS pad`;

describe('the same table, plan and tool version give the same bytes', { timeout: 120_000 }, () => {
  let database: FreshDatabase;
  let table: Made;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    await database.query(`CREATE TABLE large AS SELECT ${columns} FROM generate_series(1, 30000) i;
      CREATE TABLE little AS TABLE large LIMIT 5000`);
    table = await make(database.url, ['--table', 'large', '--lanes', '1']);
  });

  it('is a table of several shards', () => {
    expect(table.shards.length).toBeGreaterThan(2);
  });

  it.each<[string, readonly string[]]>([
    ['2 lanes', ['--lanes', '2']],
    ['5 lanes', ['--lanes', '5']],
    ['the cursor', ['--via', 'cursor']],
    ['the cursor and 2 lanes', ['--via', 'cursor', '--lanes', '2']],
    ['statements cut short', ['--max-statement', '100ms']],
    ['statements cut short, by cursor', ['--max-statement', '100ms', '--via', 'cursor']],
  ])('with %s', async (_, args) => {
    expect(await make(database.url, ['--table', 'large', ...args])).toEqual(table);
  });

  it.each<[string, Record<string, string>]>([
    ['TZ', { TZ: 'Asia/Kathmandu' }],
    ['a Turkish locale', { LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' }],
    ["libpq's styles", { PGDATESTYLE: 'German', PGTZ: 'America/St_Johns', PGCLIENTENCODING: 'LATIN1' }],
    [
      'server options',
      { PGOPTIONS: '-c DateStyle=SQL,DMY -c IntervalStyle=iso_8601 -c extra_float_digits=-3 -c bytea_output=escape' },
    ],
  ])("whatever the client's %s", async (_, env) => {
    expect(await make(database.url, ['--table', 'large'], { env })).toEqual(table);
  });

  it("whatever the server's settings", async () => {
    const settings = {
      DateStyle: 'German, YMD',
      IntervalStyle: 'sql_standard',
      TimeZone: 'Australia/Lord_Howe',
      extra_float_digits: '0',
      bytea_output: 'escape',
      lc_monetary: 'C.UTF-8',
      synchronize_seqscans: 'on',
      max_parallel_workers_per_gather: '4',
      parallel_setup_cost: '0',
      parallel_tuple_cost: '0',
      min_parallel_table_scan_size: '0',
      enable_tidscan: 'off',
    };
    for (const [name, value] of Object.entries(settings)) {
      await database.query(`ALTER DATABASE ${database.name} SET ${name} = '${value}'`);
    }
    expect(await make(database.url, ['--table', 'large'])).toEqual(table);
    expect(await make(database.url, ['--table', 'large', '--via', 'cursor', '--lanes', '1'])).toEqual(table);
    await database.query(`ALTER DATABASE ${database.name} RESET ALL`);
  });

  it('while other transactions are open', async () => {
    await database.query('CREATE TABLE other (id int)');
    const other = await database.connect();
    try {
      await other.query('BEGIN; INSERT INTO other VALUES (1)');
      await database.query('INSERT INTO other VALUES (2)');
      expect(await make(database.url, ['--table', 'large'])).toEqual(table);
      expect(await make(database.url, ['--table', 'large', '--via', 'cursor'])).toEqual(table);
    } finally {
      await other.end();
    }
  });

  it('by unix socket as by TCP', async () => {
    const { user, port, socketFolder } = inject('postgres18');
    const url = `postgres://${user}@/${database.name}?host=${encodeURIComponent(socketFolder)}&port=${port}`;
    expect(await make(url, ['--table', 'large'])).toEqual(table);
  });

  it('as a query with a total order, encoded by one thread or by several, by COPY and by cursor', async () => {
    const args = ['--query', 'SELECT * FROM large ORDER BY id'];
    const query = await make(database.url, args);
    expect(await make(database.url, [...args, '--via', 'cursor'])).toEqual(query);
    await database.query('ALTER TABLE large ADD COLUMN gone int; ALTER TABLE large DROP COLUMN gone');
    expect(await make(database.url, args)).toEqual(query);
    // A little query is encoded by its lane alone, a large one by threads of its own: the same rows, the same file.
    const little = await make(database.url, ['--table', 'little']);
    const asQuery = await make(database.url, ['--query', 'SELECT * FROM large ORDER BY id LIMIT 5000']);
    expect(asQuery.shards).toEqual(little.shards);
  });

  it.each(['zstd', 'lz4_raw', 'none'])('with %s', async (codec) => {
    const args = ['--table', 'large', '--compression', codec];
    expect(await make(database.url, [...args, '--lanes', '1'])).toEqual(
      await make(database.url, [...args, '--lanes', '3']),
    );
  });

  it('twice at the same time in one outputs folder', async () => {
    const out = emptyFolder('both');
    const both = await Promise.all(
      ['a', 'b'].map((name) =>
        snapshotJson(
          ['--table', 'little', '--dataset', `dataset://${name}/v1`, '--date', '2024-01-15'].concat('--out', out),
          {
            env: { TIDEMARK_SOURCE: database.url },
          },
        ),
      ),
    );
    expect(both[0]!.shards[0]!.sha256).toBe(both[1]!.shards[0]!.sha256);
    for (const { location } of both) expect((await tidemark(['verify', location])).code).toBe(0);
  });

  for (const line of [22, 24] as const) {
    it(`on Node.js ${nodeVersions[line]}, where every command works without a warning of Node's`, async (context) => {
      const { path, reason } = await nodeBinary(line);
      if (path === undefined) return context.skip(`Node.js ${line} cannot be installed: ${reason}`);
      expect(await make(database.url, ['--table', 'large'], { node: path })).toEqual(table);
      for (const codec of ['zstd', 'lz4_raw']) {
        const args = ['--table', 'little', '--compression', codec];
        expect(await make(database.url, args, { node: path })).toEqual(await make(database.url, args));
      }
      const out = emptyFolder('node');
      const env = { TIDEMARK_SOURCE: database.url };
      const options = ['--table', 'little', ...fixed, '--out', out];
      for (const args of [
        ['plan', ...options],
        ['snapshot', ...options],
        ['verify', out],
        ['show', out],
      ]) {
        const { code, stderr } = await tidemark(args, { node: path, env });
        expect(code, stderr).toBe(0);
        expect(stderr).not.toMatch(/Deprecat|Experimental/);
      }
    });
  }
});
