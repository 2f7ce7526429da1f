import { afterAll, beforeAll, expect, it } from 'vitest';
import { shardsOf } from '../../../src/manifest/shards.js';
import { queryDuckdb } from '../../readers/index.js';
import { freshMariadb, type MariadbDatabase } from '../../servers/mariadb.js';
import { withMariadb } from '../../servers/with-mariadb.js';
import { type MadeVersion, makeVersion } from '../types/version-files.js';

/** Wide enough by its type that a few ranges come of so many rows. */
const pad = 'pad text';
const count = 40_000;

/** Keys of every kind: the columns of a table, its key, and values from the number `seq`, with gaps and out of order. */
const keys: readonly (readonly [name: string, columns: string, key: string, values: string])[] = [
  ['signed integers', 'k bigint', 'k', '(CAST(seq AS SIGNED) - 30000) * 1000003'],
  ['unsigned integers past int64', 'k bigint unsigned', 'k', '18446744073709551615 - seq * 7'],
  ['decimals', 'k decimal(30,10)', 'k', 'seq * 1.0000000001 - 30000'],
  ['dates and times', 'k datetime(6)', 'k', "'2024-01-01' + INTERVAL seq * 1000001 MICROSECOND"],
  ['timestamps', 'k timestamp(6)', 'k', "'2024-01-01' + INTERVAL seq * 1000001 MICROSECOND"],
  ['binary UUIDs', 'k binary(16)', 'k', 'UNHEX(MD5(seq))'],
  ['UUIDs', 'k uuid', 'k', "CONCAT_WS('-', LEFT(MD5(seq), 8), 'abcd', '4bcd', 'abcd', RIGHT(MD5(seq), 12))"],
  [
    'texts, in which case means nothing',
    'k varchar(60) collate utf8mb4_general_ci',
    'k',
    "CONCAT(IF(seq % 2, 'Ä', 'a'), MD5(seq), ' ''\\\\')",
  ],
  ['texts in latin1', 'k varchar(60) character set latin1', 'k', "CONCAT('é', MD5(seq))"],
  [
    'several columns',
    'a smallint, b varchar(20), c date',
    'a, b, c',
    "seq % 7, CONCAT('t', seq % 11), '2020-01-01' + INTERVAL seq DAY",
  ],
  ['a unique index, where there is no primary key', 'k int NOT NULL, UNIQUE KEY `odd ``name` (k)', '', 'seq * 3'],
];

withMariadb('ranges by key', (server) => {
  let db: MariadbDatabase;
  beforeAll(async () => {
    db = await freshMariadb(server);
  });
  afterAll(() => db.drop());

  const bytesOf = (made: MadeVersion): unknown[] => shardsOf(made.table()).map(({ path, sha256 }) => [path, sha256]);

  it.each(keys)(
    'of %s: each row once, in order, the same bytes however many read',
    async (name, columns, key, values) => {
      // Of some so much that several sessions are begun; the others are cut in the same way.
      const isLarge = ['signed integers', 'several columns'].includes(name);
      await db.query(`CREATE OR REPLACE TABLE t (${columns}, n int, ${pad}${key === '' ? '' : `, PRIMARY KEY (${key})`});
      INSERT INTO t SELECT ${values}, seq, ${isLarge ? "IF(seq % 40 = 0, REPEAT('x', 36000), NULL)" : 'NULL'} FROM seq_1_to_${count};
      ANALYZE TABLE t`);
      const one = await makeVersion(db.url, ['--table', 't', '--lanes', '1']);
      expect(one.table().facts.rows).toBe(count);
      expect(one.manifest.version.tables[0]!.targets.length).toBe(1);
      const list = one
        .files()
        .map((file) => `'${file}'`)
        .join(', ');
      const [numbers] = await queryDuckdb(
        `SELECT n::varchar AS n FROM read_parquet([${list}], file_row_number = true) `,
      );
      const inOrder = await db.query(`SELECT n FROM t ORDER BY ${key === '' ? 'k' : key}`);
      expect(numbers!.values).toEqual(inOrder.map(({ n }) => n));
      const three = await makeVersion(db.url, ['--table', 't', '--lanes', '3', '--max-statement', '1ms']);
      expect(three.manifest.run.lanes).toBe(isLarge ? 3 : 1);
      expect(bytesOf(three)).toEqual(bytesOf(one));
    },
  );

  it('a table without a key, or whose key orders nothing that can be asked for, is read by one statement', async () => {
    for (const columns of [
      'k int, n int',
      "k enum('b', 'a') PRIMARY KEY, n int",
      'k double PRIMARY KEY, n int',
      'k varchar(9) NOT NULL, n int, UNIQUE (k(3))',
    ]) {
      await db.query(`CREATE OR REPLACE TABLE t (${columns}); INSERT INTO t VALUES ('1', 1), ('2', 2)`);
      const made = await makeVersion(db.url, ['--table', 't']);
      expect(made.table().facts.rows).toBe(2);
      expect(made.manifest.run.lanes).toBe(1);
    }
  });

  it('a table of another engine is read by one statement, and is of one moment as long as that takes', async () => {
    await db.query(
      `CREATE OR REPLACE TABLE t (k int PRIMARY KEY, ${pad}) ENGINE = MyISAM; INSERT INTO t SELECT seq, REPEAT('x', 900) FROM seq_1_to_40000`,
    );
    const { manifest, warnings } = await makeVersion(db.url, ['--table', 't', '--lanes', '3']);
    expect(manifest.run).toMatchObject({
      lanes: 1,
      certificate: { level: 'statement', oneSession: expect.stringContaining('MyISAM, which keeps no moments') },
    });
    expect(warnings.join()).toContain('one connection reads, not 3');
  });

  it('partitions of a table are read through it', async () => {
    await db.query(`CREATE OR REPLACE TABLE t (k int PRIMARY KEY, ${pad}) PARTITION BY HASH (k) PARTITIONS 5;
      INSERT INTO t SELECT seq, 'x' FROM seq_1_to_40000`);
    const made = await makeVersion(db.url, ['--table', 't']);
    expect(made.table().facts).toMatchObject({ rows: 40_000, columns: [{ min: '1', max: '40000' }, {}] });
  });
});
