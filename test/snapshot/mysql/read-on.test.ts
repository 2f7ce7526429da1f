import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shardsOf } from '../../../src/manifest/shards.js';
import { freshMariadb, type MariadbDatabase } from '../../servers/mariadb.js';
import { withMariadb } from '../../servers/with-mariadb.js';
import { emptyFolder, tidemarkHere as tidemark } from '../../support/cli.js';
import { makeVersion } from '../types/version-files.js';

/** Rows of a range, by the declared types, and of the table: enough to be worth threads that encode. */
const rowsOfRange = 16_384;
const rows = 70_000;
const spoiled = 3 * rowsOfRange + 100;

withMariadb('one session that reads on while its last rows are encoded', (server) => {
  let db: MariadbDatabase;
  beforeAll(async () => {
    db = await freshMariadb(server);
    await db.query(`CREATE TABLE large (id int PRIMARY KEY, d date, pad text);
      SET sql_mode = 'ALLOW_INVALID_DATES';
      INSERT INTO large SELECT seq, IF(seq = ${spoiled}, '0000-00-00', '2024-01-01' + INTERVAL seq % 1000 DAY), REPEAT(MD5(seq), 14)
        FROM seq_1_to_${rows}; ANALYZE TABLE large`);
  });
  afterAll(() => db.drop());

  it('writes what two write, with what lies beside the rows', async () => {
    const args = ['--table', 'large', '--misfit', 'null', '--mode', 'upsert', '--key', 'id', '--deletes', 'scan'];
    const [one, two] = [
      await makeVersion(db.url, [...args, '--lanes', '1']),
      await makeVersion(db.url, [...args, '--lanes', '2']),
    ];
    const { tables } = one.manifest.version;
    expect(tables).toEqual(two.manifest.version.tables);
    expect(one.table().facts.rows).toBe(rows);
    expect(shardsOf(one.table()).length).toBeGreaterThan(0);
    expect(await tidemark(['verify', one.location])).toMatchObject({ code: 0 });
  });

  // With one core no thread encodes for another.
  it.runIf(availableParallelism() > 1)('names the row of an earlier range that its columns cannot hold', async () => {
    const out = emptyFolder('read-on');
    const { code, stderr } = await tidemark(
      ['snapshot', '--dataset', 'dataset://m/v', '--out', out, '--table', 'large', '--lanes', '1'],
      { env: { TIDEMARK_SOURCE: db.url } },
    );
    expect(stderr).toContain('Column "d" (date): 0000-00-00 does not fit date32');
    expect(stderr).toContain(`row 100 of rows ${(3 * rowsOfRange + 1).toLocaleString('en')}–`);
    expect(code).toBe(6);
    expect(readdirSync(out)).toEqual([]);
  });
});
