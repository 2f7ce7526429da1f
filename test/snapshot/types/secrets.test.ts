import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.js';
import { emptyFolder, tidemark } from '../../support/cli.js';

const roads = ['copy', 'cursor'] as const;

/** Little-endian bytes, as PLAIN values and statistics have them. */
function littleEndian(value: bigint, size: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes.subarray(0, size);
}

/** The extreme value of each column, as text and as the bytes that a file has for it. */
const extremes = [
  { column: 'name', text: 'zz-hidden-7f3a9c2e', bytes: Buffer.from('zz-hidden-7f3a9c2e') },
  { column: 'cnt', text: '8170167167117100391', bytes: littleEndian(8_170_167_167_117_100_391n, 8) },
  { column: 'num', text: '7777777777.1234', bytes: littleEndian(77_777_777_771_234n, 8) },
  { column: 'd', text: '5123-07-19', bytes: littleEndian(1_151_808n, 4) },
  { column: 'nn', text: '999999.75', bytes: Buffer.from('999999.75') },
  { column: 'tags', text: '{zz-of-an-array}', bytes: Buffer.from('zz-of-an-array') },
  {
    column: 'u',
    text: 'ffffffff-1234-5678-9abc-def012345678',
    bytes: Buffer.from('ffffffff123456789abcdef012345678', 'hex'),
  },
];
const numbers = ['cnt', 'num', 'd'];
const secret = 'Hush-5a5a-token';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
  await db.query(`CREATE TABLE people (id int, name text, cnt bigint, num numeric(18,4), d date, nn numeric, tags text[], u uuid);
    INSERT INTO people SELECT g, 'n' || g, g, g, date '2024-01-01' + g, g * 1.5, ARRAY['a' || g], md5(g::text)::uuid
      FROM generate_series(1, 300) g;
    INSERT INTO people VALUES (301, ${extremes.map(({ text }) => `'${text}'`).join(', ')})`);
});
afterAll(() => db.drop());

interface Traces {
  readonly code: number | undefined;
  /** Everything that was printed, and every file but the shard. */
  readonly texts: readonly { readonly where: string; readonly text: string }[];
  readonly shard: Buffer;
}

/** A run without compression, so that values stand in the shard as they are. */
async function tracesOf(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Traces> {
  const out = emptyFolder('secrets');
  const fixed = ['--dataset', 'dataset://s/v', '--compression', 'none', '--out', out];
  const { code, stdout, stderr } = await tidemark(['snapshot', ...fixed, ...args], {
    env: { TIDEMARK_SOURCE: db.url, ...env },
  });
  const paths = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = paths.map(({ name, parentPath }) => ({ name, bytes: readFileSync(join(parentPath, name)) }));
  const others = files.filter(({ name }) => !name.endsWith('.parquet'));
  if (code === 0) expect(others.map(({ name }) => name).sort()).toEqual(['_manifest.v.json', 'valohai.metadata.jsonl']);
  return {
    code,
    texts: [
      ...others.map(({ name, bytes }) => ({ where: name, text: bytes.toString('latin1') })),
      { where: 'stdout', text: stdout },
      { where: 'stderr', text: stderr },
    ],
    shard: files.find(({ name }) => name.endsWith('.parquet'))?.bytes ?? Buffer.alloc(0),
  };
}

function count(haystack: Buffer, needle: Buffer): number {
  let found = 0;
  for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + 1)) found += 1;
  return found;
}

describe('--redact-stats', () => {
  const columns = extremes.map(({ column }) => column).join(',');

  it('can be seen to matter: without it, extremes stand in manifest and footer', async () => {
    const { texts, shard } = await tracesOf(['--table', 'people']);
    const manifest = texts.find(({ where }) => where === '_manifest.v.json')!.text;
    for (const { column, text, bytes } of extremes) {
      // Of what is kept as text, and of nested values, the manifest tells no range.
      if (column !== 'nn' && column !== 'tags') expect(manifest, column).toContain(text);
      expect(count(shard, bytes), column).toBeGreaterThan(1);
    }
  });

  it.each(roads)('by %s: a value stands once in the shard, as data, and nowhere else', async (via) => {
    const { code, texts, shard } = await tracesOf([
      '--table',
      'people',
      '--via',
      via,
      '--redact-stats',
      columns,
      '--json',
    ]);
    expect(code).toBe(0);
    for (const { column, text, bytes } of extremes) {
      expect(
        texts.filter((place) => place.text.includes(text)).map(({ where }) => where),
        column,
      ).toEqual([]);
      // Of numbers the data may have the difference from the one before.
      expect(count(shard, bytes), column).toBeLessThanOrEqual(1);
      if (!numbers.includes(column)) expect(count(shard, bytes), column).toBe(1);
    }
  });

  it('keeps a misfit out of the message, and refuses to tell a range of dates', async () => {
    const misfit = await tracesOf([
      '--query',
      `SELECT name, cnt::numeric AS cnt FROM people`,
      '--redact-stats',
      'cnt',
      '--cast',
      'cnt=decimal(9,0)',
    ]);
    expect(misfit.code).toBe(6);
    expect(JSON.stringify(misfit.texts)).toContain('redacted');
    expect(JSON.stringify(misfit.texts)).not.toContain(extremes[1]!.text);
    const range = await tracesOf(['--table', 'people', '--redact-stats', 'd', '--date-column', 'd']);
    expect(range.code).toBe(2);
  });
});

describe('a secret parameter', () => {
  const query = `SELECT id, name, :token AS token, upper(:token) AS loud FROM people WHERE name <> :token`;
  const env = { TIDEMARK_PARAM_TOKEN: secret };

  it.each(roads)('by %s: its value stands in the shard as data alone, and nowhere else', async (via) => {
    const given =
      via === 'copy'
        ? { args: ['--secret-param', 'token'], env }
        : { args: ['--secret-param', `token=${secret}`], env: {} };
    const { code, texts, shard } = await tracesOf(['--query', query, '--via', via, ...given.args], given.env);
    expect(code).toBe(0);
    expect(texts.filter(({ text }) => text.toLowerCase().includes(secret.toLowerCase()))).toEqual([]);
    expect(count(shard, Buffer.from(secret))).toBe(1);
    expect(count(shard, Buffer.from(secret.toUpperCase()))).toBe(1);
  });

  it.each([
    ['copy', 'SELECT :token::int AS n', 3],
    ['cursor', 'SELECT (name || :token)::int AS n FROM people', 3],
    ['copy', 'SELECT (upper(:token) || name)::date AS n FROM people', 3],
    ['cursor', `SELECT jsonb_build_array(reverse(:token) || ']')::text::int AS n FROM people`, 3],
    ['copy', 'SELECT :token AS token FROM no_such_table', 3],
    ['copy', `SELECT 'NaN'::numeric(5,2) AS n, :token AS token`, 6],
  ] as const)('by %s: an error of %s does not tell it', async (via, sql, exit) => {
    const run = await tracesOf(['--query', sql, '--via', via, '--secret-param', 'token'], {
      ...env,
      TIDEMARK_DEBUG: '1',
    });
    expect(run.code).toBe(exit);
    const said = JSON.stringify(run.texts).toLowerCase();
    for (const form of [secret, [...secret].reverse().join('')]) expect(said).not.toContain(form.toLowerCase());
  });
});
