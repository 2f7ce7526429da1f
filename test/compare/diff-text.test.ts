import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { diff, snapshot, type SnapshotOptions } from '../../dist/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { type CliRun, emptyFolder, tidemark } from '../support/cli.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
});
afterAll(() => db.drop());

async function version(options: SnapshotOptions): Promise<string> {
  const given = { source: db.url, dataset: 'dataset://texts/v', out: emptyFolder('diff-text') };
  return (await snapshot({ ...given, ...options }, { env: {} })).location;
}

/** What is printed of a table before and after a change. */
async function told(
  [before, after]: readonly [string, string],
  words: readonly string[],
  options: SnapshotOptions = {},
): Promise<CliRun> {
  const [from, to] = [await version({ query: before, ...options }), await version({ query: after, ...options })];
  return tidemark(['diff', from, to, ...words]);
}

const rowsOf = ({ stdout }: CliRun): readonly string[] => stdout.split('\n').filter((line) => /^ {2}[-+~] /.test(line));
const shown = ['--key', 'id', '--rows', '20'];

describe('rows as text', () => {
  it('tell values apart', async () => {
    const texts: readonly (readonly [before: string, after: string, printed: string])[] = [
      ['NULL', "'NULL'", 'NULL → "NULL"'],
      ["''", 'NULL', '"" → NULL'],
      ["'q, id=5 → 6'", "'q'", '"q, id=5 → 6" → q'],
      [`'"a"'`, "'a'", String.raw`"\"a\"" → a`],
      [String.raw`'\n'`, String.raw`E'\n'`, String.raw`"\\n" → "\n"`],
      [String.raw`E'\x1b[2K'`, String.raw`U&'\2028\202E'`, String.raw`"\u001b[2K" → "\u2028\u202e"`],
      ["'New York'", "'Zürich'", '"New York" → Zürich'],
      [`'{"a": 1}'`, "'{a}'", '{"a": 1} → {a}'],
      ["'not told (redacted)'", "'x'", '"not told (redacted)" → x'],
    ];
    const of = (side: 0 | 1): string =>
      `SELECT * FROM (VALUES ${texts.map((text, id) => `(${id}, ${text[side]})`).join(', ')}) t(id, v)`;
    const found = await told([of(0), of(1)], shown);
    expect(rowsOf(found).toSorted()).toEqual(texts.map(([, , printed], id) => `  ~ id=${id}, v=${printed}`));
  });

  it('have numbers, moments and lists as they are', async () => {
    const [before, after] = [
      "SELECT 1 AS id, 1.50::numeric(9,2) AS n, timestamp '2024-01-01' AS at, ARRAY[1,2] AS l, true AS b",
      "SELECT 1 AS id, (-2.00)::numeric(9,2) AS n, timestamp '2024-01-02 10:00' AS at, ARRAY[1] AS l, false AS b",
    ];
    expect(rowsOf(await told([before, after], shown))).toEqual([
      '  ~ id=1, n=1.50 → -2.00, at=2024-01-01T00:00:00 → 2024-01-02T10:00:00, l=[1,2] → [1], b=true → false',
    ]);
  });

  it('have the key and what changed', async () => {
    const wide = Array.from({ length: 18 }, (_, i) => `${i} AS c${i}`).join(', ');
    const of = (value: string): string => `SELECT 7 AS id, ${wide}, ${value} AS v`;
    expect(rowsOf(await told([of('1'), of('2')], shown))).toEqual(['  ~ id=7, v=1 → 2']);
  });

  it('say which redacted columns changed, and not what to', async () => {
    const of = (value: string): string => `SELECT 1 AS id, '${value}' AS secret, 5 AS other`;
    const found = await told([of('one'), of('two')], shown, { redactStats: 'secret' });
    expect(rowsOf(found)).toEqual(['  ~ id=1, secret: not told (redacted or masked)']);
    expect(found.stdout).not.toMatch(/one|two/);
  });

  it('name no row by a key that is redacted', async () => {
    const of = (ids: string, value: number): string => `SELECT i AS id, ${value} AS v FROM (VALUES ${ids}) t(i)`;
    const found = await told([of('(81), (82)', 1), of('(81), (83)', 2)], shown, { redactStats: 'id' });
    expect(rowsOf(found)).toEqual([
      '  - id: not told (redacted or masked), v=1',
      '  + id: not told (redacted or masked), v=2',
      '  ~ id: not told (redacted or masked), v=1 → 2',
    ]);
  });

  it('name columns so that nobody takes them for others', async () => {
    const of = (value: string): string => `SELECT 1 AS id, ${value} AS "a=1, b"`;
    expect(rowsOf(await told([of('1'), of('2')], shown))).toEqual(['  ~ id=1, "a=1, b"=1 → 2']);
  });

  it('go whole to programs', async () => {
    const of = (value: string): string => `SELECT 1 AS id, ${value} AS v, 'as it was' AS other`;
    const { stdout } = await told([of('NULL::text'), of("'NULL'")], [...shown, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      tables: [
        {
          untold: [],
          samples: {
            changed: [
              {
                from: { id: '1', v: null, other: 'as it was' },
                to: { id: '1', v: 'NULL', other: 'as it was' },
                columns: ['v'],
              },
            ],
          },
        },
      ],
    });
  });
});

describe('names and values of several lines', () => {
  const name = String.raw`U&"x\000Ay\001B[2K\2028\202E"`;
  const printed = String.raw`x\u000ay\u001b[2K\u2028\u202e`;
  const of = (value: string): string => `SELECT 1 AS id, ${value} AS ${name}`;

  it('are one where columns and rows are told', async () => {
    const { stdout } = await told([of("'p'"), of(String.raw`E'p\nq\x1b'`)], shown);
    const lines = stdout.split('\n');
    expect(lines).toContainEqual(
      expect.stringMatching(/^ {2}x\\u000ay\\u001b\[2K\\u2028\\u202e +1 +0 .*p → "p\\nq\\u001b"$/),
    );
    expect(lines).toContain(String.raw`  ~ id=1, "x\ny\u001b[2K\u2028\u202e"=p → "p\nq\u001b"`);
  });

  it('are one where a column has another type, and where an error lists them', async () => {
    const before = await version({ query: of('1') });
    const after = await version({ query: of("'1'") });
    expect((await tidemark(['diff', before, after])).stdout).toContain(`${printed}: int32 → utf8\n`);
    const one = await version({ query: of('2') });
    const { code, stderr } = await tidemark(['diff', before, one, '--key', 'a\nb']);
    expect([code, stderr]).toEqual([2, expect.stringContaining(String.raw`has "a\u000ab"`)]);
    expect(stderr).toContain(`Columns of both: id, ${printed}.`);
  });

  it('are one in show and in find', async () => {
    const made = await version({ query: of(String.raw`E'p\nq'`) });
    const { stdout } = await tidemark(['show', made]);
    expect(stdout).toMatch(/^ {2}x\\u000ay\\u001b.* "p\\nq" to "p\\nq"/m);
    const found = await tidemark(['find', '--key', 'x\ny\u001b[2K\u2028\u202e=p\nq', made]);
    expect(found.stdout).toContain(String.raw`x\u000ay\u001b[2K\u2028\u202e="p\nq" is in 1 row of 1 file`);
  });
});

describe('smallest and largest values', () => {
  it('that were shortened are told as what they are, and of what is kept as text there are none', async () => {
    const long = (last: string): string =>
      `SELECT * FROM (VALUES (1, repeat('z', 99) || '${last}', 9::numeric), (2, 'b', 100)) v(id, s, n)`;
    const [from, to] = [await version({ query: long('y') }), await version({ query: long('z') })];
    const { stdout } = await tidemark(['diff', from, to, '--key', 'id']);
    expect(stdout).toMatch(/^ {2}s +1 +0 +2 +b +≤ z{63}\{$/m);
    const { tables } = await diff(from, to, { key: ['id'] });
    expect(tables[0]!.columns.map(({ name, type, min }) => [name, type, min])).toEqual([
      ['id', 'int32', { from: '1', to: '1' }],
      ['s', 'utf8', { from: 'b', to: 'b' }],
      ['n', 'utf8', { from: undefined, to: undefined }],
    ]);
    expect((await tidemark(['show', from])).stdout).toMatch(/^ {2}s .*, exact, b to ≤ z{63}\{$/m);
  });
});
