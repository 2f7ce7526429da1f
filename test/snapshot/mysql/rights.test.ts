import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshMariadb, type MariadbDatabase } from '../../servers/mariadb.js';
import { withMariadb } from '../../servers/with-mariadb.js';
import { tidemarkHere as tidemark } from '../../support/cli.js';
import { makeVersion } from '../types/version-files.js';

withMariadb('what a user of MariaDB may do, and what a run does not', (server) => {
  let db: MariadbDatabase;
  const urlOf = (name: string): string => db.url.replace('root@', `${name}_${db.name.slice(0, 10)}@`);
  const user = (name: string, grants: string, more = ''): Promise<unknown> => {
    const account = `${name}_${db.name.slice(0, 10)}`;
    return db.query(`CREATE USER ${account} ${more}; ${grants.replaceAll('USER', account)}`);
  };
  beforeAll(async () => {
    db = await freshMariadb(server);
    await db.query(`CREATE TABLE t (id int PRIMARY KEY, secret text, pad text);
      INSERT INTO t SELECT seq, 'x', REPEAT('x', 900) FROM seq_1_to_40000; ANALYZE TABLE t;
      CREATE TABLE log (id int); CREATE TABLE old (id int) ENGINE = MyISAM; CREATE VIEW shown AS SELECT * FROM old;
      CREATE FUNCTION writes() RETURNS int MODIFIES SQL DATA DETERMINISTIC BEGIN INSERT INTO log VALUES (1); RETURN 1; END`);
  });
  afterAll(async () => {
    const accounts = await db.query(
      `SELECT CONCAT(user, '@', '\\'%\\'') AS account FROM mysql.user WHERE user LIKE '%${db.name.slice(0, 10)}'`,
    );
    for (const { account } of accounts) await db.query(`DROP USER ${account}`);
    await db.drop();
  });

  it.each(['snapshot', 'none'])('a query that writes is refused, with --consistency %s', async (consistency) => {
    const { code, stderr } = await tidemark(
      ['snapshot', '--dataset', 'dataset://m/v', '--query', 'SELECT writes() AS n', '--consistency', consistency],
      { env: { TIDEMARK_SOURCE: db.url } },
    );
    expect([code, stderr]).toEqual([3, expect.stringContaining('READ ONLY transaction')]);
    expect(await db.query('SELECT * FROM log')).toEqual([]);
  });

  it('a table of which some columns may not be read is refused, and a query of the others is not', async () => {
    await user('column', `GRANT SELECT (id) ON ${db.name}.t TO USER`);
    const { code, stderr } = await tidemark(['snapshot', '--dataset', 'dataset://m/v', '--table', 't'], {
      env: { TIDEMARK_SOURCE: urlOf('column') },
    });
    expect([code, stderr]).toEqual([3, expect.stringContaining('GRANT SELECT')]);
    expect((await makeVersion(urlOf('column'), ['--query', 'SELECT id FROM t'])).table().facts.rows).toBe(40_000);
  });

  it.each([1, 2, 3, 4, 5])('with at most %i connections the lanes are as many as there can be', async (most) => {
    await user(`few${most}`, `GRANT SELECT, LOCK TABLES ON ${db.name}.* TO USER`, `WITH MAX_USER_CONNECTIONS ${most}`);
    const { manifest } = await makeVersion(urlOf(`few${most}`), ['--table', 't', '--lanes', '3']);
    expect(manifest.run.lanes).toBe([1, 1, 2, 3, 3][most - 1]);
  });

  it.each([
    [['--query', 'SELECT id FROM old'], 'statement'],
    [['--table', 'shown'], 'statement'],
    [['--query', 'SELECT id FROM shown'], 'statement'],
    [['--query', 'SELECT id FROM t'], 'snapshot'],
  ])('%j is certified by the level %s', async (args, level) => {
    expect((await makeVersion(db.url, args)).manifest.run.certificate).toMatchObject({ level });
  });
});
