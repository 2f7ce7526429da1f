import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { ExpectationResult } from '../../src/core/expectation-result.js';
import type { Manifest } from '../../src/manifest/shape.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson, tidemarkHere as tidemark } from '../support/cli.js';

/** A rule about a column, and what the server is asked for the rows that break it. */
const rules: readonly (readonly [column: string, rule: Record<string, unknown>, broken: string])[] = [
  ['id', { 'not-null': true }, 'id IS NULL'],
  ['id', { min: 10, max: '49999' }, 'id < 10 OR id > 49999'],
  ['email', { 'not-null': true }, 'email IS NULL'],
  ['email', { pattern: '^[^@]+@[^@]+$' }, "email !~ '^[^@]+@[^@]+$'"],
  ['email', { in: ['user 7@example.com', ''] }, "email NOT IN ('user 7@example.com', '')"],
  ['plan', { in: ['free', 'pro', 'Ünï, "x"'] }, `plan NOT IN ('free', 'pro', 'Ünï, "x"')`],
  ['plan', { pattern: '\\p{Lu}' }, "plan !~ '[A-ZÄÖÜ]'"],
  ['amount', { min: '0.105', max: 99.5 }, 'amount < 0.105 OR amount > 99.5'],
  ['amount', { in: ['0.10', '-1'] }, 'amount NOT IN (0.10, -1)'],
  ['score', { min: 0 }, "score < 0 OR score = 'NaN'"],
  ['score', { max: 0.5 }, 'score > 0.5'],
  ['ratio', { max: 0.1 }, 'ratio > 0.1::real'],
  ['born', { min: '1999-12-31', max: '2001-01-01' }, "born < '1999-12-31' OR born > '2001-01-01'"],
  ['seen', { min: '2024-01-01T00:00:00Z' }, "seen < '2024-01-01 00:00Z'"],
  ['seen', { max: '2024-06-01T02:00:00.000001+02:00' }, "seen > '2024-06-01 00:00:00.000001Z'"],
  ['at', { min: '06:30:00', max: '18:00' }, "at < '06:30' OR at > '18:00'"],
  ['ok', { in: [true] }, 'NOT ok'],
  ['uid', { in: ['00000000-0000-0000-0000-000000000001'] }, "uid <> '00000000-0000-0000-0000-000000000001'"],
  ['big', { min: '-9007199254740993', max: '9007199254740993' }, 'big < -9007199254740993 OR big > 9007199254740993'],
];

/** Limits below and above are one rule. */
const alike = (key: string): string => key.replace('max', 'min');

/** Columns that are to be unique, and the rows beyond the first of each key. */
const keys: readonly (readonly string[])[] = [['id'], ['email'], ['plan', 'born'], ['uid'], ['amount', 'at'], ['big']];

const repeats = (columns: readonly string[]): string => {
  const list = columns.join(', ');
  const complete = columns.map((column) => `${column} IS NOT NULL`).join(' AND ');
  return `(SELECT count(*) - count(DISTINCT (${list})) FROM people WHERE ${complete})`;
};

describe('what rows are expected to be', { timeout: 60_000 }, () => {
  let database: FreshDatabase;
  let counts: readonly number[];
  let first: readonly ExpectationResult[] | undefined;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    await database.query(`
      CREATE TABLE people AS SELECT i AS id,
        CASE WHEN i % 50 = 3 THEN NULL WHEN i % 701 = 5 THEN '' ELSE 'user ' || (i % 49990) || '@example.com' END AS email,
        (array['free', 'pro', 'Ünï, "x"', 'gold', NULL])[1 + (i * 7) % 5] AS plan,
        CASE WHEN i % 9 > 0 THEN ((i * 7919) % 20011 - 100)::numeric(12,2) / 100 END AS amount,
        CASE WHEN i % 1000 = 1 THEN 'NaN'::float8 WHEN i % 1000 = 2 THEN '-Infinity' ELSE sin(i) END AS score,
        (i % 21 / 100.0)::real AS ratio,
        date '1999-01-01' + (i % 1000) AS born,
        timestamptz '2023-12-01 00:00Z' + (i % 400) * interval '1 day' + (i % 3) * interval '1 microsecond' AS seen,
        time '00:00' + (i % 1440) * interval '1 minute' AS at, i % 3 = 0 AS ok,
        ('00000000-0000-0000-0000-' || lpad(to_hex(i % 49000), 12, '0'))::uuid AS uid,
        CASE i % 4 WHEN 0 THEN -9007199254740993 - i WHEN 1 THEN 9007199254740993 ELSE i END AS big
        FROM generate_series(1, 60000) i;
      ALTER TABLE people ALTER amount TYPE numeric(12,2);
      ALTER TABLE people ADD PRIMARY KEY (id)`);
    const wanted = [
      ...rules.map(([, , broken]) => `(SELECT count(*) FROM people WHERE ${broken})`),
      ...keys.map(repeats),
    ];
    const [row] = await database.query<Record<string, string>>(
      `SELECT ${wanted.map((sql, at) => `${sql} AS c${at}`).join(', ')}`,
    );
    counts = wanted.map((_, at) => Number(row![`c${at}`]));
  });

  const env = () => ({ TIDEMARK_SOURCE: database.url });
  const to = (out = emptyFolder('expect')) => ['--dataset', 'dataset://people/v1', '--out', out];
  const manifestOf = (location: string): Manifest =>
    JSON.parse(readFileSync(join(location, '_manifest.v1.json'), 'utf8')) as Manifest;

  /** Looks at the table as often as it takes until every rule was there: a column has each kind of rule once. */
  async function lookedAt(args: readonly string[]): Promise<readonly ExpectationResult[]> {
    const looks: Record<string, Record<string, unknown>>[] = [];
    const places = rules.map(([column, rule]) => {
      const taken = (look: (typeof looks)[number]): boolean =>
        Object.keys(rule).some((key) => Object.keys(look[column] ?? {}).some((other) => alike(key) === alike(other)));
      const free = looks.findIndex((look) => !taken(look));
      const at = free < 0 ? looks.push({}) - 1 : free;
      looks[at]![column] = { ...looks[at]![column], ...rule };
      return at;
    });
    const tables = Object.fromEntries(
      looks.map((columns, at) => [`t${at}`, { table: 'people', 'expect-warn': { columns } }]),
    );
    const all = { ...tables, keys: { table: 'people', 'expect-warn': { unique: keys } } };
    const made = await snapshotJson(['--tables', JSON.stringify(all), ...args, ...to()], { env: env() });
    const results = manifestOf(made.location).run.expectations!;
    const found = rules.map(([column, rule], index) =>
      results.find(
        ({ table, rule: text }) =>
          table === `t${places[index]!}` && text.startsWith(`${column} ${Object.keys(rule)[0]!}`),
      )!,
    );
    return [...found, ...results.filter(({ table }) => table === 'keys')];
  }

  it.each([
    ['all rows', []],
    [
      'a split of CSV files by a cursor',
      ['--split', 'a=0.5,b=0.5', '--split-key', 'id', '--format', 'csv', '--via', 'cursor'],
    ],
    ['partitions', ['--partition-by', 'ok', '--partition-columns', 'path', '--lanes', '1']],
  ])('is counted as the server counts: %s', async (_, args) => {
    const results = await lookedAt(args);
    expect(results.map(({ rows }) => rows)).toEqual(counts);
    expect(results.map(({ outcome }) => outcome)).toEqual(counts.map((rows) => (rows === 0 ? 'held' : 'broken')));
    expect(counts.filter((rows) => rows > 0).length).toBeGreaterThan(20);
    for (const { examples = [], rows } of results) expect(examples.length === 0).toBe(rows === 0);
    // Examples are the same ones, too, however rows are read and wherever they go.
    expect(results).toEqual((first ??= results));
  });

  const files = (out: string) => (existsSync(out) ? readdirSync(out, { recursive: true }) : []);

  it('ends the run before anything is published, and names every broken rule', async () => {
    const out = emptyFolder('expect');
    const expected = {
      rows: { min: 100_000 },
      unique: [['plan', 'born']],
      columns: { email: { 'max-nulls': '1%' }, plan: { in: ['free', 'pro'] }, id: { unique: true, 'not-null': true } },
    };
    const args = ['--table', 'people', '--expect', JSON.stringify(expected), ...to(out)];
    const { code, stdout, stderr } = await tidemark(['snapshot', '--json', ...args], { env: env() });
    expect(code).toBe(6);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'error',
      code: 'data.expectations',
      expectations: [
        { rule: 'rows min 100,000', outcome: 'broken' },
        { rows: 47_200 },
        { rows: 1200 },
        { rows: 24_000 },
      ],
    });
    expect(stderr).toContain('4 expectations are broken, and nothing was published:');
    expect(stderr).toContain('  people: rows min 100,000: 60,000 rows\n');
    expect(stderr).toContain(
      '  people: email max-nulls 1 %: 1,200 of 60,000 rows NULL (2 %), such as id 3; id 53; id 103; id 153; id 203\n',
    );
    expect(stderr).toMatch(
      /people: plan in free, pro: 24,000 of 60,000 rows with another value, such as id 1: "Ünï, \\"x\\""; id 4: "gold"/u,
    );
    expect(stderr).toMatch(
      /people: \(plan, born\) unique: 47,200 of 60,000 rows with a key that came before, such as plan /u,
    );
    expect(files(out)).toEqual([]);
    const planned = await tidemark(['plan', ...args], { env: env() });
    expect(planned.stdout).toContain('expected   (plan, born) unique');
    expect(planned.code).toBe(0);
  });

  it('tells of masked and redacted columns, and of secrets, no value; and is shown', async () => {
    const query = 'SELECT id, email, plan, uid FROM people WHERE plan = :wanted AND id < 200';
    const args = ['--query', query, '--secret-param', 'wanted=gold', '--mask', 'email=redact', '--redact-stats', 'uid'];
    const columns = {
      email: { unique: true, pattern: 'planted' },
      uid: { in: ['00000000-0000-0000-0000-000000000001'], 'not-null': true },
      plan: { in: ['free'] },
      id: { max: 3 },
    };
    const made = await snapshotJson([...args, '--expect-warn', JSON.stringify({ columns }), ...to()], { env: env() });
    const manifest = readFileSync(join(made.location, '_manifest.v1.json'), 'utf8');
    expect(manifest).not.toMatch(/user \d|0000000000[1-9a-f][0-9a-f]|gold/);
    const results = (JSON.parse(manifest) as Manifest).run.expectations!;
    expect(results.map(({ rule, rows, examples }) => [rule, rows, examples])).toEqual([
      ['email unique', 0, undefined],
      ['email pattern planted', 40, undefined],
      ['uid not-null', 0, undefined],
      ['uid in 00000000-0000-0000-0000-000000000001', 40, undefined],
      ['plan in free', 40, undefined],
      ['id max 3', 40, ['4', '9', '14', '19', '24'].map((value) => ({ value }))],
    ]);
    const { stdout } = await tidemark(['show', made.location]);
    expect(stdout).toContain('Expected');
    expect(stdout).toMatch(/broken +plan in free: 40 of 40 rows with another value/);
    expect((await tidemark(['verify', made.location])).code).toBe(0);
  });

  it('is not asked of trials how many rows there are; and how old is measured in the time zone', async () => {
    const columns = { seen: { 'max-age': '1h' }, born: { 'max-age': '100000d' } };
    await database.query(
      `CREATE TABLE fresh AS SELECT now()::timestamp AS wall, now() AS seen, (now() AT TIME ZONE 'Asia/Tokyo')::date AS born`,
    );
    const yaml = join(emptyFolder('expect'), 'expect.yaml');
    writeFileSync(
      yaml,
      'tables:\n  people: { table: people, expect-warn: { rows: { min: 100000 } }, limit: 10 }\n  fresh: { table: fresh, expect-warn: { columns: { wall: { max-age: 8h } } } }\n',
    );
    const args = [
      yaml,
      '--time-zone',
      'Asia/Tokyo',
      '--expect',
      JSON.stringify({ columns: { ...columns, seen: { 'max-age': '100000d' } } }),
    ];
    const made = await snapshotJson([...args, ...to()], { env: { ...env(), PGTZ: 'UTC' } });
    const results = manifestOf(made.location).run.expectations!;
    expect(results.map(({ table, rule, outcome }) => `${table}: ${rule}: ${outcome}`)).toEqual([
      'people: seen max-age 100000 d: held',
      'people: born max-age 100000 d: held',
      'people: rows min 100,000: unchecked',
      'fresh: seen max-age 100000 d: held',
      'fresh: born max-age 100000 d: held',
      'fresh: wall max-age 8 h: broken',
    ]);
  });
});
