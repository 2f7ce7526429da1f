import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Manifest } from '../../src/manifest/shape.js';
import { duckdb } from '../readers/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, type Snapshot, snapshotJson, tidemarkHere as tidemark } from '../support/cli.js';

const key = 'a key of more than sixteen bytes';
const hashOf = (kind: string, text: string): string =>
  createHmac('sha256', key).update(`${kind}\0${text}`).digest('hex').slice(0, 32);

describe('masks', { timeout: 60_000 }, () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    await database.query(`CREATE TABLE people (id int, email text, born date, seen timestamptz, tax numeric(12,2), uid uuid, ok bool, raw bytea, score float8, amount numeric);
      INSERT INTO people VALUES
        (1, 'planted-ann@example.com', '1985-12-31', '1999-12-31 23:59:59.999999+00', 1.50, '00112233-4455-6677-8899-aabbccddeeff', true, 'ab', 0.5),
        (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        (3, 'ä', '0044-03-15 BC', '2000-01-01 00:00+00', -3.00, '00112233-4455-6677-8899-aabbccddeeff', false, '', 0.5),
        (4, 'planted-ann@example.com', '1969-12-31', '1969-12-31 23:59:59+00', 12.00, NULL, true, 'ab', NULL);
      CREATE TABLE orders AS SELECT i AS n, (i % 4 + 1)::bigint AS person, 'planted-ann@example.com' AS email FROM generate_series(1, 100) i`);
  });

  const make = (args: readonly string[]): Promise<Snapshot> =>
    snapshotJson([...args, '--dataset', 'dataset://people/v1', '--out', emptyFolder('masks')], {
      env: { TIDEMARK_SOURCE: database.url, TIDEMARK_MASK_KEY: key },
    });
  const masks = (...columns: string[]): string[] => columns.flatMap((column) => ['--mask', column]);
  const manifestOf = ({ location }: Snapshot): Manifest =>
    JSON.parse(readFileSync(join(location, '_manifest.v1.json'), 'utf8')) as Manifest;
  async function columnsOf({ location, shards }: Snapshot): Promise<Record<string, readonly (string | null)[]>> {
    const read = await duckdb.read(join(location, shards[0]!.path));
    return Object.fromEntries(read.map(({ name, values }) => [name, values]));
  }

  it.each(['copy', 'cursor'])(
    'by hash: the same value is the same text, whatever its type is like (%s)',
    async (via) => {
      const made = await make([
        '--table',
        'people',
        '--via',
        via,
        ...masks('id=hash', 'email=hash', 'tax=hash', 'uid=hash', 'ok=hash', 'raw=hash', 'born=hash'),
      ]);
      const columns = await columnsOf(made);
      expect(columns['id']).toEqual(['1', '2', '3', '4'].map((id) => hashOf('number', id)));
      const ann = hashOf('text', 'planted-ann@example.com');
      expect(columns['email']).toEqual([ann, null, hashOf('text', 'ä'), ann]);
      expect(columns['tax']).toEqual([hashOf('number', '1.5'), null, hashOf('number', '-3'), hashOf('number', '12')]);
      const uid = hashOf('uuid', '00112233445566778899aabbccddeeff');
      expect(columns['uid']).toEqual([uid, null, uid, null]);
      expect(columns['ok']!.slice(0, 3)).toEqual([hashOf('bool', 'true'), null, hashOf('bool', 'false')]);
      expect(columns['raw']!.slice(0, 3)).toEqual([hashOf('binary', 'ab'), null, hashOf('binary', '')]);
      expect(columns['born']![3]).toBe(hashOf('days', '-1'));
      const { version } = manifestOf(made);
      expect(version.maskKey).toBe(createHmac('sha256', key).update('tidemark-mask-key').digest('hex').slice(0, 16));
      expect((await tidemark(['verify', made.location])).code).toBe(0);
    },
  );

  it('joins over tables of other types', async () => {
    const people = await columnsOf(await make(['--table', 'people', ...masks('id=hash')]));
    const orders = await columnsOf(await make(['--table', 'orders', ...masks('person=hash')]));
    expect(new Set(orders['person'])).toEqual(new Set(people['id']));
  });

  it('by redact, null and year', async () => {
    const made = await make(['--table', 'people', ...masks('email=redact', 'score=null', 'born=year', 'seen=year')]);
    const columns = await columnsOf(made);
    expect(columns['email']).toEqual(['***', null, '***', '***']);
    expect(columns['score']).toEqual([null, null, null, null]);
    expect(columns['born']).toEqual(['1985', null, '-43', '1969']);
    expect(columns['seen']).toEqual(['1999', null, '2000', '1969']);
    const { schema } = manifestOf(made).version.tables[0]!;
    expect(
      schema
        .filter(({ mask }) => mask !== undefined)
        .map(({ name, mask, type, exactness }) => [name, mask, type, exactness]),
    ).toEqual([
      ['email', 'redact', 'utf8', 'masked'],
      ['born', 'year', 'int32', 'masked'],
      ['seen', 'year', 'int32', 'masked'],
      ['score', 'null', 'float64', 'masked'],
    ]);
  });

  it('years of every day are those of the server', async () => {
    await database.query(`CREATE TABLE days AS SELECT d, extract(year FROM d)::int AS year FROM
      (SELECT date '4713-01-01 BC' + i * 1234 AS d FROM generate_series(0, 2000) i
       UNION ALL SELECT date '1890-12-25' + i FROM generate_series(0, 60000) i) AS days`);
    const made = await make(['--query', 'SELECT d AS masked, d, year FROM days', ...masks('masked=year')]);
    const { masked, d, year } = await columnsOf(made);
    // The server has no year 0: what comes before 1 is one less there.
    expect(masked).toEqual(year!.map((text) => (text!.startsWith('-') ? String(Number(text) + 1) : text)));
    expect(d!.length).toBe(62_002);
  });

  it('with a split by the same column: by the values, one entity in one part', async () => {
    const split = ['--split', 'train=0.5,test=0.5', '--split-key', 'person'];
    const plain = await make(['--table', 'orders', ...split]);
    const masked = await make(['--table', 'orders', ...split, ...masks('person=hash')]);
    const rowsOf = ({ splits }: Snapshot): number[] => Object.values(splits).map(({ rows }) => rows);
    expect(rowsOf(masked)).toEqual(rowsOf(plain));
    expect((await tidemark(['verify', masked.location])).code).toBe(0);
  });

  it('leaves nothing of a value anywhere that is written or said', async () => {
    const planted = 'planted-ann';
    const all = masks('email=hash');
    const { location } = await make(['--table', 'people', '--table', 'orders', ...all]);
    for (const { name, parentPath } of readdirSync(location, { recursive: true, withFileTypes: true })) {
      if (!/\.(?:parquet|json)$/.test(name)) continue;
      expect(readFileSync(join(parentPath, name)).includes(planted), name).toBe(false);
    }
    expect(readFileSync(join(location, '../../valohai.metadata.jsonl'), 'utf8')).not.toContain(planted);
    expect(readFileSync(join(location, '../../valohai.metadata.jsonl'), 'utf8')).not.toContain(key);
    expect(readFileSync(join(location, '_manifest.v1.json'), 'utf8')).not.toContain(key);
    await database.query(`CREATE TABLE odd AS SELECT '4713-01-01 BC'::date - 0 AS d, 'infinity'::date AS born`);
    const words = [
      '--table',
      'odd',
      '--dataset',
      'dataset://odd/v1',
      '--out',
      emptyFolder('masks'),
      '--mask',
      'born=year',
    ];
    const { code, stderr } = await tidemark(['snapshot', ...words], { env: { TIDEMARK_SOURCE: database.url } });
    expect([code, stderr]).toEqual([6, expect.stringContaining('a value (hidden: it is masked) does not fit')]);
  });

  it.each(['copy', 'cursor'])('what the server says of a value is shown without it (%s)', async (via) => {
    await database.query(`CREATE OR REPLACE FUNCTION telling(text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE 'no good: %', $1; END $$;
      CREATE OR REPLACE VIEW casting AS SELECT id, email, email::int AS n FROM people;
      CREATE OR REPLACE VIEW raising AS SELECT id, email, telling(email) AS n FROM people;
      CREATE OR REPLACE VIEW parsing AS SELECT id, email, email::json AS n FROM people`);
    const refusals: [string[], string][] = [
      [['--table', 'casting'], 'invalid input syntax for type integer: "***"'],
      [['--table', 'parsing'], 'invalid input syntax for type json'],
      [['--table', 'raising'], 'reading rows: ***'],
      [['--query', 'SELECT email, email::int AS n FROM people'], 'invalid input syntax for type integer: "***"'],
    ];
    for (const hiding of [
      ['--mask', 'email=hash'],
      ['--redact-stats', 'email'],
    ]) {
      for (const [args, message] of refusals) {
        const words = [...args, '--via', via, '--dataset', 'dataset://v/v1', '--out', emptyFolder('masks'), ...hiding];
        const { code, stderr } = await tidemark(['snapshot', ...words], {
          env: { TIDEMARK_SOURCE: database.url, TIDEMARK_MASK_KEY: key },
        });
        expect([code, stderr]).toEqual([3, expect.stringContaining(message)]);
        expect(stderr).toContain('*** stands where a value of a masked or redacted column may be');
        expect(stderr).not.toContain('planted');
      }
    }
  });

  it.each<[readonly string[], string, Record<string, string>]>([
    [
      masks('amount=hash'),
      'mask: amount=hash: equal values of numeric may have different texts',
      { TIDEMARK_MASK_KEY: key },
    ],
    [['--split', 'a=0.5,b=0.5', '--split-key', 'amount'], 'cannot be a key: equal values may have different texts', {}],
    [masks('id=hash,"a,b"=year'), `Repeat the flag for each column: --mask id=hash --mask '"a,b"=year'`, {}],
    [masks('email=hide'), 'mask: email=hide is not a mask (allowed: hash, redact, null, year)', {}],
    [masks('email=hash'), 'and TIDEMARK_MASK_KEY is not set', {}],
    [masks('email=hash'), 'and TIDEMARK_MASK_KEY has fewer than 16 bytes', { TIDEMARK_MASK_KEY: 'short' }],
    [masks('mail=redact'), 'mask: there is no column "mail". Did you mean "email"?', {}],
    [masks('email=year'), 'mask: email=year is not possible for text (utf8)', {}],
    [masks('score=hash'), 'mask: score=hash is not possible for double precision', { TIDEMARK_MASK_KEY: key }],
    [
      [...masks('id=redact'), '--split', 'a=0.5,b=0.5', '--split-key', 'id'],
      'mask: id decides the split, and can be masked by hash alone',
      {},
    ],
    [[...masks('email=redact'), '--tag', key], 'tag: a secret stands in it', { TIDEMARK_MASK_KEY: key }],
  ])('%j is refused', async (args, message, env) => {
    const words = ['--table', 'people', '--dataset', 'dataset://people/v1', '--out', emptyFolder('masks'), ...args];
    const { code, stderr } = await tidemark(['plan', ...words], { env: { TIDEMARK_SOURCE: database.url, ...env } });
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr).not.toContain(key);
  });
});
