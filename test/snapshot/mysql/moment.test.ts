import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Manifest } from '../../../src/manifest/shape.js';
import { freshMariadb, type MariadbDatabase } from '../../servers/mariadb.js';
import { withMariadb } from '../../servers/with-mariadb.js';
import { type CliRun, emptyFolder, snapshotJson, tidemark } from '../../support/cli.js';
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

  const prepare = (): Promise<unknown> =>
    db.query(`CREATE OR REPLACE TABLE other (id bigint PRIMARY KEY, n bigint, pad text);
      INSERT INTO other SELECT seq, seq, repeat(md5(seq), 28) FROM seq_1_to_40000; ANALYZE TABLE other`);
  /** Runs, and does something `after` so many milliseconds. */
  const runWhile = async (i: number, out: string, work: () => Promise<void>): Promise<CliRun> => {
    const fire = sleep(200 + i * 300).then(work);
    const args = ['--table', 'other', '--dataset', `dataset://other/v${i}`, '--lanes', '3', '--out', out];
    const run = await tidemark(['snapshot', '--json', ...args], { env: { TIDEMARK_SOURCE: db.url } });
    await fire;
    return run;
  };

  it('TRUNCATE waits: the table is empty for moments after it, and for no other', { timeout: 120_000 }, async () => {
    const out = emptyFolder('ddl');
    const session = await db.connect();
    const place = async (sql: string): Promise<number> => {
      await session.query(sql);
      const [[row]] = (await session.query('SELECT @@last_gtid AS gtid')) as unknown as [[{ gtid: string }]];
      return numberOf(row.gtid);
    };
    for (let i = 0; i < 4; i += 1) {
      await prepare();
      let emptied = 0;
      const run = await runWhile(i, out, async () => void (emptied = await place('TRUNCATE other')));
      expect(run.code, run.stderr).toBe(0);
      const { location, rows } = JSON.parse(run.stdout) as { location: string; rows: number };
      const manifest = JSON.parse(readFileSync(join(location, `_manifest.v${i}.json`), 'utf8')) as Manifest;
      const moment = numberOf(manifest.run.certificate['gtid'] as string);
      expect([i, rows]).toEqual([i, moment >= emptied ? 0 : 40_000]);
    }
    await session.end();
  });

  it('ALTER TABLE waits, or the run fails and says why', { timeout: 120_000 }, async () => {
    await prepare();
    const out = emptyFolder('ddl');
    let whole = 0;
    for (let i = 0; i < 3; i += 1) {
      const run = await runWhile(i, out, async () => {
        await db.query('ALTER TABLE other MODIFY n decimal(20,0), ALGORITHM=COPY');
        await db.query('ALTER TABLE other MODIFY n bigint, ALGORITHM=COPY');
      });
      if (run.code === 0) {
        whole += 1;
        expect(JSON.parse(run.stdout)).toMatchObject({ rows: 40_000 });
      } else {
        expect(run.code, run.stderr).toBe(3);
        expect(run.stderr).toMatch(/definition has changed|is of type (?:decimal|bigint)/);
      }
    }
    expect(whole).toBeGreaterThan(0);
  });
});

/** `0-1-17` is the seventeenth of its server. */
const numberOf = (gtid: string): number => Number(gtid.split('-').at(-1));
