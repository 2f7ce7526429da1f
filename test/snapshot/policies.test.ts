import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { duckdb, parquetWasm, queryDuckdb } from '../readers/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { type CliRun, emptyFolder, snapshotJson, tidemark } from '../support/cli.js';

interface Ledger {
  readonly name: string;
  readonly type: string;
  readonly nulled?: number;
  readonly extreme?: number;
}

describe('what the user asks for by name', { timeout: 60_000 }, () => {
  let database: FreshDatabase;
  let env: Record<string, string>;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    env = { TIDEMARK_SOURCE: database.url };
    await database.query(`CREATE TABLE odd
        (id int, price numeric(15,2), day date, seen timestamptz, at timestamp, clock time, ratio numeric);
      INSERT INTO odd VALUES
        (1, 'NaN', 'infinity', '-infinity', '294270-01-01', '24:00', 1.5),
        (2, 1.25, '2024-01-01', '2024-01-01 00:00:00+00', '2024-01-01', '12:00', 12345678901234567890.123456789);
      CREATE TABLE people AS SELECT i AS id, 'secret-' || i || '@example.com' AS email, i % 7 AS age FROM generate_series(1, 1000) i`);
  });
  afterAll(() => database.drop());

  const make = (args: readonly string[]): ReturnType<typeof snapshotJson> =>
    snapshotJson([...args, '--dataset', 'dataset://odd/v1', '--out', emptyFolder('odd')], { env });
  const ledger = (location: string): Ledger[] => {
    const text = readFileSync(join(location, '_manifest.v1.json'), 'utf8');
    const manifest = JSON.parse(text) as {
      version: { tables: { schema: Ledger[]; facts: { columns: Partial<Ledger>[] } }[] };
    };
    const { schema, facts } = manifest.version.tables[0]!;
    return schema.map((line, index) => ({ ...line, ...facts.columns[index] }));
  };
  const counted = (location: string): Ledger[] =>
    ledger(location)
      .filter((line) => line.nulled !== undefined || line.extreme !== undefined)
      .map(({ name, nulled, extreme }) => ({ name, type: '', nulled, extreme }) as Ledger);
  const refused = (args: readonly string[]): Promise<CliRun> =>
    tidemark(['snapshot', ...args, '--dataset', 'dataset://odd/v1', '--out', emptyFolder('odd')], { env });

  it.each(['copy', 'cursor'])('--misfit null carries on and counts, by %s', async (via) => {
    const { location, shards, warnings } = await make(['--table', 'odd', '--misfit', 'null', '--via', via]);
    const read = await duckdb.read(join(location, shards[0]!.path));
    expect(read.map(({ values }) => values[0])).toEqual(['1', null, null, null, null, null, '1.5']);
    expect(read.map(({ values }) => values[1])).not.toContain(null);
    expect(counted(location).map(({ name, nulled }) => [name, nulled])).toEqual(
      ['price', 'day', 'seen', 'at', 'clock'].map((name) => [name, 1]),
    );
    expect(warnings.filter((warning) => warning.includes('did not fit')).length).toBe(5);
  });

  it('--infinity extreme is what DuckDB reads as infinity, and is counted apart', async () => {
    const args = ['--table', 'odd', '--misfit', 'null', '--infinity', 'extreme'];
    const { location, shards } = await make(args);
    const [answer] = await queryDuckdb(
      `SELECT (day = 'infinity'::date AND seen = '-infinity'::timestamptz)::text AS same
       FROM '${join(location, shards[0]!.path)}' WHERE id = 1`,
    );
    expect(answer!.values).toEqual(['true']);
    expect(counted(location).map(({ name, nulled, extreme }) => [name, nulled, extreme])).toEqual([
      ['price', 1, undefined],
      ['day', undefined, 1],
      ['seen', undefined, 1],
      ['at', 1, undefined],
      ['clock', 1, undefined],
    ]);
  });

  it.each([
    ['price', 'NaN', '--cast price=text'],
    ['day', 'infinity', '--infinity'],
    ['seen', '-infinity', '--infinity'],
    ['at', '294270', '--cast at=text'],
    ['clock', '24:00', '--cast clock=text'],
  ])('a value of %s that does not fit: exit 6 and the ways on', async (column, value, way) => {
    for (const via of ['copy', 'cursor']) {
      const { code, stderr } = await refused(['--query', `SELECT id, ${column} FROM odd ORDER BY id`, '--via', via]);
      expect(code, stderr).toBe(6);
      for (const words of [`"${column}"`, value, 'row 1', way]) expect(stderr).toContain(words);
    }
  });

  it('a number that is too long is offered a longer decimal, too', async () => {
    const { stderr } = await refused(['--query', 'SELECT id, ratio FROM odd', '--cast', 'ratio=decimal(25,5)']);
    expect(stderr).toContain('--cast ratio=decimal(p,s) with more digits (76 at most), or --cast ratio=text, keeps');
  });

  it('--cast keeps every value as text, or as an exact decimal', async () => {
    const texts = ['price', 'day', 'seen', 'at', 'clock'].flatMap((name) => ['--cast', `${name}=text`]);
    const { location, shards } = await make(['--table', 'odd', ...texts, '--cast', 'ratio=decimal256(50,20)']);
    const read = await parquetWasm.read(join(location, shards[0]!.path));
    expect(read.map(({ values }) => values[0])).toEqual([
      '1',
      'NaN',
      'infinity',
      '-infinity',
      '294270-01-01 00:00:00',
      '24:00:00',
      `1.5${'0'.repeat(19)}`,
    ]);
    expect(read.at(-1)!.values[1]).toBe('12345678901234567890.12345678900000000000');
    expect(ledger(location).at(-1)!.type).toBe('decimal256(50,20)');
  });

  it('a decimal that would have to be rounded does not fit', async () => {
    const { code, stderr } = await refused(
      ['--table', 'odd', '--misfit', 'fail', '--cast', 'ratio=decimal(25,5)'].concat(
        ['price', 'day', 'seen', 'at', 'clock'].flatMap((name) => ['--cast', `${name}=text`]),
      ),
    );
    expect(code, stderr).toBe(6);
    expect(stderr).toContain('12345678901234567890.123456789');
  });

  /** Every byte that a run leaves and prints, but the data pages, which must hold the values. */
  async function told(args: readonly string[]): Promise<string> {
    const out = emptyFolder('told');
    const run = await tidemark(['snapshot', ...args, '--dataset', 'dataset://told/v1', '--out', out], { env });
    expect(run.code, run.stderr).toBe(0);
    const folder = join(out, 'told', 'v1');
    const files = readdirSync(folder).map((name) => {
      const bytes = readFileSync(join(folder, name));
      if (!name.endsWith('.parquet')) return bytes.toString('latin1');
      // Column and offset indexes and the footer; of the data only the end of the last column, which is another one.
      return bytes.subarray(bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8) - 2000).toString('latin1');
    });
    const show = await tidemark(['show', out]);
    return [
      run.stdout,
      run.stderr,
      show.stdout,
      readFileSync(join(out, 'valohai.metadata.jsonl'), 'utf8'),
      ...files,
    ].join();
  }

  it('--redact-stats keeps a column’s values out of all but the data', async () => {
    const args = ['--table', 'people', '--compression', 'zstd'];
    expect(await told(args)).toContain('secret-1000@example.com');
    expect(await told([...args, '--redact-stats', 'email'])).not.toContain('secret-');
  });

  it('a secret parameter’s value stands nowhere but in the data', async () => {
    const query = ['--query', 'SELECT *, md5(id::text) AS hash FROM people WHERE email >= :from ORDER BY id'];
    const value = 'secret-500@example.com';
    expect(await told([...query, '--param', `from=${value}`])).toContain(value);
    expect(await told([...query, '--secret-param', `from=${value}`])).not.toContain(value);
    // What cannot be the secret is told.
    const { location } = await make([...query, '--secret-param', `from=${value}`]);
    const manifest = readFileSync(join(location, '_manifest.v1.json'), 'utf8');
    const { schema } = (JSON.parse(manifest) as { version: { tables: { schema: object[] }[] } }).version.tables[0]!;
    expect(schema.map((column) => 'redacted' in column)).toEqual([false, true, false, true]);
    const bad = await refused(['--query', 'SELECT :from::int', '--secret-param', `from=${value}`]);
    expect(bad.code).toBe(3);
    expect(bad.stdout + bad.stderr).not.toContain(value);
  });

  it('--limit reads so many rows, and the manifest says so', async () => {
    const { rows, location } = await make(['--table', 'people', '--limit', '10']);
    expect(rows).toBe(10);
    expect(readFileSync(join(location, '_manifest.v1.json'), 'utf8')).toContain('"limit":10');
  });

  it('text that is not UTF-8, from a database in SQL_ASCII', async () => {
    const name = `ascii_${Date.now()}`;
    await database.query(`CREATE DATABASE ${name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0`);
    const url = new URL(database.url);
    url.pathname = name;
    const ascii = { TIDEMARK_SOURCE: url.href };
    const sql = `SELECT 1 AS id, convert_from('\\xc3a9'::bytea, 'SQL_ASCII') AS t
      UNION ALL SELECT 2, convert_from('\\xff41'::bytea, 'SQL_ASCII') ORDER BY 1`;
    const args = ['snapshot', '--query', sql, '--dataset', 'dataset://a/v1', '--out', emptyFolder('ascii')];
    const stopped = await tidemark(args, { env: ascii });
    expect(stopped.code, stopped.stderr).toBe(6);
    expect(stopped.stderr).toMatch(/"t"[^]*row 2/);
    const { location, shards } = await snapshotJson([...args.slice(1), '--misfit', 'null'], { env: ascii });
    const read = await duckdb.read(join(location, shards[0]!.path));
    expect(read[1]!.values).toEqual(['é', null]);
    await database.query(`DROP DATABASE ${name}`);
  });
});
