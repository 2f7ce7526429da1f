import { afterAll, beforeAll, expect, it } from 'vitest';
import { queryDuckdb } from '../../readers/duckdb.js';
import { freshMariadb, type MariadbDatabase } from '../../servers/mariadb.js';
import { withMariadb } from '../../servers/with-mariadb.js';
import { makeVersion } from '../types/version-files.js';

/** Bytes from which on a row comes in several packets. */
const packet = 0xff_ffff;
/** Bytes of a row of an int and two long values, besides these. */
const besides = 14;
const first = 9_000_000;
/** Bytes of the second value, beside a first one of 9 MB. */
const seconds = [
  10,
  // As much as a packet holds; and more, with ff as the lowest byte of the length again.
  ...[0, 0x100].map((more) => packet - besides - first + more),
  9_500_000,
];

withMariadb('rows of MariaDB that come in several packets', (server) => {
  let db: MariadbDatabase;
  beforeAll(async () => {
    db = await freshMariadb(server);
    const value = (pattern: string, length: number): string =>
      `left(repeat('${pattern}', ${Math.ceil(length / pattern.length)}), ${length})`;
    const rows = seconds.map(
      (
        length,
        id,
      ) => `INSERT INTO long_rows VALUES (${id}, ${value('0123456789abcdef~', first)}, ${value('the quick brown fox ', length)});
        INSERT INTO long_rows VALUES (${id + 100}, 'x', NULL)`,
    );
    await db.query(['CREATE TABLE long_rows (id int PRIMARY KEY, a longblob, b longtext)', ...rows].join(';\n'));
  });
  afterAll(() => db.drop());

  it('arrive whole', async () => {
    const made = await makeVersion(db.url, ['--table', 'long_rows']);
    const files = made.files().map((file) => `'${file}'`);
    const read = await queryDuckdb(
      `SELECT id, octet_length(a), md5(a), strlen(b), md5(b) FROM read_parquet([${files.join(', ')}]) ORDER BY id`,
    );
    const expected = await db.query(
      'SELECT id, length(a) la, md5(a) ma, length(b) lb, md5(b) mb FROM long_rows ORDER BY id',
    );
    expect(expected.length).toBe(2 * seconds.length);
    for (const [i, name] of ['id', 'la', 'ma', 'lb', 'mb'].entries()) {
      expect(read[i]!.values).toEqual(expected.map((row) => row[name]));
    }
  });
});
