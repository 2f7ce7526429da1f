import { existsSync, readdirSync, writeFileSync } from 'node:fs';
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
    const { measurements, server, tables } = await measured(['--table', 'orders', '--for', '30s', '--lanes', '2']);
    expect(server).toMatchObject({ kind: 'postgres' });
    expect(tables).toEqual(['orders']);
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
    const { measurements } = await measured(['--table', 'large', '--for', '3s']);
    expect((performance.now() - begun) / 1000).toBeLessThan(20);
    expect(measurements.filter(({ isWhole }) => isWhole).length).toBeLessThan(3);
    for (const { seconds } of measurements) expect(seconds).toBeLessThan(1.2);
    const running = await db.query(
      `SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE application_name LIKE 'tidemark%' AND datname = current_database()`,
    );
    expect(running).toEqual([{ sessions: 0 }]);
  });

  it('leaves nothing behind, and is shown with a chart and what would change it', async () => {
    const { code, stdout, stderr, cwd } = await bench(['--table', 'orders', '--for', '9s']);
    expect(code, stderr).toBe(0);
    expect(readdirSync(cwd)).toEqual([]);
    expect(stdout).toMatch(/^received, \d lanes?, copy +[\d,]+ +█+ +[\d.]+ [kMG]B\/s/m);
    expect(stdout).toMatch(/^encoded, \d lanes?, copy, snappy +[\d,]+ +█+ .* MB\/s +[\d.]+ +[\d.]+ cores +\d+ MB$/m);
    expect(stdout).toMatch(/^as fast as .*: \d+ % of /m);
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

describe('what cannot be measured', () => {
  it.each([
    [['--for', '1s'], 'for: 1 s is too short for 3 measurements', '--for 3s'],
    [['--for', '0s'], 'for: 0 s is no time', '30s'],
    [['--for', 'long'], 'for: "long" is not a duration', 'for example'],
    [['--lanes', '2,many'], 'lanes: "many"', ''],
    [['--compression', 'snappy,lzma'], 'compression: "lzma"', 'zstd'],
    [['--table', 'nothing', '--for', '3s'], 'nothing', ''],
  ])('%j is told', async (words, message, hint) => {
    const table = words.includes('--table') ? [] : ['--table', 'orders'];
    const { code, stdout, stderr } = await bench([...table, ...words]);
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });
});
