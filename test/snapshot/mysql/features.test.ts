import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Manifest } from '../../../src/manifest/shape.js';
import { freshMariadb, type MariadbDatabase } from '../../servers/mariadb.js';
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.js';
import { withMariadb } from '../../servers/with-mariadb.js';
import { emptyFolder, snapshotJson, tidemarkHere as tidemark } from '../../support/cli.js';

/** The same rows in both databases. */
const rows = 3000;
const create = `CREATE TABLE people (id int PRIMARY KEY, customer bigint NOT NULL, country varchar(10), price numeric(12,2), born date, seen MOMENT, score double precision, note text)`;
const values = `n, n % 211, CASE n % 4 WHEN 0 THEN 'fi' WHEN 1 THEN 'se' WHEN 2 THEN 'ä é' END, n / 100.0, DAY, INSTANT, n / 4.0, CASE WHEN n % 3 > 0 THEN CONCAT('note ', n) END`;

withMariadb('what a version can be, of MariaDB as of PostgreSQL', (server) => {
  let maria: MariadbDatabase;
  let postgres: FreshDatabase;
  beforeAll(async () => {
    [maria, postgres] = await Promise.all([freshMariadb(server), freshDatabase(inject('postgres18'))]);
    await maria.query(`${create.replace('MOMENT', 'datetime(6)')};
      INSERT INTO people SELECT ${values.replace('DAY', "'2000-01-01' + INTERVAL n DAY").replace('INSTANT', "'2024-01-01' + INTERVAL n * 1000003 MICROSECOND")} FROM (SELECT seq AS n FROM seq_1_to_${rows}) q`);
    await postgres.query(`${create.replace('MOMENT', 'timestamp')};
      INSERT INTO people SELECT ${values.replace('DAY', "date '2000-01-01' + n").replace('INSTANT', "timestamp '2024-01-01' + n * interval '1000003 microseconds'")} FROM generate_series(1, ${rows}) n`);
  });
  afterAll(() => Promise.all([maria.drop(), postgres.drop()]));

  const make = async (
    url: string,
    args: readonly string[],
  ): Promise<{ location: string; manifest: Manifest; digest: string }> => {
    const out = emptyFolder('features');
    const { location, digest } = await snapshotJson(
      ['--table', 'people', '--dataset', 'dataset://people/v', '--date', '2024-06-01', '--out', out, ...args],
      { env: { TIDEMARK_SOURCE: url, TIDEMARK_MASK_KEY: 'a key of at least thirty-two bytes, which nobody knows' } },
    );
    return {
      location,
      digest,
      manifest: JSON.parse(readFileSync(join(location, '_manifest.v.json'), 'utf8')) as Manifest,
    };
  };
  /** What of a version does not say where its rows come from. */
  const contents = ({ version }: Manifest): unknown =>
    version.tables.map(({ digest, facts, targets }) => ({
      digest,
      facts,
      targets: targets.map(({ shards, bytes: _, ...target }) => ({
        ...target,
        rows: shards.map(({ facts: { rows: count } }) => count),
      })),
    }));

  describe.each([
    ['Parquet', []],
    ['CSV', ['--format', 'csv']],
    ['splits by a key', ['--split', 'train=0.7,test=0.3', '--split-key', 'customer']],
    [
      'exact splits in strata',
      ['--split', 'train=0.7,test=0.3', '--split-key', 'id', '--split-exact', '--split-strata', 'country'],
    ],
    ['splits by time', ['--split', 'train,test', '--split-time', 'seen=2024-01-01T00:20:00']],
    ['partitions', ['--partition-by', 'country']],
    ['a sample', ['--sample', '0.2', '--split-key', 'customer']],
    ['masks', ['--mask', 'note=hash', '--mask', 'born=year', '--mask', 'score=null', '--mask', 'country=redact']],
    ['expectations', ['--expect', '{unique: [[id, seen]], columns: {id: {unique: true}, price: {not-null: true}}}']],
    ['deletes to come', ['--cursor', 'seen', '--lag', '0', '--mode', 'upsert', '--key', 'id', '--deletes', 'scan']],
  ] as const)('%s', (_, args) => {
    it('hold the same rows, and are verified', async () => {
      const [ours, theirs] = [await make(maria.url, args), await make(postgres.url, args)];
      expect(contents(ours.manifest)).toEqual(contents(theirs.manifest));
      expect(ours.digest).toBe(theirs.digest);
      const { code, stdout } = await tidemark(['verify', '--json', ours.location]);
      expect([code, JSON.parse(stdout)]).toMatchObject([0, { findings: [] }]);
    });
  });

  it('plan says what would be read, and reads no rows', async () => {
    const { code, stdout } = await tidemark(['plan', '--table', 'people', '--dataset', 'dataset://people/v'], {
      env: { TIDEMARK_SOURCE: maria.url },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/price\s+decimal\(12,2\)\s+decimal128\(12,2\)/);
  });

  it('parameters of a query are bound, and secret ones are told nowhere', async () => {
    const secret = 'it\'s \\ "quoted"';
    await maria.query('CREATE TABLE words (word varchar(50)); INSERT INTO words VALUES (?), (?)', [secret, 'other']);
    const run = await tidemark(
      [
        'snapshot',
        '--json',
        '--query',
        "SELECT word, 'a :b ''c' AS t FROM words WHERE word = :word -- :not",
        '--dataset',
        'dataset://w/v',
        '--out',
        emptyFolder('w'),
      ],
      { env: { TIDEMARK_SOURCE: maria.url, TIDEMARK_SECRET_PARAM: `word=${secret}` } },
    );
    expect([run.code, JSON.parse(run.stdout)]).toMatchObject([0, { rows: 1 }]);
    const { location } = JSON.parse(run.stdout) as { location: string };
    expect(readFileSync(join(location, '_manifest.v.json'), 'utf8')).not.toContain('quoted');
  });
});
