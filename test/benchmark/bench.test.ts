import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { BenchmarkResult } from '../../src/benchmark/benchmark.js';
import { workKinds } from '../../src/core/work.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, tidemark } from '../support/cli.js';

let db: FreshDatabase;
const rows = 400_000;

beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
  await db.query(
    `CREATE TABLE orders AS SELECT i AS id, 'customer ' || i % 1000 AS name, md5(i::text) AS token
      FROM generate_series(1, ${rows}) i;
    CREATE TABLE large AS SELECT i AS id, repeat(md5(i::text), 8) AS token FROM generate_series(1, 2000000) i`,
  );
});
afterAll(() => db.drop());

async function bench(words: readonly string[], cwd = emptyFolder('bench')) {
  const scratch = emptyFolder('bench-scratch');
  const run = await tidemark(['bench', '--scratch', scratch, ...words], { cwd, env: { TIDEMARK_SOURCE: db.url } });
  // Whatever became of it.
  expect(readdirSync(scratch)).toEqual([]);
  return { ...run, cwd };
}

async function measured(words: readonly string[]): Promise<BenchmarkResult & { advice: string[] }> {
  const { code, stdout, stderr } = await bench([...words, '--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as BenchmarkResult & { advice: string[] };
}

describe('what a source and a machine can do', { timeout: 60_000 }, () => {
  it('is measured: what comes, what is decoded, what is encoded', async () => {
    const { measurements, columns, server, tables } = await measured([
      '--table',
      'orders',
      '--for',
      '30s',
      '--lanes',
      '2',
    ]);
    expect(server).toMatchObject({ kind: 'postgres' });
    expect(tables).toEqual(['orders']);
    expect(columns.map(({ column }) => column)).toEqual(['token', 'name', 'id']);
    expect(columns.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(measurements.map(({ reach }) => reach)).toEqual(['received', 'decoded', 'encoded']);
    for (const one of measurements) {
      // The first figure that is told is where it begins.
      expect(one.rows).toBeGreaterThan(0);
      expect(one.rows).toBeLessThanOrEqual(rows);
      expect(one.isWhole).toBe(true);
      expect(one.rowsPerSecond).toBeCloseTo(one.rows / one.seconds, 3);
      // A row has its length, that of each value, and those.
      expect(one.bytesRead / one.rows).toBeGreaterThan(7 + 4 * 3 + 4 + 10 + 32);
      expect(one.lanes).toBeGreaterThan(0);
      expect(one.peakMemory).toBeGreaterThan(20e6);
      expect(Object.keys(one.work).sort()).toEqual([...workKinds].sort());
      expect(one.bottleneck).toBeDefined();
    }
    const [received, decoded, encoded] = measurements;
    expect(received!.work).toMatchObject({ decode: 0, digest: 0 });
    expect(decoded!.work.decode).toBeGreaterThan(0);
    expect(decoded!.work.digest).toBe(0);
    expect(encoded!.work.digest).toBeGreaterThan(0);
    expect(encoded!.compression).toBe('snappy');
    expect(encoded!.bytesWritten / encoded!.rows).toBeGreaterThan(30);
  });

  it('is measured by each of several settings', async () => {
    const { measurements } = await measured([
      ...['--table', 'orders', '--for', '60s'],
      ...['--lanes', '1,2', '--compression', 'snappy, none', '--via', 'copy,cursor'],
    ]);
    const encoded = measurements.filter(({ reach }) => reach === 'encoded');
    expect(encoded.map(({ lanes, compression, via }) => [lanes, compression, via])).toEqual([
      [1, 'snappy', 'copy'],
      [1, 'snappy', 'cursor'],
      [1, 'none', 'copy'],
      [1, 'none', 'cursor'],
      [2, 'snappy', 'copy'],
      [2, 'snappy', 'cursor'],
      [2, 'none', 'copy'],
      [2, 'none', 'cursor'],
    ]);
    expect(measurements.slice(0, 2).map(({ reach, lanes }) => [reach, lanes])).toEqual([
      ['received', 1],
      ['decoded', 1],
    ]);
  });

  it('is looked at for so long, and no longer', async () => {
    const begun = performance.now();
    const { measurements } = await measured(['--table', 'large', '--for', '4s']);
    expect((performance.now() - begun) / 1000).toBeLessThan(20);
    expect(measurements.filter(({ isWhole }) => isWhole).length).toBeLessThan(3);
    for (const { seconds } of measurements) expect(seconds).toBeLessThan(1.2);
    const running = await db.query(
      `SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE application_name LIKE 'tidemark%' AND datname = current_database()`,
    );
    expect(running).toEqual([{ sessions: 0 }]);
  });

  it.each([
    ['a measurement', ['--for', '60s']],
    ['a recording', ['--for', '60s', '--record', 'large.rows']],
  ])('leaves nothing behind when %s is interrupted', async (_, words) => {
    const cwd = emptyFolder('bench');
    const scratch = emptyFolder('bench-scratch');
    const { code, stderr } = await tidemark(
      ['bench', '--table', 'large', '--max-rate', '20MB', '--scratch', scratch, ...words],
      {
        cwd,
        env: { TIDEMARK_SOURCE: db.url },
        onSpawn: ({ kill }) => void setTimeout(() => kill('SIGINT'), 2_500),
      },
    );
    expect(code, stderr).toBe(130);
    expect(stderr).toContain('interrupted by SIGINT');
    expect(readdirSync(scratch)).toEqual([]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('leaves nothing behind, and is shown with a chart and what would change it', async () => {
    const { code, stdout, stderr, cwd } = await bench(['--table', 'orders', '--for', '9s']);
    expect(code, stderr).toBe(0);
    expect(readdirSync(cwd)).toEqual([]);
    expect(stdout).toMatch(/^received, \d lanes?, copy +[\d,]+ +█+ +[\d.]+ [kMG]B\/s/m);
    expect(stdout).toMatch(/^encoded, \d lanes?, copy, snappy +[\d,]+ +█+ .* MB\/s +[\d.]+ +[\d.]+ cores +\d+ MB$/m);
    expect(stdout).toMatch(/^as fast as .*: \d+ % of /m);
    expect(stdout).toMatch(/^bytes a row in files, by column, of a sample: token 3\d\.\d \(\d\d %\), name /m);
    expect(stdout).toMatch(/^- ./m);
    expect(stdout).toContain('not measured: storing files');
    expect(stdout).toContain('all rows came in');
    expect(stderr).toContain('nothing is kept');
  });

  it('is of the options that a file has', async () => {
    const cwd = emptyFolder('bench');
    writeFileSync(
      join(cwd, 'tidemark.yaml'),
      'query: SELECT id FROM orders\ndataset: dataset://orders/v1\nformat: csv\ncompression: none\nsplit: {a: 0.5, b: 0.5}\nsplit-key: id\n',
    );
    const { code, stdout, stderr } = await bench(['--for', '6s', '--json'], cwd);
    expect(code, stderr).toBe(0);
    const { measurements, notMeasured } = JSON.parse(stdout) as BenchmarkResult;
    expect(measurements.at(-1)).toMatchObject({ reach: 'encoded', lanes: 1, compression: 'none' });
    expect(notMeasured.join()).toContain('splits');
    expect(existsSync(join(cwd, 'outputs'))).toBe(false);
  });
});

describe('a recording', { timeout: 60_000 }, () => {
  it('has the rows as they came, for this user alone, and is measured without the source', async () => {
    const folder = emptyFolder('recording');
    const file = join(folder, 'orders.rows');
    const made = await bench(['--table', 'orders', '--record', file, '--for', '20s', '--json']);
    expect(made.code, made.stderr).toBe(0);
    expect(made.stderr).toContain('this file holds rows');
    const { size, mode } = statSync(file);
    expect(mode & 0o777).toBe(0o600);
    expect(JSON.parse(made.stdout)).toMatchObject({ path: file, rows, bytes: size });
    expect(readFileSync(file).includes('customer 777')).toBe(true);

    const words = ['bench', '--replay', file, '--for', '20s', '--lanes', '1,2', '--compression', 'zstd', '--json'];
    const replayed = await tidemark(words, { cwd: folder, env: {} });
    expect(replayed.code, replayed.stderr).toBe(0);
    const { measurements, tables } = JSON.parse(replayed.stdout) as BenchmarkResult;
    expect(tables).toEqual(['orders']);
    expect(measurements.map(({ reach, lanes, compression, isWhole }) => [reach, lanes, compression, isWhole])).toEqual([
      ['received', 1, undefined, true],
      ['decoded', 1, undefined, true],
      ['encoded', 1, 'zstd', true],
      ['encoded', measurements.at(-1)!.lanes, 'zstd', true],
    ]);
    // What is over sooner than lanes tell is all of it.
    expect(measurements[0]!.rows).toBe(rows);
  });

  it('that was ended in the middle of a block is read up to there', async () => {
    const file = join(emptyFolder('recording'), 'cut.rows');
    await bench(['--table', 'orders', '--record', file, '--for', '20s']);
    truncateSync(file, Math.floor(statSync(file).size / 2));
    const { stdout, code, stderr } = await tidemark(['bench', '--replay', file, '--for', '10s', '--json'], { env: {} });
    expect(code, stderr).toBe(0);
    const { measurements } = JSON.parse(stdout) as BenchmarkResult;
    expect(measurements[0]!.rows).toBeGreaterThan(rows / 4);
    expect(measurements[0]!.rows).toBeLessThan((rows * 3) / 4);
  });

  it('takes no file that is there, and leaves none after a failure', async () => {
    const folder = emptyFolder('recording');
    const file = join(folder, 'mine.txt');
    writeFileSync(file, 'mine');
    const refused = await bench(['--table', 'orders', '--record', file, '--for', '2s']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`record: ${file} is there already`);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    const failed = await bench([
      '--query',
      'SELECT 1 / (id - 300000) FROM orders',
      '--record',
      join(folder, 'no.rows'),
    ]);
    expect(failed.code).not.toBe(0);
    expect(readdirSync(folder)).toEqual(['mine.txt']);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['something else', Buffer.from('x'.repeat(100))],
    ['a header that is none', Buffer.from('tidemark rows 1\n\x04\0\0\0nope')],
    ['a header of something else', Buffer.from('tidemark rows 1\n\x02\0\0\0{}')],
    ['a header that never ends', Buffer.from('tidemark rows 1\n\xff\xff\xff\x7f{}', 'latin1')],
  ])('that is %s is refused', async (_, bytes) => {
    const file = join(emptyFolder('recording'), 'odd.rows');
    writeFileSync(file, bytes);
    const { code, stderr } = await tidemark(['bench', '--replay', file, '--for', '10s'], { env: {} });
    expect(code).toBe(2);
    expect(stderr).toContain(`replay: ${file} is not a recording`);
  });
});

describe('what cannot be measured', () => {
  it.each([
    [['--for', '1s'], 'for: 1 s is too short for a warm-up and 3 measurements', '--for 4s'],
    [['--record', ' '], "record: a file's name is empty", '--record rows.tidemark'],
    [['--record', 'a', '--replay', 'b'], 'what --replay reads is recorded already', 'Leave out one'],
    [['--demo', '--replay', 'b'], '--demo and --replay', 'Leave out one'],
    [['--demo', '--source', 'postgres://h/d'], '--demo and --source', 'Leave out one'],
    [['--for', '0s'], 'for: 0 s is no time', '30s'],
    [['--for', 'long'], 'for: "long" is not a duration', 'for example'],
    [['--lanes', '2,many'], 'lanes: "many"', ''],
    [['--compression', 'snappy,lzma'], 'compression: "lzma"', 'zstd'],
    [['--table', 'nothing', '--for', '5s'], 'nothing', ''],
  ])('%j is told', async (words, message, hint) => {
    const table = words.includes('--table') ? [] : ['--table', 'orders'];
    const { code, stdout, stderr } = await bench([...table, ...words]);
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });
});
