import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshMariadb, type MariadbDatabase } from '../../servers/mariadb.js';
import { withMariadb } from '../../servers/with-mariadb.js';
import { emptyFolder, snapshotJson, tidemark } from '../../support/cli.js';
import { stateOf } from '../bank.js';
import { makeVersion } from '../types/version-files.js';
import { Bank, expectedSum } from './bank.js';

/** `npm run test:long` takes more: the short form keeps `npm test` quick. */
const long = process.env['TIDEMARK_TEST_LONG'] === '1';
const snapshots = long ? 50 : 4;

withMariadb('one moment of MariaDB, while others write without pause', (server) => {
  let db: MariadbDatabase;
  let bank: Bank;
  beforeAll(async () => {
    db = await freshMariadb(server);
    bank = await Bank.open(db);
    await bank.startWriters(3);
  });
  afterAll(async () => {
    await bank.stop();
    await db.drop();
  });

  const read = (version: string, out: string, ...args: string[]) =>
    snapshotJson(
      ['--table', 'accounts', '--dataset', `dataset://bank/${version}`, '--lanes', '3', '--out', out, ...args],
      { env: { TIDEMARK_SOURCE: db.url } },
    );

  it(`holds ${snapshots} times in a row over several lanes, and holds nobody up`, { timeout: 400_000 }, async () => {
    const out = emptyFolder('moment');
    const before = bank.transactions;
    for (let i = 0; i < snapshots; i += 1) {
      const { location } = await read(`v${i}`, out);
      expect(await stateOf(location)).toMatchObject({ sum: expectedSum, torn: 0, duplicates: 0n });
    }
    expect(bank.transactions - before).toBeGreaterThan(snapshots * 10);
    expect(bank.longest).toBeLessThan(5000);
  });

  it('says in the certificate which tables were locked, for how long, and where in the log the moment is', async () => {
    const { manifest } = await makeVersion(db.url, ['--table', 'accounts', '--lanes', '3']);
    expect(manifest.run).toMatchObject({
      lanes: 3,
      certificate: {
        level: 'snapshot',
        isolation: 'repeatable read, read only',
        locked: [`\`${db.name}\`.\`accounts\``],
        lockedMilliseconds: expect.stringMatching(/^\d+$/),
        binlog: expect.stringMatching(/^binlog\.\d+:\d+$/),
        gtid: expect.stringMatching(/^\d+-\d+-\d+$/),
      },
    });
  });

  it('can fail: lanes that read without a common moment are torn', { timeout: 120_000 }, async () => {
    const out = emptyFolder('torn');
    let torn = 0;
    for (let i = 0; i < 20 && torn === 0; i += 1) {
      const { location } = await read(`v${i}`, out, '--consistency', 'none');
      const state = await stateOf(location);
      if (state.sum !== expectedSum || state.torn > 0 || state.duplicates > 0n) torn += 1;
    }
    expect(torn).toBe(1);
  });

  it('is read by one session where a writer stays in its transaction, and the certificate says why', async () => {
    const writer = await db.connect();
    try {
      await writer.query('BEGIN; UPDATE accounts SET mark = 1 WHERE id = 1500');
      const { manifest, warnings } = await makeVersion(db.url, ['--table', 'accounts', '--lanes', '3']);
      expect(manifest.run).toMatchObject({
        lanes: 1,
        certificate: { level: 'snapshot', oneSession: expect.stringContaining('could not be locked within 2 s') },
      });
      expect(warnings.join()).toContain('one connection reads, not 3: the tables could not be locked');
    } finally {
      await writer.query('ROLLBACK');
      await writer.end();
    }
  });

  it('is read by one session where the user may not lock', async () => {
    await db.query(
      `CREATE USER reader_${db.name} IDENTIFIED BY 'a-Secret'; GRANT SELECT ON ${db.name}.* TO reader_${db.name}`,
    );
    const url = db.url.replace('root@', `reader_${db.name}:a-Secret@`);
    const { manifest } = await makeVersion(url, ['--table', 'accounts', '--lanes', '3']);
    expect(manifest.run).toMatchObject({
      lanes: 1,
      certificate: { oneSession: 'this user may not lock the tables: GRANT LOCK TABLES' },
    });
    await db.query(`GRANT LOCK TABLES ON ${db.name}.* TO reader_${db.name}`);
    expect((await makeVersion(url, ['--table', 'accounts', '--lanes', '3'])).manifest.run.lanes).toBe(3);
  });
});

withMariadb('a table of MariaDB that is altered meanwhile', (server) => {
  let db: MariadbDatabase;
  beforeAll(async () => {
    db = await freshMariadb(server);
  });
  afterAll(() => db.drop());

  it.each([
    [
      'TRUNCATE',
      'CREATE OR REPLACE TABLE kept AS SELECT * FROM other; TRUNCATE other; INSERT INTO other SELECT * FROM kept',
    ],
    [
      'ALTER TABLE',
      'ALTER TABLE other MODIFY n decimal(20,0), ALGORITHM=COPY; ALTER TABLE other MODIFY n bigint, ALGORITHM=COPY',
    ],
  ])('%s fired in between waits, or the run fails and says why', { timeout: 120_000 }, async (_, statement) => {
    await db.query(`CREATE OR REPLACE TABLE other (id bigint PRIMARY KEY, n bigint, pad text);
      INSERT INTO other SELECT seq, seq, repeat(md5(seq), 28) FROM seq_1_to_40000; ANALYZE TABLE other`);
    const out = emptyFolder('ddl');
    let whole = 0;
    for (let i = 0; i < 3; i += 1) {
      const fire = new Promise((resolve) => setTimeout(resolve, 200 + i * 300)).then(() => db.query(statement));
      const run = await tidemark(
        ['snapshot', '--json', '--table', 'other', '--dataset', `dataset://other/v${i}`, '--lanes', '3', '--out', out],
        { env: { TIDEMARK_SOURCE: db.url } },
      );
      await fire;
      if (run.code === 0) {
        whole += 1;
        expect(JSON.parse(run.stdout)).toMatchObject({ rows: 40_000 });
      } else {
        expect(run.code, run.stderr).toBe(3);
        expect(run.stderr).toMatch(/definition has changed|is of type decimal|doesn't exist/);
      }
    }
    expect(whole).toBeGreaterThan(0);
  });
});
